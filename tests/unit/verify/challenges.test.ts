import { beforeEach, describe, expect, it } from 'vitest';
import { encodeHead } from '../../../src/lib/engine/archive/head.ts';
import { nameOf, type InstanceId } from '../../../src/lib/engine/identifiers.ts';
import { commitmentTo, countersPerEpoch } from '../../../src/lib/engine/verify/toss.ts';
import { budgetsOf, isChecked, type Check } from './pair-facts.ts';
import { Pair, instance, owner, partner } from './pair.ts';
import { keyringOf } from '../partners/people.ts';

const checks: readonly Check[] = ['block', 'proof'];

let pair: Pair;
beforeEach(async () => {
	pair = await Pair.make('challenges');
});

const drawn = (): number => {
	const toss = pair.tosses.of(partner.peer);
	if (toss?.stage !== 'revealed' || toss.drawn === undefined) throw new Error('nothing drawn');
	return toss.drawn.number;
};

describe('a challenge', () => {
	it.each(checks)('of kind %s is passed by a partner that holds everything', async (check) => {
		expect(await pair.challenge(check)).toEqual({ kind: 'passed', check });
		expect(await pair.challenge(check)).toEqual({ kind: 'passed', check });
		expect(pair.tosses.of(partner.peer)?.stage).toBe('over');
	});

	it('is about nothing where nothing lies', async () => {
		const empty = await Pair.make('empty', 0);
		expect(await empty.challenge('block')).toEqual({ kind: 'nothing', check: 'block' });
	});

	it('reads every block of the shelf in the course of time', async () => {
		const read = new Set<number>();
		pair.manner = async (request, honest) => {
			const reply = await honest();
			if (request.type === 'reveal') read.add(drawn());
			return reply;
		};
		for (let day = 0; day < 40; day++) {
			await pair.clock.advance(86_400_000);
			await pair.challenge('block');
		}
		expect(read.size).toBe(5);
	});

	it('goes on over a shelf that grows and shrinks', async () => {
		for (let round = 0; round < 4; round++) {
			await pair.store();
			expect(await pair.challenge('proof')).toMatchObject({ kind: 'passed' });
			await pair.dropOldest();
			expect(await pair.challenge('proof')).toMatchObject({ kind: 'passed' });
		}
	});
});

describe('a partner that', () => {
	it('returns a rotten block fails after three tries, and the draw stays pending', async () => {
		for (const { number } of pair.holdings.shelf(partner.peer)) pair.blocks.rot(owner.peer, number);
		expect(await pair.challenge('block')).toMatchObject({ kind: 'failed', why: 'wrong-answer' });
		expect(pair.heard.filter(({ type }) => type === 'reveal')).toHaveLength(3);
		const first = drawn();
		await pair.clock.advance(86_400_000);
		expect(await pair.challenge('proof')).toMatchObject({ kind: 'failed', check: 'block' });
		expect(drawn()).toBe(first);
	});

	it('proves something else fails', async () => {
		pair.manner = async (request, honest) => {
			const reply = await honest();
			if (reply.type === 'proof') reply.proof[request.type.length]! ^= 1;
			return reply;
		};
		expect(await pair.challenge('proof')).toMatchObject({ kind: 'failed', why: 'wrong-answer' });
	});

	it('lost a block and says so before the toss only declares a loss', async () => {
		pair.blocks.lose(owner.peer, pair.holdings.shelf(partner.peer)[0]!.number);
		await pair.sign();
		// The shelf was never signed before: what is signed now would not be what lies there.
		expect(await pair.challenge('block')).toMatchObject({ kind: 'unanswered' });
	});

	it('loses a block after it signed says so before the draw', async () => {
		await pair.sign();
		pair.blocks.lose(owner.peer, pair.holdings.shelf(partner.peer)[0]!.number);
		expect(await pair.challenge('block')).toEqual({ kind: 'loss' });
		expect(pair.losses).toHaveLength(1);
		expect(isChecked(pair)).toBe(false);
	});

	it('says only after the reveal that a block is lost has failed', async () => {
		pair.manner = (request, honest) =>
			request.type === 'reveal'
				? Promise.resolve({ type: 'declined', reason: 'not-held', detail: '' })
				: honest();
		const outcome = await pair.challenge('block');
		expect(outcome).toMatchObject({ kind: 'failed', why: 'not-held' });
		expect(outcome.kind === 'failed' && outcome.lost?.number).toBeTypeOf('number');
	});

	it('changes its coin for a toss that it answered before is caught', async () => {
		pair.fates = ['arrives', 'arrives', 'answer lost'];
		expect(await pair.challenge('block')).toMatchObject({ kind: 'unanswered' });
		pair.manner = (request, honest) =>
			request.type === 'toss'
				? Promise.resolve({ type: 'tossed', coin: new Uint8Array(32) })
				: honest();
		expect(await pair.challenge('block')).toMatchObject({ kind: 'failed', why: 'cheated-toss' });
	});

	it('does not toss, or does not answer, leaves the challenge unanswered', async () => {
		for (const type of ['toss', 'reveal']) {
			pair.manner = (request, honest) =>
				request.type === type
					? Promise.resolve({ type: 'declined', reason: 'busy', detail: '' })
					: honest();
			expect(await pair.challenge('block')).toEqual({ kind: 'unanswered', check: 'block' });
		}
	});

	it('waits for a fresh draw after the reveal waits in vain', async () => {
		pair.manner = (request, honest) =>
			request.type === 'reveal'
				? Promise.resolve({ type: 'declined', reason: 'busy', detail: '' })
				: honest();
		await pair.challenge('block');
		const first = drawn();
		for (let round = 0; round < 5; round++) {
			await pair.store();
			await pair.sign();
			await pair.challenge(round % 2 === 0 ? 'proof' : 'block');
			expect(drawn()).toBe(first);
		}
		pair.manner = (_request, honest) => honest();
		expect(await pair.challenge('proof')).toEqual({ kind: 'passed', check: 'block' });
	});

	it('lost what it knew of tosses and states is asked anew, and passes', async () => {
		await pair.challenge('block');
		pair.disks.partner.table('heldShelves').clear();
		pair.disks.partner.table('heldTosses').clear();
		expect(await pair.challenge('block')).toMatchObject({ kind: 'unanswered' });
		expect(await pair.challenge('block')).toMatchObject({ kind: 'passed' });
	});
});

describe('an owner that', () => {
	const toss = (counter: number, coin: Uint8Array, shelfVersion = countersPerEpoch) => {
		const about = {
			owner: owner.peer,
			partner: partner.peer,
			agreement: pair.agreement.id,
			counter,
			check: 'block',
			shelfVersion
		} as const;
		return {
			type: 'toss',
			check: 'block',
			counter,
			shelfVersion,
			commitment: commitmentTo(coin, about)
		} as const;
	};
	const [heads, tails] = [new Uint8Array(32), new Uint8Array(32).fill(1)];
	const misdeeds = (): object => Object.fromEntries(pair.answering.misdeeds(owner.peer));
	const first = countersPerEpoch;
	beforeEach(() => pair.sign());

	it.each([
		['another commitment', first + 5, tails, { 'other-commitment': 1 }],
		['a lower counter', first + 4, tails, { 'replayed-counter': 1 }]
	])('tosses %s is refused and counted, and nothing changes', async (_, counter, coin, counted) => {
		await pair.line().request(toss(first + 5, heads));
		const before = structuredClone(pair.disks.partner.tables);
		const reply = await pair.line().request(toss(counter, coin));
		expect(reply).toMatchObject({ type: 'declined', reason: 'conflict' });
		expect(misdeeds()).toEqual(counted);
		expect(pair.disks.partner.tables).toEqual(before);
	});

	it('reveals another coin, or what was never tossed, is refused and counted', async () => {
		const line = pair.line();
		const reveal = { type: 'reveal', salts: false } as const;
		expect(await line.request({ ...reveal, counter: first, coin: heads })).toMatchObject({
			reason: 'conflict'
		});
		await line.request(toss(first, heads));
		const before = structuredClone(pair.disks.partner.tables);
		await line.request({ ...reveal, counter: first, coin: tails });
		await line.request({ ...reveal, counter: first + 1, coin: heads });
		expect(misdeeds()).toEqual({ 'unknown-reveal': 2, 'wrong-reveal': 1 });
		expect(pair.disks.partner.tables).toEqual(before);
	});

	it('gives tosses up pays a block for each, and is counted', async () => {
		const replies = [];
		for (let n = 0; n < 10; n++) {
			replies.push(await pair.line().request(toss(first + n, heads)));
		}
		expect(replies.map(({ type }) => type)).toEqual([
			...Array.from({ length: 8 }, () => 'tossed'),
			'declined',
			'declined'
		]);
		expect(replies.at(-1)).toMatchObject({ reason: 'spent' });
		expect(budgetsOf(pair)?.tossedBlocks).toBe(8);
		expect(misdeeds()).toEqual({ aborted: 9 });
	});

	it('repeats a reveal gets the same block, and pays for each', async () => {
		const line = pair.line();
		await line.request(toss(first, heads));
		const reveal = { type: 'reveal', counter: first, coin: heads, salts: false } as const;
		const answers = [];
		for (let n = 0; n < 9; n++) answers.push(await line.request(reveal));
		expect(answers[6]).toEqual(answers[0]);
		expect(answers[8]).toMatchObject({ type: 'declined', reason: 'spent' });
	});

	it('tosses in another epoch than that of its newest head, or about another state, is refused', async () => {
		const secrets = {
			snapshots: [],
			index: [],
			brokers: [],
			circles: [],
			geometry: { m: 1, k: 0 }
		};
		const fields = { owner: owner.peer, epoch: 2, version: 1, createdAt: 0, partners: [] };
		const head = encodeHead(owner, pair.random, { ...fields, instance }, secrets);
		await pair.line().request({ type: 'put-head', head });
		for (const request of [toss(first, heads), toss(2 * first, heads, first + 1)]) {
			expect(await pair.line().request(request)).toMatchObject({ reason: 'conflict' });
		}
		expect(isChecked(pair)).toBe(false);
		expect(await pair.line().request(toss(2 * first, heads))).toMatchObject({ type: 'tossed' });
	});

	it('was fenced off by a newer instance gets no challenge answered', async () => {
		const line = pair.line({ peer: owner.peer, instance: nameOf<InstanceId>(heads.subarray(16)) });
		const secrets = {
			snapshots: [],
			index: [],
			brokers: [],
			circles: [],
			geometry: { m: 1, k: 0 }
		};
		const fields = { owner: owner.peer, epoch: 1, version: 1, createdAt: 0, partners: [] };
		const head = encodeHead(owner, pair.random, { ...fields, instance }, secrets);
		await pair.line().request({ type: 'put-head', head });
		expect(await line.request(toss(first, heads))).toMatchObject({ reason: 'fenced' });
	});

	it('has no agreement in force gets nothing', async () => {
		const stranger = { peer: keyringOf('stranger').peer, instance };
		const reply = await pair.line(stranger).request(toss(first, heads));
		expect(reply).toMatchObject({ reason: 'no-agreement' });
		expect(isChecked(pair)).toBe(false);
	});
});
