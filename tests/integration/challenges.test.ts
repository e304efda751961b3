/** Partners are checked while the peers run: who keeps its blocks passes, who lost, dropped or rotted them is found out. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PeerId } from '../../src/lib/engine/identifiers.ts';
import type { Observation } from '../../src/lib/engine/verify/observation.ts';
import { Machine, World, backedUp, until, type Inhabitant } from './world.ts';

let world: World;
beforeEach(async () => {
	world = await World.make();
	world.options = { schedule: { proofEveryMs: 20_000, blockEveryMs: 30_000 } };
});
afterEach(() => {
	world.end();
});

interface Seen {
	readonly partner: PeerId;
	readonly observation: Observation;
}

/** What an owner observes from now on. */
function watch({ peer }: Inhabitant): readonly Seen[] {
	const seen: Seen[] = [];
	peer.verifying.onObserved((partner, { observation }) => seen.push({ partner, observation }));
	return seen;
}

/** Waits until the owner has observed this of a partner. */
async function observed(
	{ peer }: Inhabitant,
	seen: readonly Seen[],
	partner: PeerId,
	expected: Partial<Observation>
): Promise<void> {
	const fits = ({ partner: who, observation }: Seen): boolean =>
		who === partner &&
		Object.entries(expected).every(([key, value]) =>
			Object.entries(observation).some(([k, v]) => k === key && v === value)
		);
	await until(peer, () => seen.some(fits));
}

async function family(): Promise<{ owner: Inhabitant; partners: readonly Inhabitant[] }> {
	const { owner, partners } = await world.family(3);
	const folder = await owner.choose('photos');
	folder.file('a.bin', world.random.bytes(600_000));
	await backedUp(owner);
	return { owner, partners };
}

const kinds = (seen: readonly Seen[]): ReadonlySet<string> =>
	new Set(seen.map(({ observation }) => observation.kind));

it('passes partners that hold what they took, one block and one proof after the other', async () => {
	const { owner, partners } = await family();
	const seen = watch(owner);
	for (const { id } of partners) {
		await observed(owner, seen, id, { kind: 'passed', check: 'block' });
		await observed(owner, seen, id, { kind: 'passed', check: 'proof' });
		expect(owner.peer.verifying.view(id)).toMatchObject({
			lastBlockAt: expect.any(Number) as unknown,
			lastProofAt: expect.any(Number) as unknown
		});
	}
	expect(kinds(seen)).toEqual(new Set(['passed']));
});

it('finds out a partner that threw a block away, or says so itself, and makes the block up', async () => {
	const { owner, partners } = await family();
	const seen = watch(owner);
	const [lossy] = partners;
	const [lost] = owner.peer.holdings.shelf(lossy!.id);
	lossy!.blocks.lose(owner.id, lost!.number);
	await observed(owner, seen, lossy!.id, { kind: 'loss-declared' });
	await until(owner.peer, () => owner.peer.holdings.protection().full);
	await observed(owner, seen, lossy!.id, { kind: 'passed' });
});

it('finds out a partner whose blocks are rotten, and does not let it have another draw', async () => {
	const { owner, partners } = await family();
	const [rotten] = partners;
	for (const { number } of owner.peer.holdings.shelf(rotten!.id)) {
		rotten!.blocks.rot(owner.id, number);
	}
	const seen = watch(owner);
	await observed(owner, seen, rotten!.id, { kind: 'failed', why: 'wrong-answer' });
	expect(owner.peer.verifying.view(rotten!.id).pending).toBeDefined();
});

it('is told by a partner that lost its disk before it asks', async () => {
	const { owner, partners } = await family();
	const seen = watch(owner);
	const [gone] = partners;
	await observed(owner, seen, gone!.id, { kind: 'passed' });
	gone!.crash();
	const back = await world.start(new Machine(gone!.machine.records));
	await observed(owner, seen, back.id, { kind: 'loss-declared' });
	await until(owner.peer, () => owner.peer.holdings.protection().full);
	expect(kinds(seen.filter(({ partner }) => partner === back.id)).has('failed')).toBe(false);
});

it('takes the pending challenge up again after a crash in the middle of it', async () => {
	const { owner, partners } = await family();
	const [partner] = partners;
	const honest = partner!.peer.serve.bind(partner!.peer);
	let answers = false;
	partner!.peer.serve = (request, session) =>
		request.type === 'reveal' && !answers
			? Promise.resolve({ type: 'declined', reason: 'busy', detail: 'later' })
			: honest(request, session);
	const seen = watch(owner);
	await observed(owner, seen, partner!.id, { kind: 'unanswered' });
	const pending = owner.peer.verifying.view(partner!.id).pending;
	expect(pending).toBeDefined();
	owner.crash();
	answers = true;
	const again = await world.start(owner.machine, owner.folders);
	const later = watch(again);
	await observed(again, later, partner!.id, { kind: 'passed', check: pending!.check });
	const [first] = later.filter(({ partner: who }) => who === partner!.id);
	expect(first?.observation).toEqual({ kind: 'passed', check: pending!.check });
});
