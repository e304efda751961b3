/** The owner's machine stops at once, or an old copy of its disk comes back: nothing is lost, nothing is left over. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Recovery } from '../../src/lib/engine/recovery.ts';
import { takeOver } from '../../src/lib/engine/take-over.ts';
import { RecordDisk } from '../doubles/records.ts';
import { MemoryRestoreTarget } from '../doubles/restore-target.ts';
import { Machine, World, backedUp, until, type Inhabitant } from './world.ts';

let world: World;
beforeEach(async () => {
	world = await World.make();
});
afterEach(() => {
	world.end();
});

/** Every block that lies at a partner is one that the owner counts on. */
async function noOrphans(owner: Inhabitant, partners: readonly Inhabitant[]): Promise<boolean> {
	for (const partner of partners) {
		const held = await partner.blocks.list(owner.id, 0, 10_000);
		const counted = new Set(owner.peer.holdings.shelf(partner.id).map(({ number }) => number));
		if (held.length !== counted.size || held.some(({ number }) => !counted.has(number)))
			return false;
	}
	return true;
}

/** Looks again after every change at any of them. */
async function untilNoOrphans(owner: Inhabitant, partners: readonly Inhabitant[]): Promise<void> {
	let changed: () => void = () => undefined;
	const undo = [owner, ...partners].map(({ peer }) =>
		peer.onChange(() => {
			changed();
		})
	);
	for (;;) {
		// From before the look on, so that no change is missed.
		const change = new Promise<void>((resolve) => (changed = resolve));
		if (await noOrphans(owner, partners)) break;
		await change;
	}
	for (const unsubscribe of undo) unsubscribe();
}

it.each(['running', 'finishing'] as const)(
	'goes on after a crash while %s, and leaves no orphans',
	async (stage) => {
		const { owner, partners } = await world.family(4);
		const folder = await owner.choose('photos');
		const files = Array.from({ length: 6 }, () => world.random.bytes(900_000));
		for (const [n, bytes] of files.entries()) folder.file(`${String(n)}.bin`, bytes);
		await until(
			owner.peer,
			() => owner.peer.rounds.state.stage === stage && owner.peer.wireBytes > 0
		);
		owner.crash();
		const second = await world.start(owner.machine, owner.folders);
		await backedUp(second);
		second.crash();
		const third = await world.start(owner.machine, owner.folders);
		await backedUp(third);
		await until(third.peer, () => third.peer.holdings.protection().full);
		await untilNoOrphans(third, partners);

		const recovery = new Recovery(third.peer);
		recovery.openOwn();
		const target = new MemoryRestoreTarget();
		const newest = recovery.source!.browser.snapshots.toSorted((a, b) => b.at - a.at)[0]!;
		expect((await recovery.restore(newest.id, [], target)).failed).toEqual([]);
		for (const [n, bytes] of files.entries()) {
			expect(target.files.get(`photos/${String(n)}.bin`)?.bytes).toEqual(bytes);
		}
	}
);

it('fences an old copy of the disk when it meets partners, before it writes or drops anything', async () => {
	const { owner, partners } = await world.family(4);
	const folder = await owner.choose('photos');
	folder.file('a.bin', world.random.bytes(300_000));
	await backedUp(owner);
	const old = new RecordDisk();
	for (const [name, table] of owner.machine.records.tables)
		old.tables.set(name, structuredClone(table));
	folder.file('b.bin', world.random.bytes(300_000));
	const first = owner.peer.rounds.last!;
	owner.peer.rounds.request();
	await backedUp(owner, first);
	owner.crash();
	const held = () => Promise.all(partners.map(({ blocks }) => blocks.list(owner.id, 0, 1000)));
	const before = await held();

	const copy = await world.start(new Machine(old), owner.folders);
	await until(copy.peer, () => copy.peer.fenced);
	expect(copy.peer.wireBytes).toBe(0);
	expect(await held()).toEqual(before);
});

it('adopts after a take-over a partner that was away meanwhile, with all that lies there', async () => {
	const { owner, partners } = await world.family(4);
	const folder = await owner.choose('photos');
	folder.file('a.bin', world.random.bytes(600_000));
	await backedUp(owner);
	await until(owner.peer, () => owner.peer.holdings.protection().full);
	owner.crash();
	const away = partners[0]!;
	away.crash();

	const newcomer = await world.recover(owner.peer.identity.rootSecret);
	const recovery = new Recovery(newcomer.peer);
	recovery.search();
	await until(recovery, () => recovery.state.stage === 'browsing');
	const taken = await takeOver(newcomer.peer, recovery, false, new AbortController().signal);
	expect(taken).toEqual({ kind: 'taken-over' });
	recovery.stop();
	newcomer.crash();
	const heir = await world.start(newcomer.machine);
	const back = await world.start(away.machine);
	await until(heir.peer, () => heir.peer.holdings.protection().full);
	expect(heir.peer.agreements.with(back.id)?.state).toBe('active');
	expect(heir.peer.holdings.shelf(back.id).length).toBe((await back.blocks.usage(heir.id)).blocks);
});
