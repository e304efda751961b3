/**
 * How two peers come to an agreement (patent figure 5, steps 272-276), and how they find out after a crash what
 * stands between them: both sign, both store (docs/protocol/agreements.md). The decisions are in agreement.ts; what
 * stands is kept by agreements.ts.
 */
import { Malformed } from '../failures.ts';
import { nameOf, type AgreementId, type CircleId, type PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Clock, Log, Random } from '../ports.ts';
import type { AgreementRecord } from '../records.ts';
import type { DeclineReason, Reply, Request } from '../wire/messages.ts';
import type { Session } from '../wire/session.ts';
import {
	decodeAgreement,
	holdsOver,
	judgeProposal,
	proposalLifeMs,
	spaceStepBytes,
	verifyAgreement,
	type Agreement
} from './agreement.ts';
import { partnersMax, type Agreements } from './agreements.ts';
import { policyOf } from './circle-policy.ts';
import type { Circle } from './invitation.ts';
import { isMember, proveMembership, type MembershipRole } from './membership.ts';
import { rendezvousSecret } from './rendezvous.ts';

export interface NegotiationOptions {
	readonly agreements: Agreements;
	readonly keyring: Keyring;
	readonly clock: Clock;
	readonly random: Random;
	readonly log: Log;
	readonly circles: () => readonly Pick<Circle, 'id' | 'secret'>[];
	/** False while the peer must not promise anything: restoring, or fenced. */
	readonly mayAgree: () => boolean;
}

/** 'unanswered': the proposal stands until it expires. */
export type ProposalOutcome = 'agreed' | 'declined' | 'unanswered';

type Line = Pick<Session, 'peer' | 'request'>;
type Proposing = Extract<Request, { type: 'propose' }>;

export class Negotiation {
	readonly #options: NegotiationOptions;

	constructor(options: NegotiationOptions) {
		this.#options = options;
	}

	/** Offers a peer an agreement, or repeats the offer that binds us. Resolves when it is clear what became of it. */
	async propose(line: Line, circle: CircleId, spaceBytes: number): Promise<ProposalOutcome> {
		const { agreements, keyring } = this.#options;
		const proposal = await agreements.change(() => this.#draft(line.peer, circle, spaceBytes));
		if (proposal === undefined) return 'declined';
		const { document, mySignature, slot } = proposal;
		const membership = this.#proof('proposer', line.peer, document);
		if (membership === undefined) return 'declined';
		let reply: Reply;
		try {
			const rendezvous = rendezvousSecret(keyring, slot);
			const signature = mySignature;
			reply = await line.request({ type: 'propose', document, signature, rendezvous, membership });
		} catch (error) {
			this.#note(`proposal to ${line.peer.slice(0, 8)}: ${String(error)}`);
			return 'unanswered';
		}
		const outcome = await agreements.change(() => this.#conclude(proposal, reply));
		if (outcome === 'differs') await this.settle(line);
		return agreements.with(line.peer)?.state === 'active' ? 'agreed' : settled(outcome);
	}

	/** A signed proposal, stored before it is sent: it binds. */
	async #draft(
		partner: PeerId,
		circle: CircleId,
		spaceBytes: number
	): Promise<AgreementRecord | undefined> {
		const { agreements, clock, random, keyring } = this.#options;
		const standing = agreements.with(partner);
		if (standing !== undefined && agreements.binds(standing)) return standing;
		const room = Math.min(spaceBytes, agreements.freeBytes());
		if (standing?.state === 'active' || room < spaceStepBytes) return undefined;
		const now = clock.now();
		return agreements.bind({
			id: nameOf<AgreementId>(random.bytes(16)),
			proposer: keyring.peer,
			acceptor: partner,
			spaceBytes: room,
			circle,
			...policyOf(circle),
			createdAt: now,
			expiresAt: now + proposalLifeMs
		});
	}

	/** 'differs': the partner may hold another document than we do. */
	async #conclude(proposal: AgreementRecord, reply: Reply): Promise<ProposalOutcome | 'differs'> {
		const { agreements } = this.#options;
		const { partner, document } = proposal;
		const current = agreements.with(partner);
		if (reply.type === 'agreed' && this.#isCountersigned(partner, document, reply)) {
			// While the answer was under way, the partner's own proposal may have been accepted.
			if (current?.id !== proposal.id) return 'differs';
			await agreements.activate(partner, document, reply);
			return 'agreed';
		}
		if (current?.id !== proposal.id) return 'declined';
		const why = reply.type === 'declined' ? reply.detail : 'its answer is not valid';
		this.#note(`${partner.slice(0, 8)} declined: ${why}`);
		if (reply.type === 'declined' && reply.reason === 'conflict') return 'differs';
		// Busy says nothing of whether it was accepted: the proposal binds on.
		if (reply.type === 'declined' && reply.reason === 'busy') return 'unanswered';
		await agreements.forget(proposal);
		return 'declined';
	}

	#isCountersigned(
		partner: PeerId,
		document: Uint8Array,
		{ signature, membership }: Extract<Reply, { type: 'agreed' }>
	): boolean {
		return (
			this.#isMember('acceptor', partner, document, membership) &&
			verifyAgreement(partner, document, signature)
		);
	}

	/** Answers a proposal that came over a session. Nothing of it is judged before its sender's membership. */
	serveProposal(request: Proposing, from: Pick<Session, 'peer'>): Promise<Reply> {
		const { document, signature, membership } = request;
		const proposal = readAgreement(document);
		if (proposal === undefined) {
			return Promise.resolve(declined('malformed', 'the proposal cannot be read'));
		}
		if (!this.#isMember('proposer', from.peer, document, membership)) {
			return Promise.resolve(declined('not-a-member', 'we share no such circle'));
		}
		if (!verifyAgreement(from.peer, document, signature)) {
			return Promise.resolve(declined('malformed', 'the signature of the proposal is wrong'));
		}
		return this.#options.agreements.change(() => this.#answer(proposal, request, from.peer));
	}

	async #answer(proposal: Agreement, request: Proposing, from: PeerId): Promise<Reply> {
		const { agreements, keyring, clock, circles, mayAgree } = this.#options;
		if (!mayAgree()) return declined('busy', 'not ready for agreements');
		const decision = judgeProposal(proposal, {
			self: keyring.peer,
			from,
			now: clock.now(),
			circles: circles().map(({ id }) => id),
			freeBytes: agreements.freeBytes(),
			standing: agreements.with(from),
			partners: agreements.active().length,
			partnersMax,
			objection: agreements.objectionTo(from),
			policy: policyOf(proposal.circle)
		});
		if (decision.kind === 'decline') return declined(decision.reason, decision.detail);
		const record =
			decision.kind === 'repeat'
				? decision.record
				: await agreements.activate(from, request.document, request);
		const membership = this.#proof('acceptor', from, request.document);
		if (record === undefined || membership === undefined) {
			return declined('unwilling', 'enough partners already');
		}
		return {
			type: 'agreed',
			signature: record.mySignature,
			rendezvous: rendezvousSecret(keyring, record.slot),
			membership
		};
	}

	/** What both signed, as the partner needs it after it lost its disk. */
	serveAgreement(from: Pick<Session, 'peer'>): Reply {
		const { agreements, keyring } = this.#options;
		const record = agreements.with(from.peer);
		if (record?.state === 'ended') return declined('unwilling', 'the agreement was ended here');
		if (record?.state !== 'active' || record.theirSignature === undefined) {
			return declined('no-agreement', 'there is no agreement between us');
		}
		const { document } = record;
		const role = roleIn(decodeAgreement(document), keyring.peer);
		return {
			type: 'agreement',
			document,
			holderSignature: record.mySignature,
			askerSignature: record.theirSignature,
			rendezvous: rendezvousSecret(keyring, record.slot),
			membership: this.#proof(role, from.peer, document) ?? new Uint8Array(0)
		};
	}

	/**
	 * Makes both ends hold the same, whatever crashes, lost answers and lost disks left: asks the partner for what it
	 * holds. Rejects when the line is lost.
	 */
	async settle(line: Line): Promise<'settled' | 'busy'> {
		const { agreements } = this.#options;
		const reply = await line.request({ type: 'get-agreement' });
		if (reply.type === 'declined' && reply.reason === 'busy') return 'busy';
		await agreements.change(async () => {
			if (reply.type === 'agreement') return this.#adopt(line.peer, reply);
			const record = agreements.with(line.peer);
			if (record === undefined) return;
			if (reply.reason === 'unwilling') await agreements.endedThere(record);
			if (record.state === 'proposed' && !agreements.binds(record)) await agreements.forget(record);
		});
		return 'settled';
	}

	/** Takes an agreement up that this peer signed: it proves itself by both signatures. */
	async #adopt(partner: PeerId, shown: Extract<Reply, { type: 'agreement' }>): Promise<void> {
		const { agreements, keyring } = this.#options;
		const { document, holderSignature, askerSignature, rendezvous, membership } = shown;
		const agreement = readAgreement(document);
		if (agreement === undefined) return;
		const ends = [agreement.proposer, agreement.acceptor];
		if (!ends.includes(keyring.peer) || !ends.includes(partner)) return;
		const current = agreements.with(partner);
		// What a head of ours names was proven when it was agreed on; the circles may not be known again yet.
		const proven = current?.state === 'remembered' && current.id === agreement.id;
		const role = roleIn(agreement, partner);
		if (!proven && !this.#isMember(role, partner, document, membership)) return;
		if (!verifyAgreement(partner, document, holderSignature)) return;
		if (!verifyAgreement(keyring.peer, document, askerSignature)) return;
		if (current?.state === 'ended' && current.id === agreement.id) return;
		if (current?.state === 'active') {
			const ours = decodeAgreement(current.document);
			if (ours.id === agreement.id || holdsOver(ours, agreement)) return;
		}
		await agreements.activate(partner, document, { signature: holderSignature, rendezvous });
	}

	/** Our proof for what we say in an agreement; undefined when its circle is none of ours. */
	#proof(role: MembershipRole, verifier: PeerId, document: Uint8Array): Uint8Array | undefined {
		const secret = this.#secretOf(document);
		const prover = this.#options.keyring.peer;
		return secret && proveMembership(secret, { role, prover, verifier, subject: document });
	}

	#isMember(
		role: MembershipRole,
		prover: PeerId,
		document: Uint8Array,
		proof: Uint8Array
	): boolean {
		const secret = this.#secretOf(document);
		const claim = { role, prover, verifier: this.#options.keyring.peer, subject: document };
		return secret !== undefined && isMember(secret, claim, proof);
	}

	#secretOf(document: Uint8Array): Uint8Array | undefined {
		const { circle } = decodeAgreement(document);
		return this.#options.circles().find(({ id }) => id === circle)?.secret;
	}

	#note(text: string): void {
		this.#options.log.write('info', text);
	}
}

function roleIn({ proposer }: Agreement, peer: PeerId): MembershipRole {
	return proposer === peer ? 'proposer' : 'acceptor';
}

function settled(outcome: ProposalOutcome | 'differs'): ProposalOutcome {
	return outcome === 'unanswered' ? outcome : 'declined';
}

/** Undefined when it is not one. */
function readAgreement(document: Uint8Array): Agreement | undefined {
	try {
		return decodeAgreement(document);
	} catch (error) {
		if (error instanceof Malformed) return undefined;
		throw error;
	}
}

function declined(reason: DeclineReason, detail: string): Reply {
	return { type: 'declined', reason, detail };
}
