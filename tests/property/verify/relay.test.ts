/**
 * A peer between two others (prior art: the relay attack): it stores nothing, and would answer the owner's challenges
 * from a third peer that holds the same blocks for it.
 */
import { describe, expect, it } from 'vitest';
import {
	commitmentTo,
	countersPerEpoch,
	drawOf,
	rank,
	answeringCoin,
	type TossContext
} from '../../../src/lib/engine/verify/toss.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { keyringOf } from '../../unit/partners/people.ts';
import { Pair, instance, owner as middle, partner as third } from '../../unit/verify/pair.ts';
import { budgetsOf } from '../../unit/verify/pair-facts.ts';

const random = new SeededRandom('relay');
const owner = keyringOf('the first owner');
const counter = countersPerEpoch;

/** What the owner tosses about with the middle. */
function aboutMiddle(pair: Pair): TossContext {
	const { agreement } = pair;
	const ends = { owner: owner.peer, partner: middle.peer, agreement: agreement.id };
	return { ...ends, counter, check: 'block', shelfVersion: counter };
}

describe('a relay', () => {
	it('cannot pass a toss on: the third peer refuses the reveal', async () => {
		const pair = await Pair.make('relay');
		await pair.sign();
		const line = pair.line({ peer: middle.peer, instance });
		const coin = random.bytes(32);
		const commitment = commitmentTo(coin, aboutMiddle(pair));
		const tossed = await line.request({
			type: 'toss',
			check: 'block',
			counter,
			shelfVersion: counter,
			commitment
		});
		expect(tossed.type).toBe('tossed');
		const reply = await line.request({ type: 'reveal', counter, coin, salts: false });
		expect(reply).toMatchObject({ type: 'declined', reason: 'conflict' });
		expect([...pair.answering.misdeeds(middle.peer).keys()]).toEqual(['wrong-reveal']);
	});

	it('draws other blocks with tosses of its own, as by chance, until nothing is left to draw', async () => {
		const count = 100;
		const secret = random.bytes(32);
		let same = 0;
		const tries = 2_000;
		for (let i = 0; i < tries; i++) {
			const pair = await sharedAgreement();
			const coin = random.bytes(32);
			const asked = aboutMiddle(pair);
			const mine: TossContext = { ...asked, owner: middle.peer, partner: third.peer };
			// The middle may choose its own coin towards the owner, but only after the owner is bound.
			const ownDraw = drawOf(coin, random.bytes(32), asked);
			const answer = answeringCoin(secret, commitmentTo(coin, mine), mine);
			if (rank(drawOf(coin, answer, mine), count) === rank(ownDraw, count)) same++;
		}
		// Binomial with p = 1 / 100: mean 20, standard deviation 4.4.
		expect(same).toBeLessThan(45);
	});

	it('pays a block for each try, and soon has none left', async () => {
		const pair = await Pair.make('relay');
		let answered = 0;
		for (let i = 0; i < 50; i++) {
			const { kind } = await pair.challenge('block');
			if (kind === 'passed') answered++;
		}
		expect(answered).toBe(8);
		expect(budgetsOf(pair)?.tossedBlocks).toBe(8);
	});
});

let shared: Promise<Pair> | undefined;
function sharedAgreement(): Promise<Pair> {
	return (shared ??= Pair.make('shared', 0));
}
