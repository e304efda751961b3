/** Any folder, changed in any way between backups: every snapshot reads back as the folder was. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MemoryDirectory } from '../../doubles/folders.ts';
import { mixedBytes } from '../../unit/coding/tools.ts';
import { described, Rig } from '../../unit/archive/rig.ts';

const parts = ['a', 'b', 'Ω', 'long name', 'x.txt', '…'] as const;
const path = fc
	.array(fc.constantFrom(...parts), { minLength: 1, maxLength: 3 })
	.map((each) => each.join('/'));
const bytes = fc.oneof(
	{ weight: 6, arbitrary: fc.nat(50) },
	{ weight: 3, arbitrary: fc.nat(9000) },
	{ weight: 1, arbitrary: fc.integer({ min: 100_000, max: 400_000 }) }
);
const change = fc.oneof(
	fc.record({ kind: fc.constant('write' as const), path, bytes, seed: fc.nat(5) }),
	fc.record({ kind: fc.constant('directory' as const), path }),
	fc.record({ kind: fc.constant('remove' as const), path }),
	fc.record({ kind: fc.constant('copy' as const), path, to: path })
);
type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

/** The folder beside what it must read back as. */
class Model {
	readonly #folder: MemoryDirectory;
	readonly #files = new Map<string, { content: Uint8Array<ArrayBuffer>; modified: number }>();
	readonly #directories = new Set<string>();
	#time = Date.UTC(2026, 0, 1);

	constructor(folder: MemoryDirectory) {
		this.#folder = folder;
	}

	apply(each: Change): void {
		this.#time += 1000;
		switch (each.kind) {
			case 'write':
				this.#write(each.path, mixedBytes(each.bytes, each.seed));
				return;
			case 'copy': {
				const source = this.#files.get(each.path);
				if (source !== undefined) this.#write(each.to, source.content);
				return;
			}
			case 'directory':
				if (!this.#canHold(`${each.path}/x`)) return;
				this.#folder.directory(each.path);
				this.#makeAbove(`${each.path}/x`);
				return;
			case 'remove':
				this.#remove(each.path);
		}
	}

	expected(): Map<string, string> {
		const all = new Map<string, string>([['Documents/', '']]);
		for (const directory of this.#directories) all.set(`Documents/${directory}/`, '');
		for (const [each, { content, modified }] of this.#files) {
			all.set(`Documents/${each}`, described(content, modified));
		}
		return all;
	}

	#write(at: string, content: Uint8Array<ArrayBuffer>): void {
		if (this.#directories.has(at) || !this.#canHold(at)) return;
		this.#folder.file(at, content, this.#time);
		this.#files.set(at, { content, modified: this.#time });
		this.#makeAbove(at);
	}

	#remove(at: string): void {
		if (!this.#files.has(at) && !this.#directories.has(at)) return;
		this.#folder.remove(at);
		for (const each of [...this.#files.keys()]) if (isIn(each, at)) this.#files.delete(each);
		for (const each of [...this.#directories]) if (isIn(each, at)) this.#directories.delete(each);
	}

	#canHold(at: string): boolean {
		return above(at).every((directory) => !this.#files.has(directory));
	}

	#makeAbove(at: string): void {
		for (const directory of above(at)) this.#directories.add(directory);
	}
}

function above(at: string): readonly string[] {
	const names = at.split('/');
	return names.slice(1).map((_, i) => names.slice(0, i + 1).join('/'));
}

function isIn(at: string, directory: string): boolean {
	return at === directory || at.startsWith(`${directory}/`);
}

test('after any changes every snapshot reads back as the folder was, and an unchanged one costs nothing', async () => {
	const history = fc.array(fc.array(change, { maxLength: 12 }), { minLength: 2, maxLength: 4 });
	await fc.assert(
		fc.asyncProperty(history, fc.boolean(), async (backups, lost) => {
			const rig = new Rig('histories');
			const model = new Model(rig.choose());
			const expected: Map<string, string>[] = [];
			for (const changes of backups) {
				for (const each of changes) model.apply(each);
				const report = await rig.backUp();
				expected.push(model.expected());
				const files = [...model.expected().keys()].filter((each) => !each.endsWith('/'));
				expect(report).toMatchObject({ files: files.length, leftOutCount: 0 });
				expect(rig.newest.files).toBe(files.length);
				if (changes.length % 2 === 0) await rig.restart();
			}
			expect(await rig.backUp()).toMatchObject({ stripes: 0, newDataBytes: 0, newFiles: 0 });
			const stored = rig.partners.chunks();
			expect(new Set(stored).size).toBe(stored.length);
			if (lost) await rig.rebuildFromSegments();
			for (const [i, each] of expected.entries()) {
				expect(await rig.read(rig.snapshots[i])).toEqual(each);
			}
		}),
		{ numRuns: 60 }
	);
});
