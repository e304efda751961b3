/** Partners that fall silent, go on holiday, cheat or are blamed by a peer that is off itself: who is told, let go, replaced. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Observation } from '../../src/lib/engine/verify/observation.ts';
import { World, backedUp, until, type Inhabitant } from './world.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

let world: World;
beforeEach(async () => {
	world = await World.make();
});
afterEach(() => {
	world.end();
});

function kinds({ peer }: Inhabitant): readonly string[] {
	return peer.events
		.all()
		.map(({ kind }) => kind)
		.reverse();
}

/** Days on each of which a peer looks once. */
async function days({ peer }: Inhabitant, count: number): Promise<void> {
	for (let day = 0; day < count; day++) {
		world.clock.jump(dayMs);
		await peer.keeping.look();
	}
}

/** A machine stops, and an owner notices that its line is gone. */
async function vanishes(partner: Inhabitant, owner: Inhabitant): Promise<void> {
	partner.crash();
	await until(owner.peer, () => owner.peer.lines.line(partner.id) === undefined);
}

async function photos(owner: Inhabitant): Promise<void> {
	const folder = await owner.choose('photos');
	folder.file('a.bin', world.random.bytes(300_000));
	await backedUp(owner);
	await owner.peer.keeping.look();
}

function standing({ peer }: Inhabitant, partner: Inhabitant) {
	return peer.keeping.of(partner.id)?.standing;
}

it('warns of a silent partner, lets it go when grace is over, tells it, and fills a successor', async () => {
	const { owner, partners } = await world.family(4);
	await photos(owner);
	const silent = partners[0]!;
	await vanishes(silent, owner);
	await days(owner, 5);
	expect(standing(owner, silent)).toMatchObject({ kind: 'overdue', warned: false });
	await days(owner, 5);
	expect(standing(owner, silent)).toMatchObject({ kind: 'overdue', warned: true });
	await days(owner, 5);
	expect(standing(owner, silent)).toMatchObject({ kind: 'reneged', reason: 'silent' });
	expect(owner.peer.agreements.with(silent.id)).toMatchObject({
		state: 'ended',
		endedFor: 'reneged'
	});
	const told = kinds(owner).filter(
		(kind) => kind.startsWith('partner-') && kind !== 'partner-agreed'
	);
	expect(told).toEqual(['partner-overdue', 'partner-warned', 'partner-reneged']);

	const successor = await world.settle();
	await until(owner.peer, () => owner.peer.holdings.protection().full);
	expect((await successor.blocks.usage(owner.id)).blocks).toBeGreaterThan(0);

	const late = await world.start(silent.machine);
	await until(late.peer, () => kinds(late).includes('let-go-by-partner'));
	expect(late.peer.keeping.of(owner.id)?.notice).toMatchObject({
		kind: 'reneged',
		reason: 'silent'
	});
	expect(late.peer.agreements.with(owner.id)).toMatchObject({ state: 'ended' });
});

it('forgives a holiday of ten days, and sends nothing again', async () => {
	const { owner, partners } = await world.family(4);
	await photos(owner);
	const away = partners[0]!;
	const sent = owner.peer.wireBytes;
	await vanishes(away, owner);
	await days(owner, 10);
	await world.start(away.machine);
	await until(owner.peer, () => kinds(owner).includes('partner-returned'));
	expect(standing(owner, away)).toEqual({ kind: 'held', warned: undefined });
	expect(owner.peer.agreements.with(away.id)?.state).toBe('active');
	expect(owner.peer.wireBytes).toBe(sent);
});

it('blames nobody while its own connection is down', async () => {
	const { owner } = await world.family(4);
	await photos(owner);
	world.faults = (from, to) =>
		from === owner.address || to === owner.address ? { refuse: 'no network' } : undefined;
	world.network.cut(owner.address);
	await until(owner.peer, () => owner.peer.lines.connected().length === 0);
	await days(owner, 30);
	expect(kinds(owner).filter((kind) => /overdue|warned|reneged/.test(kind))).toEqual([]);
});

it('warns a partner that answers wrongly, at once, and lets it go within a day', async () => {
	const { owner, partners } = await world.family(4);
	await photos(owner);
	const cheat = partners[0]!;
	const observation: Observation = { kind: 'failed', check: 'block', why: 'not-held' };
	const observe = () =>
		owner.peer.keeping.observe(cheat.id, { at: world.clock.now(), observation });
	await observe();
	await until(cheat.peer, () => kinds(cheat).includes('warned-by-partner'));
	expect(standing(owner, cheat)).toEqual({ kind: 'held', warned: 'wrong-answers' });
	for (let i = 0; i < 2; i++) {
		world.clock.jump(6 * hourMs);
		await owner.peer.keeping.look();
		await observe();
	}
	expect(standing(owner, cheat)).toMatchObject({ kind: 'reneged', reason: 'wrong-answers' });
	await until(cheat.peer, () => kinds(cheat).includes('let-go-by-partner'));
	expect(owner.peer.agreements.isWelcome(cheat.id)).toBe(false);
});

it('goes on after a crash where it stood: the account and what was still to be told', async () => {
	const { owner, partners } = await world.family(4);
	await photos(owner);
	const silent = partners[0]!;
	await vanishes(silent, owner);
	await days(owner, 8);
	const before = standing(owner, silent);
	owner.crash();
	const again = await world.start(owner.machine, owner.folders);
	expect(standing(again, silent)).toEqual(before);
	await world.start(silent.machine);
	const back = () => again.peer.keeping.of(silent.id)?.standing.kind === 'held';
	await until(again.peer, back);
});

it('tells its other partners who reneged', async () => {
	const { owner, partners } = await world.family(3);
	await photos(owner);
	const [silent, listener] = partners;
	await vanishes(silent!, owner);
	await days(owner, 16);
	expect(standing(owner, silent!)).toMatchObject({ kind: 'reneged' });
	await listener!.peer.keeping.hear();
	const said = [...listener!.machine.records.table('statements').keys()];
	expect(said).toEqual([`${silent!.id}/${owner.id}`]);
});
