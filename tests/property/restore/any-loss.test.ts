import fc from 'fast-check';
import { expect, it } from 'vitest';
import { restore } from '../../../src/lib/engine/restore/restore.ts';
import { MemoryRestoreTarget } from '../../doubles/restore-target.ts';
import { fingerprint } from '../../unit/coding/tools.ts';
import { type Folder, HeldBackup } from '../../unit/restore/held-backup.ts';
import { gone, instead, type Manner, rotten, silent } from '../../unit/restore/holders.ts';

const name = fc
	.string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
	.filter((text) => text.isWellFormed() && !/^\.{1,2}$|[/\0]/u.test(text) && text !== '__proto__');
const content = fc.oneof(
	fc.uint8Array({ maxLength: 400 }),
	fc.tuple(fc.nat(9_000), fc.nat(255)).map(([length, byte]) => new Uint8Array(length).fill(byte))
);
const { folder } = fc.letrec<{ folder: Folder }>((tie) => ({
	folder: fc.dictionary(name, fc.oneof({ depthSize: 'small' }, content, tie('folder')), {
		maxKeys: 5,
		noNullPrototype: true
	})
}));
const manners: readonly Manner[] = [
	gone,
	silent,
	rotten,
	instead({ type: 'declined', reason: 'not-held', detail: '' }),
	instead({ type: 'block', record: new Uint8Array(300) })
];
const code = fc.record({ m: fc.integer({ min: 1, max: 4 }), k: fc.integer({ min: 0, max: 3 }) });

it('any folder comes back identical through any k bad partners', async () => {
	await fc.assert(
		fc.asyncProperty(folder, code, fc.infiniteStream(fc.nat()), async (wanted, { m, k }, dice) => {
			const backup = new HeldBackup({ m, k, blockBytes: 64 * Math.ceil(9_000 / m / 64) });
			const { id } = await backup.snapshot(wanted);
			const left = [...backup.partners];
			const roll = (sides: number): number => Number(dice.next().value) % sides;
			for (let i = 0; i < k; i++) {
				const [bad] = left.splice(roll(left.length), 1);
				const manner = manners[roll(manners.length)];
				if (bad !== undefined && manner !== undefined) bad.manner = manner;
			}
			const source = await backup.source();
			const target = new MemoryRestoreTarget();
			const report = await backup.drive(restore({ source, snapshot: id, selection: [], target }));
			expect(report.failed).toEqual([]);
			expect(described(target)).toEqual(new Map(pathsOf(wanted, '')));
		}),
		{ numRuns: 25 }
	);
});

function described(target: MemoryRestoreTarget): ReadonlyMap<string, string> {
	const files = [...target.files].map(([path, { bytes }]) => [path, fingerprint(bytes)] as const);
	const directories = [...target.directories.keys()].map((path) => [path, 'directory'] as const);
	return new Map([...files, ...directories]);
}

function pathsOf(each: Folder, above: string): (readonly [string, string])[] {
	return Object.entries(each).flatMap(([part, entry]) =>
		entry instanceof Uint8Array
			? [[above + part, fingerprint(entry)] as const]
			: [[above + part, 'directory'] as const, ...pathsOf(entry, `${above}${part}/`)]
	);
}
