/**
 * Two honest peers challenge and answer while messages get lost, either one stops at any write and starts again, and
 * the shelf changes. Nobody is ever seen to cheat, no draw that the partner may know is given up, and in the end, when
 * both are well, the challenge passes.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Check } from '../../../src/lib/engine/verify/observation.ts';
import type { HeldToss, OwnToss, RevealedToss } from '../../../src/lib/engine/verify/toss.ts';
import { Pair, owner, partner, type Fate } from '../../unit/verify/pair.ts';
import '../seed.ts';

interface Fault {
	/** What becomes of the messages, in order; those after them arrive. */
	readonly fates: readonly Fate[];
	/** Writes after which a side stops; undefined when it does not. */
	readonly ownerStops?: number | undefined;
	readonly partnerStops?: number | undefined;
}

const dayMs = 86_400_000;
const ownToss = (pair: Pair): OwnToss | undefined => pair.tosses.of(partner.peer);
const heldToss = (pair: Pair): HeldToss | undefined =>
	pair.disks.partner.table('heldTosses').get(owner.peer) as HeldToss | undefined;

/** One challenge with something in its way; whoever stopped is started again. */
async function troubled(pair: Pair, check: Check, fault: Fault): Promise<string> {
	pair.fates = [...fault.fates];
	pair.ownerRecords.writesLeft = fault.ownerStops ?? Infinity;
	pair.partnerRecords.writesLeft = fault.partnerStops ?? Infinity;
	const outcome = await pair.challenge(check).then(
		({ kind }) => kind,
		() => 'stopped'
	);
	pair.fates = [];
	await pair.startOwner();
	await pair.startPartner();
	return outcome;
}

function expectHonesty(pair: Pair, outcome: string): void {
	expect(['passed', 'unanswered', 'nothing', 'stopped']).toContain(outcome);
	const counted = [...pair.answering.misdeeds(owner.peer).keys()];
	expect(counted.filter((misdeed) => misdeed !== 'aborted')).toEqual([]);
}

/** A draw that the partner knows is the owner's pending one, until it is answered. */
function expectSameDraw(pair: Pair): void {
	const [own, held] = [ownToss(pair), heldToss(pair)];
	if (own?.stage !== 'revealed' || held?.stage !== 'revealed') return;
	expect(own.counter).toBe(held.counter);
	expect(own.drawn?.number).toBe(held.drawn);
}

async function expectToPass(pair: Pair): Promise<void> {
	await pair.clock.advance(dayMs);
	const pending = ownToss(pair);
	const outcome = await pair.challenge('proof');
	if (outcome.kind !== 'passed') expect(await pair.challenge('block')).toMatchObject(passed);
	else if (pending?.stage === 'revealed' && isThere(pair, pending)) {
		expect(outcome.check).toBe('block');
	}
}

/** Whether the drawn block was neither dropped since nor, with a proof, is one of many. */
function isThere(pair: Pair, { drawn }: RevealedToss): boolean {
	return pair.holdings.shelf(partner.peer).some(({ number }) => number === drawn?.number);
}
const passed = { kind: 'passed' };

describe('a challenge that is cut short', () => {
	const fates: readonly Fate[] = ['question lost', 'answer lost'];
	// Sign, toss, reveal: five writes at the owner, three at the partner.
	const lost = [0, 1, 2].flatMap((at) =>
		fates.map((fate) => [...Array.from<Fate>({ length: at }).fill('arrives'), fate])
	);
	const stops = [
		...[0, 1, 2, 3, 4].map((ownerStops) => ({ ownerStops })),
		...[0, 1, 2].map((partnerStops) => ({ partnerStops }))
	];
	const everywhere: readonly Fault[] = [
		{ fates: [] },
		...lost.map((fates) => ({ fates })),
		...stops.map((stop) => ({ fates: [], ...stop })),
		...lost.flatMap((fates) => stops.map((stop) => ({ fates, ...stop })))
	];

	it.each<Check>(['block', 'proof'])(
		'at each message and each write, by loss or restart, is taken up again: %s',
		async (check) => {
			const outcomes = new Set<string>();
			for (const [i, fault] of everywhere.entries()) {
				const pair = await Pair.make(`cut ${String(i)}`, 3);
				const outcome = await troubled(pair, check, fault);
				outcomes.add(outcome);
				expectHonesty(pair, outcome);
				expectSameDraw(pair);
				await expectToPass(pair);
			}
			expect([...outcomes].sort()).toEqual(['passed', 'stopped', 'unanswered']);
		}
	);
});

type Step =
	| { readonly kind: 'challenge'; readonly check: Check; readonly fault: Fault }
	| { readonly kind: 'store' | 'drop' | 'sign' | 'day' };

const stop = fc.option(fc.nat(4), { nil: undefined, freq: 2 });
const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 3,
		arbitrary: fc.record({
			kind: fc.constant('challenge' as const),
			check: fc.constantFrom<Check>('block', 'proof'),
			fault: fc.record({
				fates: fc.array(fc.constantFrom<Fate>('arrives', 'question lost', 'answer lost'), {
					maxLength: 3
				}),
				ownerStops: stop,
				partnerStops: stop
			})
		})
	},
	{ weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('store', 'drop', 'sign', 'day') }) }
);

it('stays honest and mends itself through any history of challenges, changes and faults', async () => {
	let revealed = 0;
	await fc.assert(
		fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.nat(), async (steps, seed) => {
			const pair = await Pair.make(String(seed), 3);
			for (const each of steps) {
				if ('fault' in each) expectHonesty(pair, await troubled(pair, each.check, each.fault));
				else if (each.kind === 'store') await pair.store();
				else if (each.kind === 'drop') await pair.dropOldest();
				else if (each.kind === 'sign') await pair.sign();
				else await pair.clock.advance(dayMs);
				expectSameDraw(pair);
				if (ownToss(pair)?.stage === 'revealed') revealed++;
			}
			await pair.store();
			await expectToPass(pair);
		}),
		{ numRuns: 50 }
	);
	expect(revealed).toBeGreaterThan(10);
});
