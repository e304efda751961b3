import { describe, expect, it } from 'vitest';
import { nameOf, type AgreementId } from '../../../src/lib/engine/identifiers.ts';
import {
	encodeAgreement,
	type Agreement,
	type Side,
	type Terms
} from '../../../src/lib/engine/partners/agreement.ts';
import { friendsPolicy } from '../../../src/lib/engine/partners/circle-policy.ts';
import {
	budgetsFor,
	judgeProposal,
	judgeTerms,
	type ProposalSituation
} from '../../../src/lib/engine/partners/terms.ts';
import type { AgreementRecord } from '../../../src/lib/engine/records.ts';
import { agreement, high, low, mebibyte, side } from './people.ts';

describe('judging a proposal', () => {
	const situation: ProposalSituation = {
		self: high.peer,
		from: low.peer,
		now: 1_100_000,
		side,
		spaceBytesMax: 64 * mebibyte,
		standing: undefined,
		blocked: false,
		welcome: true,
		partners: 0,
		partnersMax: 20,
		objection: undefined,
		policy: friendsPolicy
	};
	const judge = (proposal: Partial<Agreement>, change: Partial<ProposalSituation> = {}) =>
		judgeProposal(agreement(proposal), { ...situation, ...change });
	const record = (state: AgreementRecord['state'], change: Partial<AgreementRecord> = {}) => ({
		id: agreement().id,
		partner: low.peer,
		state,
		document: encodeAgreement(agreement()),
		slot: 0,
		mySignature: new Uint8Array(64),
		...change
	});
	const otherId = nameOf<AgreementId>(new Uint8Array(16).fill(2));

	it('accepts what fits', () => {
		expect(judge({})).toEqual({ kind: 'accept' });
	});

	it('gives the answer again when it was lost', () => {
		const standing = record('active');
		expect(judge({}, { standing })).toEqual({ kind: 'repeat', record: standing });
	});

	it.each<[string, Partial<Agreement>, Partial<ProposalSituation>, string]>([
		['names another proposer', { proposer: high.peer }, {}, 'malformed'],
		['names another acceptor', { acceptor: low.peer }, {}, 'malformed'],
		['comes beside an agreement', { id: otherId }, { standing: record('active') }, 'conflict'],
		['expired long ago', {}, { now: 1_600_000 + 3_600_001 }, 'unwilling'],
		['pretends to have been made long ago', { createdAt: 0 }, { now: 4_300_000 }, 'unwilling'],
		['comes from somebody of a bad record', {}, { objection: 'its track record' }, 'unwilling'],
		['has another grace', { graceMs: 1 }, {}, 'unwilling'],
		['has another commitment', { commitmentMs: 1 }, {}, 'unwilling'],
		['is about too little space', { spaceBytes: 16 * mebibyte - 1 }, {}, 'unwilling'],
		['is about more when nothing is free', {}, { spaceBytesMax: mebibyte }, 'full'],
		['comes from a peer that was blocked', {}, { blocked: true }, 'unwilling'],
		['would make the partners too much alike', {}, { welcome: false }, 'alike'],
		['is one too many', {}, { partners: 20 }, 'unwilling'],
		[
			'comes after the person ended it',
			{},
			{ standing: record('ended', { refusedUntil: 2_000_000 }) },
			'unwilling'
		]
	])('declines what %s', (_, proposal, change, reason) => {
		expect(judge(proposal, change)).toMatchObject({ kind: 'decline', reason });
	});

	it('is lenient with clocks that differ by less than an hour', () => {
		expect(judge({}, { now: 1_600_000 + 3_600_000 }).kind).toBe('accept');
	});

	it('lets the lower PeerId win when two proposals cross, as long as its own binds', () => {
		const crossing = { proposer: high.peer, acceptor: low.peer };
		const atLow = { self: low.peer, from: high.peer };
		const standing = record('proposed', { partner: high.peer, expiresAt: 1_200_000 });
		expect(judge(crossing, { ...atLow, standing }).kind).toBe('decline');
		expect(judge(crossing, { ...atLow, standing, now: 1_200_000 }).kind).toBe('accept');
		expect(judge({}, { standing: record('proposed', { expiresAt: 1_200_000 }) }).kind).toBe(
			'accept'
		);
	});
});

describe('judging terms', () => {
	const mornings = new Uint8Array(21).fill(0x0f);
	const evenings = new Uint8Array(21).fill(0xf0);
	const judge = (terms: Partial<Terms>, own: Partial<Side> = {}, spaceBytesMax = 64 * mebibyte) =>
		judgeTerms(agreement(terms), 'acceptor', { side: { ...side, ...own }, spaceBytesMax });
	const between = (proposer: Partial<Side>, acceptor: Partial<Side> = {}): Partial<Terms> => ({
		sides: { proposer: { ...side, ...proposer }, acceptor: { ...side, ...acceptor } }
	});

	it('accepts what it would have written itself', () => {
		expect(judge({})).toEqual({ kind: 'accept' });
	});

	it('counters with the space that it has, and with budgets to match', () => {
		expect(judge({}, {}, 40 * mebibyte)).toMatchObject({
			kind: 'counter',
			terms: { spaceBytes: 32 * mebibyte, budgets: budgetsFor(32 * mebibyte) }
		});
		expect(judge({ spaceBytes: 63 * mebibyte })).toMatchObject({
			kind: 'counter',
			terms: { spaceBytes: 48 * mebibyte }
		});
	});

	it.each([
		['repairs more than three times a month', { repairBytesPerMonth: 193 * mebibyte }],
		['rehearses nearly nothing', { rehearsalBytesPerMonth: 1 }],
		['answers next to no proofs', { proofsPerDay: 1 }]
	])('counters who %s', (_, change) => {
		const usual = budgetsFor(64 * mebibyte);
		const countered = judge({ budgets: { ...usual, ...change } });
		expect(countered).toMatchObject({ kind: 'counter', terms: { budgets: usual } });
	});

	it.each<[string, Partial<Side>]>([
		['hours that it is not on line', { week: mornings }],
		['a system that it does not run on', { system: { os: 'ios', engine: 'webkit' } }],
		['a slower line than it wants', { leastKilobytesPerSecond: 1 }]
	])('counters what says of itself %s', (_, written) => {
		const countered = judge(between({}, written));
		expect(countered).toMatchObject({ kind: 'counter', terms: { sides: { acceptor: side } } });
	});

	it('is not troubled by another average of its own line, as long as it is fast enough', () => {
		const slower = between({}, { averageKilobytesPerSecond: 64 });
		expect(judge(slower, { averageKilobytesPerSecond: 128 }).kind).toBe('accept');
	});

	it('declines a peer that is there when it is not itself', () => {
		const apart = between({ week: evenings }, { week: mornings });
		expect(judge(apart, { week: mornings })).toMatchObject({ kind: 'decline', reason: 'schedule' });
		const unknown = between({}, { week: mornings });
		expect(judge(unknown, { week: mornings }).kind).toBe('accept');
	});

	it.each<[string, Partial<Side>, Partial<Side>, string]>([
		['as measured here', {}, { averageKilobytesPerSecond: 8 }, 'decline'],
		['as measured there', { averageKilobytesPerSecond: 8 }, {}, 'decline'],
		[
			'for the other',
			{ leastKilobytesPerSecond: 512 },
			{ averageKilobytesPerSecond: 256 },
			'decline'
		],
		['for nobody', { averageKilobytesPerSecond: 16 }, { averageKilobytesPerSecond: 16 }, 'accept']
	])('looks whether the line is too slow, %s', (_, theirs, ours, kind) => {
		expect(judge(between(theirs, {}), ours).kind).toBe(kind);
	});

	it('lets both ends find terms that both accept, in one counter each at most', () => {
		const wanted = agreement(between({}, { week: evenings }));
		const first = judge(wanted, { week: mornings }, 32 * mebibyte);
		if (first.kind !== 'counter') throw new Error('no counter');
		const own = { side, spaceBytesMax: wanted.spaceBytes };
		expect(judgeTerms(first.terms, 'proposer', own)).toEqual({ kind: 'accept' });
		expect(judge(first.terms, { week: mornings }, 32 * mebibyte)).toEqual({ kind: 'accept' });
	});
});
