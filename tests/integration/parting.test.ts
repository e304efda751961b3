/** Partnerships that end: a leaver gives back what it holds, and nobody keeps what nobody needs. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nameOf, type AgreementId } from '../../src/lib/engine/identifiers.ts';
import {
	encodeFarewell,
	signFarewell,
	type Farewell
} from '../../src/lib/engine/partners/farewell.ts';
import { World, backedUp, until, type Inhabitant } from './world.ts';

let world: World;
beforeEach(async () => {
	world = await World.make();
});
afterEach(() => {
	world.end();
});

async function backedUpAt(count: number): Promise<{
	readonly owner: Inhabitant;
	readonly partners: readonly Inhabitant[];
}> {
	const { owner, partners } = await world.family(count);
	const folder = await owner.choose('photos');
	folder.file('a.bin', world.random.bytes(700_000));
	await backedUp(owner);
	await until(owner.peer, () => owner.peer.holdings.protection().full);
	return { owner, partners };
}

async function holds(partner: Inhabitant, owner: Inhabitant): Promise<number> {
	return (await partner.blocks.usage(owner.id)).blocks;
}

it('a leaver keeps blocks readable until they lie elsewhere, each read once, and then both sides are free', async () => {
	const { owner, partners } = await backedUpAt(4);
	const leaver = partners[0]!;
	// The folder may not be read now: blocks can only come from partners.
	for (const { id } of owner.peer.household.folders) owner.folders.revoke(id);
	const blocks = await holds(leaver, owner);
	const successor = await world.settle();
	await until(owner.peer, () => owner.peer.agreements.with(successor.id)?.state === 'active');
	await leaver.peer.leave();
	await until(owner.peer, () => owner.peer.agreements.with(leaver.id)?.state === 'ended');
	await until(leaver.peer, () => leaver.peer.agreements.active().length === 0);
	expect(owner.peer.holdings.protection().full).toBe(true);
	expect(await holds(successor, owner)).toBe(blocks);
	const { readBytes, writtenBytes } = owner.peer.upkeep.repair;
	// Trees and index are here as well; of the files each block is read once.
	expect(readBytes).toBeGreaterThan(0.9 * writtenBytes);
	expect(readBytes).toBeLessThanOrEqual(writtenBytes);
	await world.quiet(async () => (await holds(leaver, owner)) === 0);
	// Nobody new: the person is leaving.
	expect(leaver.peer.search.share()).toBe(0);
});

it('gives the space of an ended partnership back on both sides, once the blocks lie elsewhere', async () => {
	const { owner, partners } = await backedUpAt(4);
	const [gone, other] = partners;
	const folder = await gone!.choose('letters');
	folder.file('b.bin', world.random.bytes(300_000));
	await backedUp(gone!);
	await until(gone!.peer, () => gone!.peer.holdings.protection().full);
	expect(await holds(owner, gone!)).toBeGreaterThan(0);
	await owner.peer.endPartnership(gone!.id);
	expect(await holds(gone!, owner)).toBeGreaterThan(0);
	const newcomer = await world.settle();
	await until(owner.peer, () => owner.peer.holdings.protection().full);
	expect(await holds(newcomer, owner)).toBeGreaterThan(0);
	await world.quiet(async () => (await holds(gone!, owner)) === 0);
	await until(gone!.peer, () => gone!.peer.agreements.with(owner.id)?.state === 'ended');
	await world.quiet(async () => (await holds(owner, gone!)) === 0);
	expect(await holds(other!, owner)).toBeGreaterThan(0);
});

it('asks a partner that was full again as soon as it says that it has room', async () => {
	const owner = await world.settle();
	const partners = await Promise.all([1, 2, 3, 4].map(() => world.settle()));
	await until(owner.peer, () => owner.peer.agreements.active().length === 4);
	const full = partners[0]!;
	await full.peer.household.change({ lendBytes: 1 });
	const folder = await owner.choose('photos');
	folder.file('a.bin', world.random.bytes(700_000));
	await backedUp(owner);
	expect(owner.peer.holdings.protection().full).toBe(false);
	const before = world.clock.now();
	await full.peer.household.change({ lendBytes: 2 ** 30 });
	await until(owner.peer, () => owner.peer.holdings.protection().full);
	expect(world.clock.now() - before).toBeLessThan(9 * 60_000);
	expect(await holds(full, owner)).toBeGreaterThan(0);
});

it('believes no farewell that is forged, of somebody else, or of another agreement', async () => {
	const { owner, partners } = await backedUpAt(3);
	const [partner, stranger] = partners;
	const { keyring } = partner!.peer;
	const line = partner!.peer.lines.line(owner.id)!;
	const { id } = partner!.peer.agreements.with(owner.id)!;
	const say = async (
		change: Partial<Farewell>,
		by = keyring.identity
	): Promise<string | undefined> => {
		const farewell = {
			kind: 'ended',
			agreement: id,
			from: keyring.peer,
			to: owner.id,
			at: 1
		} as const;
		const document = encodeFarewell({ ...farewell, ...change });
		const signature = signFarewell(by, document);
		const reply = await line.request({ type: 'farewell', document, signature });
		return reply.type === 'declined' ? reply.reason : reply.type;
	};
	const held = await holds(partner!, owner);
	const other = nameOf<AgreementId>(world.random.bytes(16));
	expect(await say({}, stranger!.peer.keyring.identity)).toBe('malformed');
	expect(await say({ from: stranger!.id }, stranger!.peer.keyring.identity)).toBe('malformed');
	expect(await say({ to: stranger!.id })).toBe('malformed');
	expect(await say({ agreement: other })).toBe('conflict');
	expect(await say({ kind: 'leaving', agreement: other })).toBe('conflict');
	const noise = { type: 'farewell', document: world.random.bytes(90) } as const;
	const reply = await line.request({ ...noise, signature: world.random.bytes(64) });
	expect(reply).toMatchObject({ type: 'declined', reason: 'malformed' });
	expect(owner.peer.agreements.with(partner!.id)?.state).toBe('active');
	expect(owner.peer.holdings.protection().full).toBe(true);
	expect(await holds(partner!, owner)).toBe(held);
	expect(await say({ kind: 'leaving' })).toBe('acknowledged');
	expect(await say({ kind: 'leaving' })).toBe('acknowledged');
	expect(owner.peer.agreements.with(partner!.id)?.leavingSince).toBeDefined();
});
