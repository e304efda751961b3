/** Blocks that were lost are made again elsewhere, from the cheapest source, and everything stays restorable. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { recordBytes } from '../../src/lib/engine/coding/block.ts';
import { Recovery } from '../../src/lib/engine/recovery.ts';
import type { MemoryDirectory } from '../doubles/folders.ts';
import { MemoryRestoreTarget } from '../doubles/restore-target.ts';
import { World, backedUp, until, type Inhabitant } from './world.ts';

let world: World;
beforeEach(async () => {
	world = await World.make();
	world.options = { upkeep: { tickMs: 5_000, seenWithinMs: 30_000 } };
});
afterEach(() => {
	world.end();
});

interface BackedUp {
	readonly owner: Inhabitant;
	readonly partners: readonly Inhabitant[];
	readonly folder: MemoryDirectory;
	readonly bytes: Uint8Array;
}

async function backedUpAt(count: number): Promise<BackedUp> {
	const { owner, partners } = await world.family(count);
	const folder = await owner.choose('photos');
	const bytes = world.random.bytes(700_000);
	folder.file('a.bin', bytes);
	await backedUp(owner);
	await fullAgain(owner);
	return { owner, partners, folder, bytes };
}

function fullAgain({ peer }: Inhabitant): Promise<void> {
	return until(peer, () => peer.holdings.protection().full);
}

/** Every stripe has a stand-in. */
function allSpared({ peer }: Inhabitant): boolean {
	return peer.holdings.spared().length === [...peer.holdings.stripes()].length;
}

/** Reads everything back from the partners. */
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

/** How often partners were asked for a block. */
function countReads(partners: readonly Inhabitant[]): { times: number } {
	const count = { times: 0 };
	for (const { peer } of partners) {
		const serve = peer.serve.bind(peer);
		peer.serve = (request, session) => {
			if (request.type === 'get-block') count.times++;
			return serve(request, session);
		};
	}
	return count;
}

it('makes the blocks of a partner that is gone again from the own files, and reads no partner', async () => {
	const { owner, partners, bytes } = await backedUpAt(4);
	const reads = countReads(partners);
	const [gone, ...left] = partners;
	gone!.crash();
	await owner.peer.endPartnership(gone!.id);
	expect(owner.peer.holdings.protection().full).toBe(false);
	const successor = await world.settle();
	await fullAgain(owner);
	const { readBytes, writtenBytes, minimumBytes } = owner.peer.upkeep.repair;
	expect(reads.times).toBe(0);
	expect(readBytes).toBe(0);
	expect(writtenBytes).toBe(minimumBytes);
	const held = owner.peer.holdings.shelf(successor.id);
	expect(writtenBytes).toBe(held.reduce((sum, block) => sum + block.bytes, 0));
	// Two of the four hold on: the successor's blocks are needed.
	for (const partner of left.slice(0, 2)) partner.crash();
	await until(owner.peer, () => owner.peer.lines.connected().length === 2);
	await restores(owner, bytes);
	expect(reads.times).toBeGreaterThan(0);
});

it('makes them from m others when the files have changed, with one gathering for each stripe', async () => {
	const { owner, partners, folder, bytes } = await backedUpAt(5);
	await owner.peer.household.change({ paused: true });
	folder.file('a.bin', world.random.bytes(10));
	const gone = partners.slice(0, 2);
	for (const partner of gone) {
		partner.crash();
		await owner.peer.endPartnership(partner.id);
	}
	await Promise.all([world.settle(), world.settle()]);
	await until(owner.peer, () => owner.peer.agreements.active().length === 5);
	await owner.peer.household.change({ paused: false });
	await fullAgain(owner);
	const { readBytes, minimumBytes, writtenBytes } = owner.peer.upkeep.repair;
	expect(readBytes).toBeGreaterThan(0);
	expect(readBytes + writtenBytes).toBeLessThanOrEqual(1.5 * minimumBytes);
	await restores(owner, bytes);
});

it('has others stand in when too many are away, and sends them home without a word when they are back', async () => {
	const { owner, partners, bytes } = await backedUpAt(6);
	const away = partners.slice(0, 2);
	for (const partner of away) partner.crash();
	const newcomer = await world.settle();
	await until(owner.peer, () => owner.peer.agreements.with(newcomer.id)?.state === 'active');
	expect(owner.peer.holdings.spared()).toEqual([]);
	await until(owner.peer, () => allSpared(owner));
	await until(owner.peer, () => (owner.peer.holdings.counts().get(newcomer.id)?.blocks ?? 0) > 0);
	// The absentees are still counted on, and nothing is owed.
	for (const { id } of away) expect(owner.peer.agreements.with(id)?.state).toBe('active');
	expect(owner.peer.holdings.protection().full).toBe(true);
	const standIn = partners[2]!;
	world.network.cut(standIn.address);
	await restores(owner, bytes);
	const before = owner.peer.upkeep.repair;
	const back = await Promise.all(away.map(({ machine }) => world.start(machine)));
	await until(owner.peer, () => owner.peer.holdings.spared().length === 0);
	expect(owner.peer.upkeep.repair).toEqual(before);
	expect(back.map(({ id }) => owner.peer.holdings.counts().get(id)?.blocks)).not.toContain(0);
	await until(owner.peer, () => !owner.peer.holdings.counts().has(newcomer.id));
	await world.quiet(async () => (await newcomer.blocks.usage(owner.id)).blocks === 0);
});

it('a stand-in takes the place over, without traffic, when the absent one is given up', async () => {
	const { owner, partners } = await backedUpAt(6);
	const away = partners.slice(0, 2);
	for (const partner of away) partner.crash();
	const newcomer = await world.settle();
	await until(owner.peer, () => owner.peer.agreements.with(newcomer.id)?.state === 'active');
	await until(owner.peer, () => allSpared(owner));
	const [spared] = owner.peer.holdings.spared();
	const { position } = spared!.spares![0]!;
	const absent = spared!.holders[position]!.partner;
	const written = owner.peer.upkeep.repair.writtenBytes;
	await owner.peer.endPartnership(absent);
	await until(owner.peer, () => owner.peer.holdings.counts().get(absent) === undefined);
	expect(owner.peer.holdings.get(spared!.stripe)!.holders[position]!.partner).toBe(newcomer.id);
	expect(owner.peer.holdings.protection().full).toBe(true);
	expect(owner.peer.upkeep.repair.writtenBytes).toBe(written);
	expect(written).toBeGreaterThanOrEqual(recordBytes(64));
});
