import { afterEach, describe, expect, it } from 'vitest';
import { Recovery } from '../../src/lib/engine/recovery.ts';
import { takeOver } from '../../src/lib/engine/take-over.ts';
import { MemoryRestoreTarget } from '../doubles/restore-target.ts';
import { World, backedUp, until, type Inhabitant } from './world.ts';

let world: World;
afterEach(() => {
	world.end();
});

async function ownerWithPartners(count: number): Promise<{
	owner: Inhabitant;
	partners: readonly Inhabitant[];
}> {
	world = await World.make();
	return world.family(count);
}

async function recovered(rootSecret: Uint8Array): Promise<{
	recovery: Recovery;
	newcomer: Inhabitant;
}> {
	const newcomer = await world.recover(rootSecret);
	const recovery = new Recovery(newcomer.peer);
	recovery.search();
	await until(recovery, () => recovery.state.stage === 'browsing');
	return { recovery, newcomer };
}

describe('the main story, engine to engine', () => {
	it('backs a folder up to 8 partners and restores it from the words with 3 of them gone and a rotten block', async () => {
		const { owner, partners } = await ownerWithPartners(8);
		const folder = await owner.choose('photos');
		folder.file('beach.jpg', world.random.bytes(3_000_000));
		folder.file('letters/to anna.txt', 'Dear Anna, '.repeat(10_000));
		folder.file('letters/empty.txt', '');
		folder.directory('nothing here');
		await backedUp(owner);
		expect(owner.peer.holdings.protection()).toEqual({ survivable: 4, full: true, stored: true });

		const { rootSecret } = owner.peer.identity;
		owner.crash();
		for (const partner of partners.slice(0, 3)) partner.crash();
		const [rotten] = partners.slice(3);
		for (const block of (await rotten?.blocks.list(owner.id, 0, 1000)) ?? []) {
			rotten?.blocks.rot(owner.id, block.number);
		}

		const { recovery } = await recovered(rootSecret);
		const [snapshot] = recovery.source?.browser.snapshots ?? [];
		const target = new MemoryRestoreTarget();
		const report = await recovery.restore(snapshot!.id, [], target);
		expect(report.failed).toEqual([]);
		expect(report.files).toBe(3);
		expect(target.text('photos/letters/to anna.txt')).toBe('Dear Anna, '.repeat(10_000));
		expect(target.files.get('photos/letters/empty.txt')?.bytes.length).toBe(0);
		expect(target.directories.has('photos/nothing here')).toBe(true);
		expect(report.missingPartners.length).toBe(3);
	});

	it('sends nothing when nothing changed, and only the change when something did', async () => {
		const { owner } = await ownerWithPartners(4);
		const folder = await owner.choose('notes');
		folder.file('a.bin', world.random.bytes(2_000_000));
		folder.file('b.bin', world.random.bytes(500_000));
		await backedUp(owner);
		const first = owner.peer.rounds.last!;
		const wire = owner.peer.wireBytes;
		owner.peer.rounds.request();
		await backedUp(owner, first);
		expect(owner.peer.rounds.last?.report.newDataBytes).toBe(0);
		expect(owner.peer.wireBytes).toBe(wire);
		folder.file('b.bin', world.random.bytes(400_000), Date.now());
		const second = owner.peer.rounds.last!;
		owner.peer.rounds.request();
		await backedUp(owner, second);
		expect(owner.peer.rounds.last?.report.newDataBytes).toBe(400_000);
	});

	it('takes over after a restore, refills the partners, and fences the old machine off', async () => {
		const { owner, partners } = await ownerWithPartners(4);
		const folder = await owner.choose('papers');
		folder.file('deed.pdf', world.random.bytes(1_200_000));
		const partnersFolder = await partners[0]!.choose('partner');
		partnersFolder.file('own.bin', world.random.bytes(600_000));
		await Promise.all([backedUp(owner), backedUp(partners[0]!)]);
		const { rootSecret } = owner.peer.identity;
		owner.crash();

		const { recovery, newcomer } = await recovered(rootSecret);
		const result = await takeOver(newcomer.peer, recovery, false, new AbortController().signal);
		expect(result).toEqual({ kind: 'taken-over' });
		recovery.stop();
		newcomer.crash();
		const heir = await world.start(newcomer.machine);
		expect(heir.peer.mayWrite).toBe(true);
		const { peer: partner } = partners[0]!;
		const refilled = (): boolean =>
			partner.events.all().some(({ kind }) => kind === 'partner-refilled');
		await until(partner, () => refilled() && partner.holdings.protection().full);
		expect((await heir.blocks.usage(partner.keyring.peer)).blocks).toBeGreaterThan(0);

		const old = await world.start(owner.machine, owner.folders);
		await until(old.peer, () => old.peer.fenced);
		expect(old.peer.mayWrite).toBe(false);
	});

	it('asks for as many partners at a take-over as reading the index takes', async () => {
		const { owner, partners } = await ownerWithPartners(8);
		const folder = await owner.choose('papers');
		folder.file('deed.pdf', world.random.bytes(300_000));
		await backedUp(owner);
		const { rootSecret } = owner.peer.identity;
		owner.crash();

		const { recovery, newcomer } = await recovered(rootSecret);
		const { peer } = newcomer;
		for (const partner of partners.slice(0, 5)) partner.crash();
		await until(peer, () => peer.lines.connected().length === 3);
		// 3 of 8 would do to fence the old machine off; with m = 4 they cannot read the index.
		const result = await takeOver(peer, recovery, false, new AbortController().signal);
		expect(result).toEqual({ kind: 'too-few', have: 3, need: 4 });
		expect(peer.identity.restored).toBe(true);
	});

	it('restores on the machine that made the backup, asked for before any partner is reached', async () => {
		const { owner } = await ownerWithPartners(4);
		const folder = await owner.choose('papers');
		folder.file('deed.txt', 'signed '.repeat(1000));
		await backedUp(owner);
		owner.crash();

		const again = await world.start(owner.machine, owner.folders);
		const recovery = new Recovery(again.peer);
		recovery.openOwn();
		const [snapshot] = recovery.source?.browser.snapshots ?? [];
		const target = new MemoryRestoreTarget();
		const report = await recovery.restore(snapshot!.id, [], target);
		recovery.stop();
		expect(report.failed).toEqual([]);
		expect(target.text('papers/deed.txt')).toBe('signed '.repeat(1000));
	});
});
