/** Figure 7 from the user's side: every sentence of design.md section 7 about restoring. */
import { describe, expect, it } from 'vitest';
import type { ChunkId, SnapshotId } from '../../../src/lib/engine/identifiers.ts';
import type { RestoreProgress } from '../../../src/lib/engine/restore/progress.ts';
import { nowhere } from '../../../src/lib/engine/restore/rehearsal.ts';
import {
	restore,
	type RestoreOptions,
	type RestoreReport
} from '../../../src/lib/engine/restore/restore.ts';
import { MemoryRestoreTarget } from '../../doubles/restore-target.ts';
import { fingerprint, mixedBytes } from '../coding/tools.ts';
import { type Folder, HeldBackup, type HeldBackupOptions } from './held-backup.ts';
import { gone, instead, type Manner, rotten, silent } from './holders.ts';

const photos: Folder = {
	'one.jpg': mixedBytes(15_000, 'one'),
	'empty.txt': new Uint8Array(),
	'empty folder': {},
	älter: {
		'drei.jpg': mixedBytes(6_000, 'three'),
		tief: { tiefer: { 'vier.jpg': mixedBytes(10, 4) } }
	},
	'two.jpg': mixedBytes(9_000, 'two')
};

describe('a whole backup', () => {
	it('comes back byte for byte, with empty files, empty folders and times', async () => {
		const { target, report } = await restored({});
		expectWhole(target, photos);
		expect(target.directories.get('empty folder')).toBe(2000);
		expect(target.files.get('älter/drei.jpg')?.modified).toBe(0);
		expect(target.finished).toBe(true);
		expect(report).toMatchObject({
			files: 5,
			directories: 4,
			bytes: 30_010,
			failed: [],
			renamed: [],
			missingPartners: []
		});
		expect(report.rotten.size).toBe(0);
	});

	it('reads each stripe once', async () => {
		const { backup } = await restored({});
		const blocks = backup.partners.reduce((sum, partner) => sum + partner.times('get-block'), 0);
		expect(blocks).toBe(backup.full.m * backup.stripes.length);
	});

	it('comes back with every coding profile', async () => {
		for (const compression of ['stored', 'zstd'] as const) {
			for (const seals of ['one', 'two'] as const) {
				const profile = { code: 'rs-gf256-v1', cipher: 'aes-256-gcm', compression, seals } as const;
				const { target } = await restored({ profile });
				expectWhole(target, photos);
			}
		}
	});

	it('comes back from copies, and from one parity block', async () => {
		for (const [m, k] of [
			[1, 2],
			[2, 1],
			[5, 3]
		] as const) {
			const { target } = await restored(
				{ m, k, blockBytes: Math.ceil(9_600 / m / 64) * 64 },
				(backup) => {
					backup.manner(0, k, gone);
				}
			);
			expectWhole(target, photos);
		}
	});
});

describe('with any k of n partners bad', () => {
	const bad: readonly (readonly [string, Manner])[] = [
		['gone', gone],
		['silent for ever', silent],
		['returning rot', rotten],
		['returning nothing', instead({ type: 'declined', reason: 'not-held', detail: '' })],
		['returning garbage', instead({ type: 'block', record: new Uint8Array(500).fill(7) })],
		['returning an empty record', instead({ type: 'block', record: new Uint8Array() })],
		['answering another question', instead({ type: 'acknowledged' })],
		['busy', instead({ type: 'declined', reason: 'busy', detail: '' })]
	];

	it.each(bad)('%s, everything comes back', async (_, manner) => {
		const { target, report } = await restored({}, (backup) => {
			backup.manner(0, 2, (request, honest) =>
				request.type === 'get-block' ? manner(request, honest) : Promise.resolve(honest())
			);
		});
		expectWhole(target, photos);
		expect(report.failed).toEqual([]);
	});

	it('everything comes back whichever they are: one gone for good, one returning rot', async () => {
		const backup = await held({});
		for (let lost = 0; lost < 5; lost++) {
			for (let bad = 0; bad < 5; bad++) {
				if (bad === lost) continue;
				for (const [i, partner] of backup.partners.entries()) {
					partner.manner = i === bad ? rotten : (_, honest) => Promise.resolve(honest());
				}
				backup.holders.change(backup.partners.filter((_, i) => i !== lost));
				const { target, report } = await run(backup);
				expectWhole(target, photos);
				const missing = backup.partners[lost]?.peer;
				expect(report.missingPartners).toEqual([missing]);
			}
		}
	});

	it('a partner that returns rot is counted and named', async () => {
		const { backup, report } = await restored({}, (each) => {
			each.manner(0, 1, rotten);
		});
		const [partner] = backup.partners;
		const rot = report.rotten.get(partner?.peer ?? backup.tools.keyring.peer) ?? 0;
		expect(rot).toBeGreaterThan(0);
		expect(report.rotten.size).toBe(1);
	});

	it('blocks of somebody else, and of another place, are not taken', async () => {
		const other = await held({}, photos);
		const { target, report } = await restored({}, (backup) => {
			const [first, second] = backup.partners;
			const foreign = other.partners[0]?.shelf.get(0)?.record ?? new Uint8Array();
			if (first) first.manner = instead({ type: 'block', record: foreign });
			const elsewhere = backup.partners[2]?.shelf.get(0)?.record ?? new Uint8Array();
			if (second) second.manner = instead({ type: 'block', record: elsewhere });
		});
		expectWhole(target, photos);
		expect(report.rotten.size).toBe(2);
	});
});

describe('with more than k partners bad', () => {
	it('the affected files are named at once, and all others restored', async () => {
		const backup = await held({ blockBytes: 2048 });
		const [chunk] = await chunksOf(backup, ['one.jpg']);
		backup.lose(backup.stripesOf(chunk === undefined ? [] : [chunk]), [0, 1, 2]);
		const seen: RestoreProgress[] = [];
		const { target, report } = await run(backup, { progress: (now) => seen.push(now) });
		expect(seen[0]?.affected).toBe(1);
		expect(seen.at(-1)).toMatchObject({ affected: 1, filesDone: 4, filesTotal: 5 });
		expect(report.failed).toMatchObject([
			{ path: 'one.jpg', loss: { kind: 'missing', have: 2, need: 3 } }
		]);
		expect(report.failed[0]?.why).toMatch(/hold 2 of the 3 good parts/u);
		const { 'one.jpg': _, ...others } = photos;
		expectWhole(target, others);
	});

	it('rot beyond k is a loss as well, and the partners are named', async () => {
		const backup = await held({});
		const chunks = await chunksOf(backup, ['one.jpg']);
		const [stripe] = backup.stripesOf(chunks);
		for (const { shelf } of backup.partners.slice(1, 4)) {
			for (const held of shelf.values()) if (held.stripe === stripe) held.record[200]! ^= 1;
		}
		const { target, report } = await run(backup);
		expect(report.failed.map(({ path }) => path)).toEqual(['one.jpg']);
		expect([...report.rotten.keys()].sort()).toEqual(
			backup.partners
				.slice(1, 4)
				.map(({ peer }) => peer)
				.sort()
		);
		const { 'one.jpg': _, ...others } = photos;
		expectWhole(target, others);
	});

	it('a directory whose tree is lost is named, and what lies beside it is restored', async () => {
		const backup = await held({ blockBytes: 1024 });
		const stripes = backup.stripesOf(await chunksOf(backup, ['älter']));
		backup.lose(stripes, [0, 1, 2]);
		const { target, report } = await run(backup);
		expect(report.failed.map(({ path }) => path)).toContain('älter');
		expect(target.files.has('one.jpg')).toBe(true);
		expect(target.files.has('älter/drei.jpg')).toBe(false);
	});

	it('files come back in the same run when partners come meanwhile', async () => {
		const backup = await held({});
		const source = await backup.source();
		const few = backup.partners.slice(0, 2);
		backup.holders.change(few);
		const target = new MemoryRestoreTarget();
		let came = false;
		const options = {
			progress: (): void => {
				if (came) return;
				came = true;
				backup.holders.change(backup.partners);
			}
		};
		const report = await backup.drive(
			restore({ source, snapshot: snapshotOf(backup), selection: [], target, ...options })
		);
		expect(report.failed).toEqual([]);
		expectWhole(target, photos);
	});
});

describe('a selection', () => {
	it('is single files and folders, each restored once', async () => {
		const { target, report } = await restored({}, undefined, {
			selection: [
				['älter', 'tief'],
				['two.jpg'],
				['älter', 'tief', 'tiefer', 'vier.jpg'],
				['two.jpg']
			]
		});
		expect([...target.files.keys()].sort()).toEqual(['two.jpg', 'älter/tief/tiefer/vier.jpg']);
		expect(report).toMatchObject({ files: 2, directories: 2, failed: [] });
	});

	it('that is not in the snapshot is named', async () => {
		const { report } = await restored({}, undefined, { selection: [['no.jpg'], ['one.jpg']] });
		expect(report.failed.map(({ path }) => path)).toEqual(['no.jpg']);
		expect(report.files).toBe(1);
	});
});

describe('a restore that is interrupted', () => {
	it('stops with the reason, gives the target up, and leaves no half file', async () => {
		const backup = await held({});
		const abort = new AbortController();
		const target = new MemoryRestoreTarget();
		const work = run(backup, {
			target,
			signal: abort.signal,
			progress: ({ filesDone }) => {
				if (filesDone === 2) abort.abort(new Error('closed by the person'));
			}
		});
		await expect(work).rejects.toThrow('closed by the person');
		expect(target.aborted).toBe('closed by the person');
		for (const [path, { bytes }] of target.files) {
			expect(fingerprint(bytes)).toBe(fingerprint(fileAt(photos, path)));
		}
	});

	it('stops at once, even while a partner keeps it waiting', async () => {
		const backup = await held({});
		const source = await backup.source();
		backup.manner(0, 5, silent);
		const abort = new AbortController();
		const target = new MemoryRestoreTarget();
		const options = { source, snapshot: snapshotOf(backup), selection: [], target };
		const work = restore({ ...options, signal: abort.signal });
		await backup.clock.advance(0);
		abort.abort(new Error('enough'));
		await expect(work).rejects.toThrow('enough');
	});

	it('goes on over the same target after a reload, and fetches nothing again that is whole', async () => {
		const backup = await held({});
		const target = new MemoryRestoreTarget();
		const abort = new AbortController();
		const first = run(backup, {
			target,
			signal: abort.signal,
			progress: ({ filesDone }) => {
				if (filesDone >= 3) abort.abort(new Error('reload'));
			}
		});
		await expect(first).rejects.toThrow('reload');
		const whole = new Set(target.files.keys());
		expect(whole.size).toBeGreaterThanOrEqual(2);
		const opened: string[] = [];
		const begin = target.file.bind(target);
		target.file = (path, stat) => {
			opened.push(path.join('/'));
			return begin(path, stat);
		};
		const { report } = await run(backup, { target });
		expectWhole(target, photos);
		expect(opened.filter((path) => whole.has(path))).toEqual([]);
		expect(report.files).toBe(5);
	});

	it('reads no block when all is whole', async () => {
		const backup = await held({});
		const target = new MemoryRestoreTarget();
		await run(backup, { target });
		const source = await backup.source();
		const before = backup.partners.map((partner) => partner.times('get-block'));
		await backup.drive(restore({ source, snapshot: snapshotOf(backup), selection: [], target }));
		const after = backup.partners.map((partner) => partner.times('get-block'));
		const trees = after.reduce((sum, count, i) => sum + count - (before[i] ?? 0), 0);
		expect(trees).toBeLessThan(backup.full.m * backup.stripes.length);
	});

	it('says what the target said when it can write no more', async () => {
		const backup = await held({});
		const target = new MemoryRestoreTarget();
		target.failNextWrite(new Error('The disk is full.'));
		await expect(run(backup, { target })).rejects.toThrow('The disk is full.');
		expect(target.aborted).toBe('The disk is full.');
	});
});

describe('progress', () => {
	it('never runs backwards, and ends with everything done', async () => {
		const seen: RestoreProgress[] = [];
		await restored({}, undefined, { progress: (now) => seen.push(now) });
		for (const [i, now] of seen.entries()) {
			expect(now.filesDone).toBeGreaterThanOrEqual(seen[i - 1]?.filesDone ?? 0);
			expect(now.bytesDone).toBeGreaterThanOrEqual(seen[i - 1]?.bytesDone ?? 0);
		}
		expect(seen.at(-1)).toMatchObject({
			filesDone: 5,
			filesTotal: 5,
			bytesDone: 30_010,
			bytesTotal: 30_010,
			affected: 0
		});
	});
});

describe('a rehearsal', () => {
	it('restores to nowhere and proves the backup', async () => {
		const { report } = await restored({}, undefined, { target: nowhere });
		expect(report).toMatchObject({ files: 5, bytes: 30_010, failed: [] });
	});
});

describe('older snapshots', () => {
	it('come back as they were', async () => {
		const backup = await held(
			{},
			{ 'a.txt': mixedBytes(9_000, 'old'), 'b.txt': mixedBytes(10, 1) }
		);
		await backup.snapshot({ 'a.txt': mixedBytes(9_000, 'new') });
		const [old] = backup.snapshots;
		const { target } = await run(backup, { ...(old ? { snapshot: old.id } : {}) });
		expectWhole(target, { 'a.txt': mixedBytes(9_000, 'old'), 'b.txt': mixedBytes(10, 1) });
	});
});

type Overrides = Partial<Omit<RestoreOptions, 'source'>>;

async function held(options: HeldBackupOptions, folder: Folder = photos): Promise<HeldBackup> {
	const backup = new HeldBackup(options);
	await backup.snapshot(folder);
	return backup;
}

async function run(
	backup: HeldBackup,
	overrides: Overrides = {}
): Promise<{ target: MemoryRestoreTarget; report: RestoreReport }> {
	const source = await backup.source();
	const target = new MemoryRestoreTarget();
	const options = { source, snapshot: snapshotOf(backup), selection: [], target };
	const report = await backup.drive(restore({ ...options, ...overrides }));
	source.close();
	return { target, report };
}

async function restored(
	options: HeldBackupOptions,
	prepare?: (backup: HeldBackup) => void,
	overrides: Overrides = {}
): Promise<{ backup: HeldBackup; target: MemoryRestoreTarget; report: RestoreReport }> {
	const backup = await held(options);
	prepare?.(backup);
	return { backup, ...(await run(backup, overrides)) };
}

function snapshotOf(backup: HeldBackup): SnapshotId {
	const newest = backup.snapshots.at(-1);
	if (newest === undefined) throw new Error('no snapshot');
	return newest.id;
}

async function chunksOf(backup: HeldBackup, path: readonly string[]): Promise<readonly ChunkId[]> {
	const source = await backup.source();
	const found = await source.browser.find(snapshotOf(backup), path);
	if (found.kind !== 'entry') throw new Error(found.kind);
	return found.entry.chunks;
}

function fileAt(folder: Folder, path: string): Uint8Array {
	const [name = '', ...rest] = path.split('/');
	const entry = folder[name];
	if (entry instanceof Uint8Array) return entry;
	if (entry === undefined) throw new Error(`no ${path}`);
	return fileAt(entry, rest.join('/'));
}

function expectWhole(target: MemoryRestoreTarget, folder: Folder): void {
	const wanted = new Map<string, string>();
	const collect = (each: Folder, above: string): void => {
		for (const [name, entry] of Object.entries(each)) {
			if (entry instanceof Uint8Array) wanted.set(above + name, fingerprint(entry));
			else {
				expect(target.directories.has(above + name)).toBe(true);
				collect(entry, `${above}${name}/`);
			}
		}
	};
	collect(folder, '');
	const got = new Map([...target.files].map(([path, { bytes }]) => [path, fingerprint(bytes)]));
	expect(new Map([...got].sort())).toEqual(new Map([...wanted].sort()));
}
