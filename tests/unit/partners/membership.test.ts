import { describe, expect, it } from 'vitest';
import { bytesOf } from '../../../src/lib/engine/identifiers.ts';
import { encodeAgreement, signAgreement } from '../../../src/lib/engine/partners/agreement.ts';
import {
	isMember,
	proveMembership,
	type MembershipClaim
} from '../../../src/lib/engine/partners/membership.ts';
import type { Reply, ReplyTo, Request } from '../../../src/lib/engine/wire/messages.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { agreement, circle, circleSecret, high, keyringOf, low } from './people.ts';
import { line, Side } from './sides.ts';

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

	async function two(): Promise<{ member: Side; outsider: Side }> {
		const clock = new VirtualClock(1_000_000);
		const member = await new Side(low, clock).start();
		const outsider = await new Side(high, clock).start();
		outsider.secret = guess;
		return { member, outsider };
	}

	it('is told nothing, and is not agreed with when it proposes', async () => {
		const { member, outsider } = await two();
		const theirs = encodeAgreement(agreement({ proposer: high.peer, acceptor: low.peer }));
		const said = { role: 'proposer', prover: high.peer, verifier: low.peer } as const;
		const replies = await Promise.all([
			member.acceptance.serve(
				{
					type: 'propose',
					document: theirs,
					signature: signAgreement(high.identity, theirs),
					rendezvous: new Uint8Array(32),
					membership: proveMembership(guess, { ...said, subject: theirs })
				},
				line(member, outsider)
			),
			...(['get-terms', 'get-introductions'] as const).map((type) => {
				const claim = { role: 'asker', prover: high.peer, verifier: low.peer } as const;
				const membership = proveMembership(guess, { ...claim, subject: bytesOf(circle) });
				return member.acceptance.serve({ type, circle, membership }, line(member, outsider));
			})
		]);
		for (const reply of replies) {
			expect(reply).toMatchObject({ type: 'declined', reason: 'not-a-member' });
		}
		expect(member.agreements.all()).toEqual([]);
	});

	it('is sent no proposal, since it cannot prove itself when it is asked for its terms', async () => {
		const { member, outsider } = await two();
		const heard: string[] = [];
		const answers = line(member, outsider, undefined, ({ type }) => heard.push(type));
		const terms = { ...(await termsOf(outsider)), membership: new Uint8Array(32) };
		const lying: typeof answers = {
			peer: high.peer,
			request: async <Asked extends Request>(asked: Asked): Promise<ReplyTo<Asked>> => {
				if (asked.type !== 'get-terms') return answers.request(asked);
				return Promise.resolve(terms as unknown as ReplyTo<Asked>);
			}
		};
		expect(await member.propose(lying)).toBe('declined');
		expect(heard).toEqual([]);
	});

	it('is not agreed with when it countersigns, nor when it shows the document afterwards', async () => {
		const { member, outsider } = await two();
		// It got its terms proven by a member, which can do nothing for the document.
		outsider.secret = circleSecret;
		const way = line(member, outsider);
		const forging: typeof way = {
			peer: high.peer,
			request: async <Asked extends Request>(asked: Asked): Promise<ReplyTo<Asked>> => {
				const reply: Reply = await way.request(asked);
				const forged = 'membership' in reply && reply.type !== 'terms';
				return (forged ? { ...reply, membership: new Uint8Array(32) } : reply) as ReplyTo<Asked>;
			}
		};
		expect(await member.propose(forging)).toBe('declined');
		await member.negotiation.settle(forging);
		expect(outsider.agreements.active()).toHaveLength(1);
		expect(member.agreements.active()).toEqual([]);
	});
});

async function termsOf(peer: Side): Promise<Reply> {
	peer.secret = circleSecret;
	const claim = { role: 'asker', prover: low.peer, verifier: peer.keyring.peer } as const;
	const membership = proveMembership(circleSecret, { ...claim, subject: bytesOf(circle) });
	return peer.acceptance.serve({ type: 'get-terms', circle, membership }, line(peer, peer));
}
