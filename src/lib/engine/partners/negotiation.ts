/**
 * How this peer comes to an agreement with another one (patent figure 5, steps 272-276): it asks what the other would
 * agree on, proposes, and weighs counters (docs/protocol/agreements.md). The decisions are in terms.ts, the other side
 * in acceptance.ts; what stands is kept by agreements.ts.
 */
import { nameOf, type AgreementId, type CircleId, type PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Clock, Log, Random } from '../ports.ts';
import type { AgreementRecord } from '../records.ts';
import type { Reply } from '../wire/messages.ts';
import {
	agreementOf,
	decodeAgreement,
	proposalLifeMs,
	readAgreement,
	spaceStepBytes,
	verifyAgreement,
	type Side,
	type Terms
} from './agreement.ts';
import type { Agreements } from './agreements.ts';
import type { Bandwidth } from './bandwidth.ts';
import { policyOf } from './circle-policy.ts';
import type { Memberships } from './membership.ts';
import { rendezvousSecret } from './rendezvous.ts';
import { settle, type Line } from './settlement.ts';
import { budgetsFor, judgeTerms } from './terms.ts';

export interface NegotiationOptions {
	readonly agreements: Agreements;
	readonly memberships: Memberships;
	readonly keyring: Keyring;
	readonly clock: Clock;
	readonly random: Random;
	readonly log: Log;
	readonly bandwidth: Pick<Bandwidth, 'measure'>;
	/** What we state of ourselves to this peer. */
	readonly side: (partner: PeerId) => Side;
	/** What a peer said that it would agree on, and the advert that came with it. */
	readonly onTerms: (partner: PeerId, circle: CircleId, advert: Uint8Array) => void;
}

/** 'unanswered': a proposal may stand until it expires. */
export type ProposalOutcome = 'agreed' | 'declined' | 'unanswered';

/** What became of one proposal. 'differs': the partner may hold another document than we do. */
type Answer =
	| { readonly kind: ProposalOutcome | 'differs' }
	| { readonly kind: 'counter'; readonly terms: Terms };

/** Proposals in one negotiation: peers that still differ then do not want the same. */
const roundsMax = 3;

export class Negotiation {
	readonly #options: NegotiationOptions;

	constructor(options: NegotiationOptions) {
		this.#options = options;
	}

	/**
	 * Comes to an agreement about at most so much space, or repeats the offer that binds us. Resolves when it is clear
	 * what became of it.
	 */
	async propose(line: Line, circle: CircleId, spaceBytes: number): Promise<ProposalOutcome> {
		const { agreements } = this.#options;
		try {
			const standing = agreements.with(line.peer);
			const repeated = standing !== undefined && agreements.binds(standing) ? standing : undefined;
			const first = repeated ?? (await this.#begin(line, circle, spaceBytes));
			if (first === undefined) return this.#outcome(line.peer, 'declined');
			return this.#outcome(line.peer, await this.#conclude(line, first));
		} catch (error) {
			this.#note(`proposal to ${line.peer.slice(0, 8)}: ${String(error)}`);
			return this.#outcome(line.peer, 'unanswered');
		}
	}

	/** See settlement.ts. */
	settle(line: Line): Promise<'settled' | 'busy'> {
		return settle(line, this.#options);
	}

	/** Asks a partner anew what it states of itself. Never rejects. */
	async refresh(line: Line): Promise<void> {
		const record = this.#options.agreements.with(line.peer);
		if (record?.state !== 'active') return;
		try {
			await this.#inquire(line, agreementOf(record).circle);
		} catch (error) {
			this.#note(`terms of ${line.peer.slice(0, 8)}: ${String(error)}`);
		}
	}

	/** The first proposal, from what the other says that it would agree on. */
	async #begin(
		line: Line,
		circle: CircleId,
		spaceBytes: number
	): Promise<AgreementRecord | undefined> {
		const { bandwidth, side } = this.#options;
		const stated = await this.#inquire(line, circle);
		if (stated === undefined) return undefined;
		const most = Math.min(spaceBytes, stated.spaceBytesMax);
		if (most < Math.max(spaceStepBytes, stated.spaceBytesMin)) return undefined;
		await bandwidth.measure(line);
		const own = side(line.peer);
		const terms = {
			spaceBytes: most,
			budgets: budgetsFor(most),
			sides: { proposer: own, acceptor: stated.side }
		};
		const decision = judgeTerms(terms, 'proposer', { side: own, spaceBytesMax: most });
		if (decision.kind === 'decline') this.#note(`${line.peer.slice(0, 8)}: ${decision.detail}`);
		return decision.kind === 'accept' ? this.#draft(line.peer, circle, terms) : undefined;
	}

	/** Undefined when it would agree on nothing, or does not belong to the circle. */
	async #inquire(
		line: Line,
		circle: CircleId
	): Promise<{ side: Side; spaceBytesMin: number; spaceBytesMax: number } | undefined> {
		const { memberships, onTerms } = this.#options;
		const membership = memberships.prove(circle, 'asker', line.peer);
		if (membership === undefined) return undefined;
		const reply = await line.request({ type: 'get-terms', circle, membership });
		if (reply.type === 'declined') {
			this.#note(`${line.peer.slice(0, 8)} declined: ${reply.detail}`);
			return undefined;
		}
		if (!memberships.accepts(circle, { role: 'asked', prover: line.peer }, reply.membership)) {
			this.#note(`${line.peer.slice(0, 8)} does not belong to the circle`);
			return undefined;
		}
		onTerms(line.peer, circle, reply.advert);
		const { week, leastKilobytesPerSecond, averageKilobytesPerSecond, os, engine } = reply;
		const { spaceBytesMin, spaceBytesMax } = reply;
		const system = { os, engine };
		const side = { week, leastKilobytesPerSecond, averageKilobytesPerSecond, system };
		return { side, spaceBytesMin, spaceBytesMax };
	}

	/** Proposes until it is accepted, declined, or would go on without end. */
	async #conclude(line: Line, first: AgreementRecord): Promise<ProposalOutcome> {
		const { agreements } = this.#options;
		let proposal = first;
		for (let round = 1; ; round++) {
			const sent = proposal;
			const reply = await this.#send(line, sent);
			const answer = await agreements.change(() => this.#take(sent, reply));
			if (answer.kind === 'differs') {
				await this.settle(line);
				return 'declined';
			}
			if (answer.kind !== 'counter') return answer.kind;
			const { circle } = agreementOf(sent);
			const next =
				round < roundsMax ? await this.#draft(line.peer, circle, answer.terms) : undefined;
			if (next === undefined) return 'declined';
			proposal = next;
		}
	}

	async #send(line: Line, proposal: AgreementRecord): Promise<Reply> {
		const { memberships, keyring } = this.#options;
		const { document, mySignature, slot } = proposal;
		const { circle } = agreementOf(proposal);
		const membership = memberships.prove(circle, 'proposer', line.peer, document);
		if (membership === undefined) throw new Error('the circle of the proposal is not known');
		return line.request({
			type: 'propose',
			document,
			signature: mySignature,
			rendezvous: rendezvousSecret(keyring, slot),
			membership
		});
	}

	/** A signed proposal, stored before it is sent: it binds. */
	#draft(partner: PeerId, circle: CircleId, terms: Terms): Promise<AgreementRecord | undefined> {
		const { agreements, clock, random, keyring } = this.#options;
		return agreements.change(async () => {
			const standing = agreements.with(partner);
			if (standing !== undefined && agreements.binds(standing)) return standing;
			if (standing?.state === 'active' || agreements.isBlocked(partner)) return undefined;
			if (terms.spaceBytes > agreements.freeBytes()) return undefined;
			const now = clock.now();
			return agreements.bind({
				...terms,
				id: nameOf<AgreementId>(random.bytes(16)),
				proposer: keyring.peer,
				acceptor: partner,
				circle,
				...policyOf(circle),
				createdAt: now,
				expiresAt: now + proposalLifeMs
			});
		});
	}

	/** Within `change`. */
	async #take(proposal: AgreementRecord, reply: Reply): Promise<Answer> {
		const { agreements } = this.#options;
		const { partner, document } = proposal;
		const ours = agreements.with(partner)?.id === proposal.id;
		if (reply.type === 'agreed' && this.#isCountersigned(partner, document, reply)) {
			// While the answer was under way, the partner's own proposal may have been accepted.
			if (!ours) return { kind: 'differs' };
			await agreements.activate(partner, document, reply);
			return { kind: 'agreed' };
		}
		if (!ours) return { kind: 'declined' };
		if (reply.type === 'declined') {
			this.#note(`${partner.slice(0, 8)} declined: ${reply.detail}`);
			if (reply.reason === 'conflict') return { kind: 'differs' };
			// Busy says nothing of whether it was accepted: the proposal binds on.
			if (reply.reason === 'busy') return { kind: 'unanswered' };
		}
		await agreements.forget(proposal);
		return (
			(reply.type === 'counter' ? this.#weigh(document, reply.document) : undefined) ?? refused
		);
	}

	#isCountersigned(
		partner: PeerId,
		document: Uint8Array,
		{ signature, membership }: Extract<Reply, { type: 'agreed' }>
	): boolean {
		const { circle } = decodeAgreement(document);
		const claim = { role: 'acceptor', prover: partner, subject: document } as const;
		return (
			this.#options.memberships.accepts(circle, claim, membership) &&
			verifyAgreement(partner, document, signature)
		);
	}

	/** What we would sign of a counter: never more space than we asked for. Undefined when it is nothing for us. */
	#weigh(proposed: Uint8Array, countered: Uint8Array): Answer | undefined {
		const proposal = decodeAgreement(proposed);
		const counter = readAgreement(countered);
		if (counter?.proposer !== proposal.proposer || counter.acceptor !== proposal.acceptor) {
			return undefined;
		}
		const own = this.#options.side(proposal.acceptor);
		const decision = judgeTerms(counter, 'proposer', {
			side: own,
			spaceBytesMax: proposal.spaceBytes
		});
		if (decision.kind === 'decline') return undefined;
		const { spaceBytes, budgets, sides } = decision.kind === 'counter' ? decision.terms : counter;
		return { kind: 'counter', terms: { spaceBytes, budgets, sides } };
	}

	/** Whatever was said: once an agreement stands, it was reached. */
	#outcome(partner: PeerId, outcome: ProposalOutcome): ProposalOutcome {
		return this.#options.agreements.with(partner)?.state === 'active' ? 'agreed' : outcome;
	}

	#note(text: string): void {
		this.#options.log.write('info', text);
	}
}

const refused: Answer = { kind: 'declined' };
