/** A circle that grows or shrinks: old stripes are coded again in the background, and protection never falls meanwhile. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Recovery } from '../../src/lib/engine/recovery.ts';
import type { ChunkId } from '../../src/lib/engine/identifiers.ts';
import { MemoryRestoreTarget } from '../doubles/restore-target.ts';
import { World, backedUp, until, type Inhabitant } from './world.ts';

let world: World;
beforeEach(async () => {
	world = await World.make();
	world.options = { upkeep: { steadyMs: 60_000 } };
});
afterEach(() => {
	world.end();
});

/** Losses that every one of these chunks survives, wherever it lies. */
function survivable({ peer }: Inhabitant, chunks: readonly ChunkId[]): number {
	const margins = chunks.map((chunk) => {
		const places = peer.index.locations(chunk).map(({ stripe }) => peer.holdings.get(stripe));
		return Math.max(
			...places.map((holding) => {
				const held = holding?.holders.filter((holder) => holder !== undefined).length ?? 0;
				return held - (holding?.geometry.m ?? 0);
			})
		);
	});
	return Math.min(...margins);
}

/** Whether everything, the index too, lies in stripes of this code, and all blocks are there. */
function isCoded({ peer }: Inhabitant, m: number, k: number): boolean {
	const stripes = [...peer.index.stripes()];
	const coded = stripes.every(({ geometry }) => geometry.m === m && geometry.k === k);
	return coded && peer.holdings.protection().full;
}

async function restores(owner: Inhabitant, bytes: Uint8Array): Promise<void> {
	const recovery = new Recovery(owner.peer);
	recovery.openOwn();
	const [snapshot] = recovery.source?.browser.snapshots ?? [];
	const target = new MemoryRestoreTarget();
	const report = await recovery.restore(snapshot!.id, [], target);
	recovery.stop();
	expect(report.failed).toEqual([]);
	expect(target.files.get('photos/a.bin')?.bytes).toEqual(bytes);
}

it('codes what four partners hold for eight, and survives two losses at every moment on the way', async () => {
	const { owner } = await world.family(4);
	const folder = await owner.choose('photos');
	const bytes = world.random.bytes(1_500_000);
	folder.file('a.bin', bytes);
	await backedUp(owner);
	await until(owner.peer, () => isCoded(owner, 2, 2));
	const { index, ownHead } = owner.peer;
	// The index itself is written anew: its old chunks are needed no more.
	const segments = new Set(ownHead.secrets.index.flat().map(({ place }) => place.chunk));
	const needed = [...index.stripes()]
		.flatMap(({ id }) => index.chunksOf(id))
		.filter((chunk) => !segments.has(chunk));
	expect(needed.length).toBeGreaterThan(2);
	let least = Infinity;
	owner.peer.holdings.onChange(() => {
		least = Math.min(least, survivable(owner, needed));
	});
	const four = await Promise.all([1, 2, 3, 4].map(() => world.settle()));
	await until(owner.peer, () => isCoded(owner, 4, 4));
	expect(least).toBeGreaterThanOrEqual(2);
	expect(owner.peer.holdings.protection().survivable).toBe(4);
	for (const partner of four) partner.crash();
	await until(owner.peer, () => owner.peer.lines.connected().length === 4);
	await restores(owner, bytes);
});
