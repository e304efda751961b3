/**
 * Two peers negotiate with each other while any message gets lost, proposals expire, what they lend changes under way,
 * and either machine crashes. In the end, when both are well and meet, both hold the same agreement or neither holds
 * one.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LinkClosed } from '../../../src/lib/engine/failures.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { high, low, mebibyte } from '../../unit/partners/people.ts';
import { line, Side, type Loss } from '../../unit/partners/sides.ts';

type Step =
	| {
			readonly kind: 'propose' | 'settle';
			readonly by: 0 | 1;
			readonly loss: Loss | undefined;
	  }
	| { readonly kind: 'restart'; readonly by: 0 | 1 }
	| { readonly kind: 'end'; readonly by: 0 | 1 }
	| { readonly kind: 'lend'; readonly by: 0 | 1; readonly mebibytes: number }
	| { readonly kind: 'wait' }
	| { readonly kind: 'pass'; readonly ms: number };

const by = fc.constantFrom<0 | 1>(0, 1);
const loss: fc.Arbitrary<Loss | undefined> = fc.option(
	fc.record({ of: fc.constantFrom('question' as const, 'answer' as const), at: fc.nat(3) }),
	{ nil: undefined }
);
const mebibytes = fc.constantFrom(16, 48, 64, 1024);
const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 5,
		arbitrary: fc.record({ kind: fc.constantFrom('propose' as const, 'settle' as const), by, loss })
	},
	{ weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const), by }) },
	{ weight: 1, arbitrary: fc.record({ kind: fc.constant('end' as const), by }) },
	{ weight: 2, arbitrary: fc.record({ kind: fc.constant('lend' as const), by, mebibytes }) },
	{ weight: 2, arbitrary: fc.constant({ kind: 'wait' as const }) },
	{
		weight: 2,
		arbitrary: fc.record({
			kind: fc.constant('pass' as const),
			ms: fc.constantFrom(1, 400_000, 700_000)
		})
	}
);

/** Lets some of what is under way go on, but by far not all of it. */
async function moment(): Promise<void> {
	for (let i = 0; i < 5; i++) await Promise.resolve();
}

/** What the run met with: that it did is checked at the end. */
const met = { agreed: 0, counters: 0 };

async function take(step: Step, sides: readonly [Side, Side], clock: VirtualClock): Promise<void> {
	if (step.kind === 'pass') return clock.advance(step.ms);
	if (step.kind === 'wait') return clock.advance(0);
	const us = sides[step.by];
	const them = sides[step.by === 0 ? 1 : 0];
	if (step.kind === 'lend') {
		us.lendBytes = step.mebibytes * mebibyte;
		return;
	}
	if (step.kind === 'restart') {
		await us.start();
		return;
	}
	if (step.kind === 'end') {
		void us.agreements.end(them.keyring.peer);
		return moment();
	}
	let proposals = 0;
	const way = line(us, them, step.loss, ({ type }) => {
		if (type === 'propose' && ++proposals > 1) met.counters++;
	});
	const done = step.kind === 'propose' ? us.propose(way) : us.negotiation.settle(way);
	done.catch((error: unknown) => {
		expect(error).toBeInstanceOf(LinkClosed);
	});
	return moment();
}

/** The bytes of the document that holds. */
function standing(side: Side, other: Side): string | undefined {
	const record = side.agreements.with(other.keyring.peer);
	return record?.state === 'active' ? record.document.join(' ') : undefined;
}

it('ends with the same agreement at both peers, or with none', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
			const clock = new VirtualClock();
			const sides: [Side, Side] = [new Side(low, clock), new Side(high, clock)];
			for (const side of sides) await side.start();
			for (const each of steps) await take(each, sides, clock);
			await clock.advance(0);
			const [a, b] = sides;
			// Both are well again and meet, as at the start of every session.
			await a.negotiation.settle(line(a, b));
			await b.negotiation.settle(line(b, a));
			expect(standing(a, b)).toEqual(standing(b, a));
			if (standing(a, b) !== undefined) met.agreed++;
		}),
		{ numRuns: 150 }
	);
	expect(met.agreed).toBeGreaterThan(15);
	expect(met.counters).toBeGreaterThan(0);
});
