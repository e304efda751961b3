import { encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import { nameOf, type AgreementId, type CircleId } from '../../../src/lib/engine/identifiers.ts';
import {
	decodeAgreement,
	encodeAgreement,
	holdsOver,
	judgeProposal,
	quantisedSpace,
	signAgreement,
	verifyAgreement,
	type Agreement,
	type ProposalSituation
} from '../../../src/lib/engine/partners/agreement.ts';
import { friendsPolicy } from '../../../src/lib/engine/partners/circle-policy.ts';
import type { AgreementRecord } from '../../../src/lib/engine/records.ts';
import { agreement, circle, high, low, mebibyte } from './people.ts';

describe('the document', () => {
	it('says the same when it is read again', () => {
		expect(decodeAgreement(encodeAgreement(agreement()))).toEqual(agreement());
	});

	it('is Malformed, and nothing worse, whatever bytes come', () => {
		const near = fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]) => {
			const bytes = encodeAgreement(agreement());
			bytes[at % bytes.length] = byte;
			return bytes;
		});
		fc.assert(
			fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), near), (bytes) => {
				try {
					decodeAgreement(bytes);
				} catch (error) {
					expect(error).toBeInstanceOf(Malformed);
				}
			})
		);
	});

	it.each([
		['of another version', encode([2, 1, 1, 1, 1, 1, 1, 1, 1, 1])],
		['with a field too many', encode([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])],
		['that is no list', encode({ version: 1 })],
		['that is too long', new Uint8Array(5000)]
	])('is not read %s', (_, bytes) => {
		expect(() => decodeAgreement(bytes)).toThrow(Malformed);
	});

	it('is signed by one peer and not by the other', () => {
		const document = encodeAgreement(agreement());
		const signature = signAgreement(low.identity, document);
		expect(verifyAgreement(low.peer, document, signature)).toBe(true);
		expect(verifyAgreement(high.peer, document, signature)).toBe(false);
	});
});

it('agrees on space in steps of 16 MiB, rounded down', () => {
	expect(quantisedSpace(16 * mebibyte - 1)).toBe(0);
	expect(quantisedSpace(47 * mebibyte)).toBe(32 * mebibyte);
});

describe('judging a proposal', () => {
	const situation: ProposalSituation = {
		self: high.peer,
		from: low.peer,
		now: 1_100_000,
		circles: [circle],
		freeBytes: 64 * mebibyte,
		standing: undefined,
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
		[
			'is of a circle that is not ours',
			{ circle: nameOf<CircleId>(new Uint8Array(32)) },
			{},
			'unwilling'
		],
		['expired long ago', {}, { now: 1_600_000 + 3_600_001 }, 'unwilling'],
		['pretends to have been made long ago', { createdAt: 0 }, { now: 4_300_000 }, 'unwilling'],
		['comes from somebody of a bad record', {}, { objection: 'its track record' }, 'unwilling'],
		['has another grace', { graceMs: 1 }, {}, 'unwilling'],
		['has another commitment', { commitmentMs: 1 }, {}, 'unwilling'],
		['is about too little space', { spaceBytes: 16 * mebibyte - 1 }, {}, 'unwilling'],
		['is about more than is free', { spaceBytes: 80 * mebibyte }, {}, 'unwilling'],
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

it('chooses the same of two signed documents at both ends', () => {
	const lows = agreement();
	const highs = agreement({ proposer: high.peer, acceptor: low.peer, createdAt: 2_000_000 });
	const later = agreement({ createdAt: 3_000_000 });
	expect([holdsOver(lows, highs), holdsOver(highs, lows)]).toEqual([true, false]);
	expect([holdsOver(later, lows), holdsOver(lows, later)]).toEqual([true, false]);
});
