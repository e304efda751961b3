/** Partners that are full, go away, lose their disk, lie, join or are let go: the backup stands, and mends itself. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Recovery } from '../../src/lib/engine/recovery.ts';
import { MemoryRestoreTarget } from '../doubles/restore-target.ts';
import { Machine, World, backedUp, until, type Inhabitant } from './world.ts';

let world: World;
beforeEach(async () => {
	world = await World.make();
});
afterEach(() => {
	world.end();
});

function happened({ peer }: Inhabitant, kind: string): boolean {
	return peer.events.all().some((event) => event.kind === kind);
}

async function fullAgain({ peer }: Inhabitant): Promise<void> {
	await until(peer, () => peer.holdings.protection().full);
}

/** Restores on the owner's machine and compares. */
async function restores(owner: Inhabitant, path: string, bytes: Uint8Array): Promise<void> {
	const recovery = new Recovery(owner.peer);
	recovery.openOwn();
	const [snapshot] = recovery.source?.browser.snapshots ?? [];
	const target = new MemoryRestoreTarget();
	const report = await recovery.restore(snapshot!.id, [], target);
	recovery.stop();
	expect(report.failed).toEqual([]);
	expect(target.files.get(path)?.bytes).toEqual(bytes);
}

it('owes a full partner its blocks, says so, and refills it when it has room', async () => {
	const { owner, partners } = await world.family(4);
	partners[0]!.blocks.bytesMax = 0;
	const folder = await owner.choose('photos');
	folder.file('a.bin', world.random.bytes(600_000));
	await backedUp(owner);
	expect(owner.peer.holdings.protection()).toEqual({ survivable: 1, full: false, stored: true });
	expect(happened(owner, 'partner-refused')).toBe(true);
	expect(partners[0]!.peer.diskFull).toBeDefined();
	partners[0]!.blocks.bytesMax = Infinity;
	// A refusal is remembered for ten minutes, and not over a restart.
	owner.crash();
	const again = await world.start(owner.machine, owner.folders);
	await fullAgain(again);
	expect((await partners[0]!.blocks.usage(owner.id)).blocks).toBeGreaterThan(0);
});

it('starts anew with a weaker code when too few partners take blocks for the one it had', async () => {
	const { owner, partners } = await world.family(4);
	for (const partner of partners.slice(0, 2)) partner.blocks.bytesMax = 0;
	const folder = await owner.choose('photos');
	folder.file('a.bin', world.random.bytes(300_000));
	await backedUp(owner);
	expect(owner.peer.holdings.protection()).toEqual({ survivable: 1, full: true, stored: true });
});

it('goes on when a partner stops in the middle of a block and comes back', async () => {
	const { owner, partners } = await world.family(4);
	let cuts = 0;
	world.faults = () => (cuts++ < 2 ? { cutAt: 12 } : undefined);
	const folder = await owner.choose('photos');
	const bytes = world.random.bytes(2_000_000);
	folder.file('a.bin', bytes);
	world.network.cut(partners[0]!.address);
	await backedUp(owner);
	await fullAgain(owner);
	expect(cuts).toBeGreaterThan(2);
	await restores(owner, 'photos/a.bin', bytes);
});

it('notices at the next meeting that a partner lost all its blocks, and refills it', async () => {
	const { owner, partners } = await world.family(4);
	const folder = await owner.choose('photos');
	folder.file('a.bin', world.random.bytes(600_000));
	await backedUp(owner);
	const { machine } = partners[0]!;
	partners[0]!.crash();
	const back = await world.start(new Machine(machine.records));
	await until(owner.peer, () => happened(owner, 'partner-lost-blocks'));
	await fullAgain(owner);
	const shelf = owner.peer.holdings.shelf(back.id).length;
	expect((await back.blocks.usage(owner.id)).blocks).toBe(shelf);
});

it('ends a partnership at both peers when one ends it, and brings its blocks to a newcomer', async () => {
	const { owner, partners } = await world.family(4);
	const folder = await owner.choose('photos');
	folder.file('a.bin', world.random.bytes(600_000));
	await backedUp(owner);
	const gone = partners[0]!;
	await owner.peer.endPartnership(gone.id);
	expect(owner.peer.holdings.counts().has(gone.id)).toBe(false);
	const newcomer = await world.settle();
	await fullAgain(owner);
	expect((await newcomer.blocks.usage(owner.id)).blocks).toBeGreaterThan(0);
	world.network.cut(gone.address);
	await until(gone.peer, () => gone.peer.agreements.with(owner.id)?.state === 'ended');
});

it('backs up over standing links when the broker dies, and finds everybody when it comes late', async () => {
	world.broker.setUp(false);
	const owner = await world.settle();
	await Promise.all([1, 2, 3].map(() => world.settle()));
	const folder = await owner.choose('photos');
	folder.file('a.bin', world.random.bytes(300_000));
	await until(owner.peer, () => owner.peer.rounds.state.stage === 'waiting');
	world.broker.setUp(true);
	await until(owner.peer, () => owner.peer.wireBytes > 0);
	world.broker.setUp(false);
	await backedUp(owner);
	expect(owner.peer.holdings.protection().stored).toBe(true);
});

it('is harmed by no partner that answers garbage or cries wolf', async () => {
	const { owner, partners } = await world.family(5);
	const liar = partners[0]!.peer;
	liar.serve = (request) => {
		switch (request.type) {
			case 'get-heads':
				return Promise.resolve({ type: 'heads', heads: [world.random.bytes(500)] });
			case 'get-block':
				return Promise.resolve({ type: 'block', record: world.random.bytes(5_000) });
			case 'list-shelf':
				return Promise.resolve({ type: 'shelf', entries: [], more: true });
			case 'put-block':
			case 'put-head': {
				const head = world.random.bytes(300);
				return Promise.resolve({ type: 'declined', reason: 'fenced', detail: 'you are old', head });
			}
			default:
				return Promise.resolve({ type: 'declined', reason: 'no-agreement', detail: '' });
		}
	};
	const folder = await owner.choose('photos');
	const bytes = world.random.bytes(600_000);
	folder.file('a.bin', bytes);
	await backedUp(owner);
	expect(owner.peer.fenced).toBe(false);
	world.network.cut(partners[0]!.address);
	await until(owner.peer, () => owner.peer.lines.line(liar.keyring.peer) !== undefined);
	expect(owner.peer.holdings.protection().stored).toBe(true);
	await restores(owner, 'photos/a.bin', bytes);
});
