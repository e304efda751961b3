import { describe, expect, it } from 'vitest';
import { encodeAgreement, signAgreement } from '../../../src/lib/engine/partners/agreement.ts';
import { Agreements } from '../../../src/lib/engine/partners/agreements.ts';
import {
	isMember,
	proveMembership,
	type MembershipClaim
} from '../../../src/lib/engine/partners/membership.ts';
import { Negotiation } from '../../../src/lib/engine/partners/negotiation.ts';
import type { Reply, ReplyTo, Request } from '../../../src/lib/engine/wire/messages.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { MemoryRecords } from '../../doubles/records.ts';
import {
	agreement,
	circle,
	circleSecret,
	high,
	keyringOf,
	low,
	mebibyte,
	silent
} from './people.ts';

const document = encodeAgreement(agreement());
const claim: MembershipClaim = {
	role: 'proposer',
	prover: low.peer,
	verifier: high.peer,
	subject: document
};

describe('a proof of membership', () => {
	const proof = proveMembership(circleSecret, claim);

	it('convinces whoever knows the secret of the circle', () => {
		expect(isMember(circleSecret, claim, proof)).toBe(true);
	});

	it.each<[string, Partial<MembershipClaim>]>([
		['for another document', { subject: encodeAgreement(agreement({ createdAt: 9 })) }],
		['in the other role', { role: 'acceptor' }],
		['from another peer', { prover: keyringOf('carl').peer }],
		['to another peer', { verifier: keyringOf('carl').peer }],
		['turned around', { prover: high.peer, verifier: low.peer }]
	])('is worth nothing %s', (_, change) => {
		expect(isMember(circleSecret, { ...claim, ...change }, proof)).toBe(false);
	});

	it('takes the secret, not the id that brokers see', () => {
		const outsider = proveMembership(new Uint8Array(32).fill(9), claim);
		expect(isMember(circleSecret, claim, outsider)).toBe(false);
		expect(isMember(circleSecret, claim, proof.subarray(1))).toBe(false);
	});
});

describe('a peer that a broker put into a circle', () => {
	const guess = new Uint8Array(32).fill(9);
	const rendezvous = new Uint8Array(32);

	async function member(): Promise<{ agreements: Agreements; negotiation: Negotiation }> {
		const ports = {
			keyring: low,
			clock: new VirtualClock(1_000_000),
			records: new MemoryRecords()
		};
		const agreements = await Agreements.open({
			...ports,
			lendBytes: () => 1024 * mebibyte,
			objectionTo: () => undefined
		});
		const negotiation = new Negotiation({
			...ports,
			agreements,
			random: new SeededRandom('member'),
			log: silent,
			circles: () => [{ id: circle, secret: circleSecret }],
			mayAgree: () => true
		});
		return { agreements, negotiation };
	}

	/** A line to the outsider, who signs whatever it is given. */
	function outsider(answer: (request: Request) => Reply) {
		const request = async <Asked extends Request>(asked: Asked): Promise<ReplyTo<Asked>> => {
			await Promise.resolve();
			return answer(asked) as ReplyTo<Asked>;
		};
		return { peer: high.peer, request };
	}

	it('is not agreed with when it proposes', async () => {
		const { agreements, negotiation } = await member();
		const theirs = encodeAgreement(agreement({ proposer: high.peer, acceptor: low.peer }));
		const said = { role: 'proposer', prover: high.peer, verifier: low.peer } as const;
		const reply = await negotiation.serveProposal(
			{
				type: 'propose',
				document: theirs,
				signature: signAgreement(high.identity, theirs),
				rendezvous,
				membership: proveMembership(guess, { ...said, subject: theirs })
			},
			{ peer: high.peer }
		);
		expect(reply).toMatchObject({ type: 'declined', reason: 'not-a-member' });
		expect(agreements.all()).toEqual([]);
	});

	it('is not agreed with when it countersigns, nor when it shows the document afterwards', async () => {
		const { agreements, negotiation } = await member();
		let proposed = new Uint8Array(0) as Uint8Array;
		let ours = new Uint8Array(64) as Uint8Array;
		const line = outsider((request) => {
			const said = { role: 'acceptor', prover: high.peer, verifier: low.peer } as const;
			if (request.type === 'propose') {
				proposed = request.document;
				ours = request.signature;
			}
			const signature = signAgreement(high.identity, proposed);
			const membership = proveMembership(guess, { ...said, subject: proposed });
			if (request.type === 'propose') return { type: 'agreed', signature, rendezvous, membership };
			return {
				type: 'agreement',
				document: proposed,
				holderSignature: signature,
				askerSignature: ours,
				rendezvous,
				membership
			};
		});
		expect(await negotiation.propose(line, circle, 64 * mebibyte)).toBe('declined');
		await negotiation.settle(line);
		expect(proposed.length).toBeGreaterThan(0);
		expect(agreements.active()).toEqual([]);
	});
});
