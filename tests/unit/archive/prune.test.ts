import { describe, expect, test } from 'vitest';
import {
	dropNumbers,
	fateOf,
	forgetTreeChunks,
	planPrune,
	type PrunePlan
} from '../../../src/lib/engine/archive/prune.ts';
import type { SnapshotEntry } from '../../../src/lib/engine/archive/head.ts';
import { StageMeter } from '../../../src/lib/engine/archive/progress.ts';
import { updateSegmentsForDrop } from '../../../src/lib/engine/archive/segment-log.ts';
import { StripeWriter } from '../../../src/lib/engine/archive/stripe-writer.ts';
import { ChunkUnknown } from '../../../src/lib/engine/archive/tree-reader.ts';
import type { PeerId, StripeId } from '../../../src/lib/engine/identifiers.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { described, Rig } from './rig.ts';

const at = Date.UTC(2026, 4, 5);

function plan(rig: Rig, kept: readonly SnapshotEntry[] = rig.snapshots): Promise<PrunePlan> {
	return planPrune({ index: rig.index, reader: rig.reader(), kept, segments: rig.segments });
}

function writerOf(rig: Rig): StripeWriter {
	return new StripeWriter({ ...rig.context(), meter: new StageMeter(rig.clock) });
}

/** What the peer does with a plan: repack, tell the head, forget, drop. */
async function prune(rig: Rig, kept: readonly SnapshotEntry[]): Promise<readonly StripeId[]> {
	const writer = writerOf(rig);
	for (const { chunks } of (await plan(rig, kept)).repack) {
		for (const chunk of chunks) await writer.putAgain((await rig.content([chunk])).slice());
	}
	await writer.flush();
	const last = await plan(rig, kept);
	const { records, index } = rig;
	const log = { reader: rig.reader(), writer, records, index };
	const { segments, dropped } = await updateSegmentsForDrop(log, rig.segments, last.drop);
	rig.segments = segments;
	for (const stripe of dropped) {
		rig.index.remove(stripe);
		await rig.records.write([{ table: 'stripes', key: stripe, remove: true }]);
		rig.partners.stripes.delete(stripe);
	}
	await forgetTreeChunks(rig.records, last, segments);
	rig.snapshots.splice(0, rig.snapshots.length, ...kept);
	return dropped;
}

/** Backups of files that come and go, an hour apart. */
async function withHistory(): Promise<Rig> {
	const rig = new Rig('prune');
	const folder = rig.choose();
	const random = new SeededRandom(4);
	folder.file('kept', random.bytes(60_000), at);
	for (let i = 0; i < 6; i++) {
		folder.file(`file ${String(i)}`, random.bytes(70_000), at);
		if (i > 1) folder.remove(`file ${String(i - 2)}`);
		rig.clock.jump(3_600_000);
		await rig.backUp();
	}
	return rig;
}

test('while all snapshots are kept, only the stripes of merged segments may go', async () => {
	const rig = await withHistory();
	const { drop, lostChunks } = await plan(rig);
	expect(lostChunks).toBe(0);
	for (const id of drop) rig.index.remove(id);
	for (const snapshot of rig.snapshots) expect((await rig.read(snapshot)).size).toBeGreaterThan(1);
});

test('what no kept snapshot needs goes, all that they need stays, and a lost disk does not bring it back', async () => {
	const rig = await withHistory();
	const kept = rig.snapshots.slice(-2);
	const before = [];
	for (const snapshot of kept) before.push(await rig.read(snapshot));
	const stored = rig.partners.bytes;

	const dropped = await prune(rig, kept);

	expect(dropped.length).toBeGreaterThan(3);
	expect(rig.partners.bytes).toBeLessThan(0.8 * stored);
	const after = await rig.reader().entries(rig.newest.tree);
	expect(after).toHaveLength(1);
	for (const [i, snapshot] of kept.entries()) expect(await rig.read(snapshot)).toEqual(before[i]);

	await rig.rebuildFromSegments();
	for (const [i, snapshot] of kept.entries()) expect(await rig.read(snapshot)).toEqual(before[i]);
	for (const id of dropped) expect(rig.index.stripe(id)).toBeUndefined();
	// And a backup that meets old content again stores it again.
	expect(await rig.backUp()).toMatchObject({ newDataBytes: 0 });
});

test('a second prune, and a backup of nothing changed after it, find nothing to do', async () => {
	const rig = await withHistory();
	await prune(rig, rig.snapshots.slice(-1));
	expect(await plan(rig)).toMatchObject({ drop: [], repack: [] });
	expect(await rig.backUp()).toMatchObject({ stripes: 0 });
});

test('a stripe less than half alive is repacked: its live chunks move, then it goes', async () => {
	const rig = new Rig('repack');
	const folder = rig.choose();
	const random = new SeededRandom(4);
	const live = random.bytes(100_000);
	folder.file('live', live, at);
	for (let i = 0; i < 5; i++) folder.file(String(i), random.bytes(100_000), at);
	await rig.backUp();
	for (let i = 0; i < 5; i++) folder.remove(String(i));
	rig.clock.jump(1000);
	await rig.backUp();
	const kept = rig.snapshots.slice(-1);
	const { repack } = await plan(rig, kept);
	expect(repack).toHaveLength(1);
	const [moving] = repack;
	expect(moving?.chunks.map((chunk) => rig.index.locate(chunk)?.stripe)).toEqual([moving?.stripe]);

	const dropped = await prune(rig, kept);

	expect(dropped).toContain(moving?.stripe);
	expect((await rig.read()).get('Documents/live')).toBe(described(live, at));
	expect(rig.partners.bytes).toBeLessThan(2 * 100_000);
});

test('stripes that an interrupted backup left stay for the next one', async () => {
	const rig = new Rig('left');
	const folder = rig.choose();
	folder.file('first', 'first', at);
	await rig.backUp();
	folder.file('second', new SeededRandom(1).bytes(50_000), at);
	rig.clock.jump(1000);
	rig.onCommit = () => {
		throw new Error('no head');
	};
	await expect(rig.backUp()).rejects.toThrow('no head');
	expect((await plan(rig)).drop).toEqual([]);
	rig.onCommit = () => undefined;
	rig.clock.jump(1000);
	expect(await rig.backUp()).toMatchObject({ newDataBytes: 0 });
});

test('a tree that cannot be read stops everything: on half the knowledge nothing is dropped', async () => {
	const rig = await withHistory();
	const [stripe] = [...rig.index.stripes()];
	rig.index.remove(stripe?.id ?? ('' as StripeId));
	await expect(plan(rig)).rejects.toThrow(ChunkUnknown);
});

test('content that is lost is counted, and stops nothing', async () => {
	const rig = new Rig('lost');
	const folder = rig.choose();
	folder.file('big', new SeededRandom(1).bytes(2_000_000), at);
	folder.file('small', 'small', at - 1000);
	await rig.backUp();
	const [root] = await rig.reader().entries(rig.newest.tree);
	const entries = await rig.reader().entries(root?.chunks ?? []);
	const big = entries.find((entry) => entry.name === 'big')?.chunks ?? [];
	const tree = rig.index.locate(root?.chunks[0] ?? ('' as never))?.stripe;
	const holding = [...new Set(big.map((chunk) => rig.index.locate(chunk)?.stripe))].filter(
		(id) => id !== undefined && id !== tree
	);
	expect(holding.length).toBeGreaterThan(0);
	for (const id of holding) if (id !== undefined) rig.index.remove(id);
	expect((await plan(rig)).lostChunks).toBeGreaterThan(0);
});

test('the local cache keeps the trees of kept snapshots and no others', async () => {
	const rig = await withHistory();
	const before = rig.disk.table('treeChunks').size;
	await prune(rig, rig.snapshots.slice(-1));
	expect(rig.disk.table('treeChunks').size).toBeLessThan(before);
	rig.partners.reads = 0;
	await rig.backUp();
	expect(rig.partners.reads).toBe(0);
});

describe('decisions', () => {
	test.each([
		[0, 'drop'],
		[1, 'repack'],
		[499, 'repack'],
		[500, 'keep'],
		[1000, 'keep']
	])('%i of 1,000 bytes alive: %s', (liveBytes, fate) => {
		const stripe = { sealedBytes: 1000 } as Parameters<typeof fateOf>[0]['stripe'];
		expect(fateOf({ stripe, liveBytes })).toBe(fate);
	});

	test('a drop order names all numbers of the dropped stripes at each partner, ascending', () => {
		const [a, b] = ['aa', 'bb'] as PeerId[] as [PeerId, PeerId];
		const numbers = dropNumbers([
			{
				holders: [
					{ partner: b, number: 12 },
					{ partner: a, number: 9 }
				]
			},
			{ holders: [undefined, { partner: a, number: 3 }] },
			{ holders: [{ partner: a, number: 100 }, undefined] }
		]);
		expect([...numbers]).toEqual([
			[a, [3, 9, 100]],
			[b, [12]]
		]);
	});
});
