import { describe, expect, it } from 'vitest';
import { nameOf, type AgreementId } from '../../../src/lib/engine/identifiers.ts';
import {
	answeringCoin,
	brokenReveal,
	commitmentTo,
	countersPerEpoch,
	drawOf,
	epochOf,
	judgeToss,
	leapt,
	nextCounter,
	rank,
	type HeldToss,
	type TossContext,
	type TossOffer
} from '../../../src/lib/engine/verify/toss.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { high, keyringOf, low } from '../partners/people.ts';

const random = new SeededRandom('toss');
const context: TossContext = {
	owner: low.peer,
	partner: high.peer,
	agreement: nameOf<AgreementId>(new Uint8Array(16).fill(1)),
	counter: countersPerEpoch,
	check: 'block',
	shelfVersion: 7
};
const others: readonly (readonly [string, TossContext])[] = [
	['owner', { ...context, owner: keyringOf('stranger').peer }],
	['partner', { ...context, partner: keyringOf('stranger').peer }],
	['agreement', { ...context, agreement: nameOf<AgreementId>(new Uint8Array(16)) }],
	['counter', { ...context, counter: countersPerEpoch + 1 }],
	['epoch', { ...context, counter: 2 * countersPerEpoch }],
	['check', { ...context, check: 'proof' }],
	['shelf state', { ...context, shelfVersion: 8 }]
];
const coin = random.bytes(32);
const secret = random.bytes(32);

describe('a toss', () => {
	it.each(others)('is bound to its %s: commitment, coin and draw are others', (_, other) => {
		const commitment = commitmentTo(coin, context);
		expect(commitmentTo(coin, other)).not.toEqual(commitment);
		expect(answeringCoin(secret, commitment, other)).not.toEqual(
			answeringCoin(secret, commitment, context)
		);
		const answer = random.bytes(32);
		expect(drawOf(coin, answer, other)).not.toEqual(drawOf(coin, answer, context));
	});

	it('is decided by both coins: with either one changed, the draw is another', () => {
		const answer = random.bytes(32);
		const draw = drawOf(coin, answer, context);
		expect(drawOf(random.bytes(32), answer, context)).not.toEqual(draw);
		expect(drawOf(coin, random.bytes(32), context)).not.toEqual(draw);
	});

	it('gets the same coin from the partner however often it is repeated', () => {
		const commitment = commitmentTo(coin, context);
		const again = answeringCoin(secret, commitment, { ...context });
		expect(again).toEqual(answeringCoin(secret, commitment, context));
	});

	it('counts up within an epoch, and above everything of the epochs before', () => {
		expect(nextCounter(undefined, 1)).toBe(countersPerEpoch);
		const last = { stage: 'over', counter: countersPerEpoch + 4 } as const;
		expect(nextCounter(last, 1)).toBe(countersPerEpoch + 5);
		expect(nextCounter(last, 2)).toBe(2 * countersPerEpoch);
		expect(epochOf(nextCounter(last, 2))).toBe(2);
		expect(nextCounter(leapt(last.counter), 1)).toBeGreaterThan(last.counter + 1000);
	});
});

describe('the partner', () => {
	const offer = (change: Partial<TossOffer> = {}): TossOffer => ({
		...context,
		commitment: commitmentTo(coin, context),
		...change
	});
	const held = (stage: HeldToss['stage'] = 'tossed'): HeldToss => ({ ...offer(), stage });

	it('tosses for a higher counter, and says when the last toss was given up', () => {
		const next = offer({ counter: context.counter + 1 });
		expect(judgeToss(undefined, offer())).toMatchObject({ kind: 'fresh', aborted: false });
		expect(judgeToss(held('revealed'), next)).toMatchObject({ kind: 'fresh', aborted: false });
		expect(judgeToss(held(), next)).toMatchObject({ kind: 'fresh', aborted: true });
	});

	it.each<[string, Partial<TossOffer>, object]>([
		['the very same toss', {}, { kind: 'repeated' }],
		['another commitment', { commitment: coin }, { misdeed: 'other-commitment' }],
		['another check', { check: 'proof' }, { misdeed: 'other-commitment' }],
		['another shelf state', { shelfVersion: 9 }, { misdeed: 'other-commitment' }],
		['a lower counter', { counter: context.counter - 1 }, { misdeed: 'replayed-counter' }]
	])('judges %s', (_, change, verdict) => {
		expect(judgeToss(held(), offer(change))).toMatchObject(verdict);
	});

	it('takes the coin that was committed to, for the toss that is open, and no other', () => {
		const { counter } = context;
		expect(brokenReveal(held(), { counter, coin }, context)).toBeUndefined();
		const wrong = random.bytes(32);
		expect(brokenReveal(held(), { counter, coin: wrong }, context)).toBe('wrong-reveal');
		expect(brokenReveal(undefined, { counter, coin }, context)).toBe('unknown-reveal');
		expect(brokenReveal(held(), { counter: counter + 1, coin }, context)).toBe('unknown-reveal');
	});
});

describe('a rank', () => {
	const draws = Array.from({ length: 20_000 }, () => random.bytes(32));

	it.each([1, 2, 3, 7, 10, 100])('among %i is as likely as any other', (count) => {
		const seen = Array.from({ length: count }, () => 0);
		for (const draw of draws) seen[rank(draw, count)]!++;
		const expected = draws.length / count;
		const chiSquare = seen.reduce((sum, n) => sum + (n - expected) ** 2 / expected, 0);
		// Chi-square with count - 1 degrees of freedom; the draws are fixed, so this passes always or never.
		expect(chiSquare).toBeLessThan(count - 1 + 4 * Math.sqrt(2 * count));
	});

	it('draws again where 48 bits do not divide evenly, so that the low ranks gain nothing', () => {
		// Of 2^48 values a third lies beyond the last whole run of this count: without drawing again the first half of
		// the ranks would come twice as often as the others.
		const count = 2 ** 48 - 2 ** 46 - 2 ** 45;
		const low = draws.filter((draw) => rank(draw, count) < count / 2).length;
		expect(Math.abs(low / draws.length - 0.5)).toBeLessThan(0.02);
	});

	it('is asked for among something', () => {
		for (const count of [0, -1, 0.5, 2 ** 49]) {
			expect(() => rank(coin, count)).toThrow(RangeError);
		}
	});
});
