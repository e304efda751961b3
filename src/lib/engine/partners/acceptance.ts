/**
 * The answering side of a negotiation: says what this peer would agree on, accepts proposals, or counters or declines
 * them (docs/protocol/agreements.md). Nothing that is asked is judged before the asker proved that it belongs to the
 * circle. The decisions are in terms.ts.
 */
import type { PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Clock } from '../ports.ts';
import type { System } from '../system.ts';
import type { DeclineReason, Reply, Request } from '../wire/messages.ts';
import {
	encodeAgreement,
	quantisedSpace,
	readAgreement,
	spaceStepBytes,
	verifyAgreement,
	type Agreement,
	type Side
} from './agreement.ts';
import { partnersMax, type Agreements } from './agreements.ts';
import type { Bandwidth } from './bandwidth.ts';
import { policyOf } from './circle-policy.ts';
import type { Introductions } from './introductions.ts';
import type { Memberships } from './membership.ts';
import { rendezvousSecret } from './rendezvous.ts';
import { showAgreement, type Line } from './settlement.ts';
import { judgeProposal } from './terms.ts';

export interface AcceptanceOptions {
	readonly agreements: Agreements;
	readonly memberships: Memberships;
	readonly keyring: Keyring;
	readonly clock: Clock;
	readonly bandwidth: Pick<Bandwidth, 'measure' | 'admits'>;
	readonly introductions: Pick<Introductions, 'for'>;
	/** False while the peer must not promise anything: restoring, or fenced. */
	readonly mayAgree: () => boolean;
	/** What we state of ourselves to this peer. */
	readonly side: (partner: PeerId) => Side;
	/** Our own advert, signed. */
	readonly advert: () => Uint8Array;
	/** Whether the group of partners bears one more of this kind, or nobody else can be had. */
	readonly welcome: (peer: PeerId, system: System) => boolean;
}

/** What is answered here. */
export type AcceptanceRequest = Extract<
	Request,
	{ type: 'get-terms' | 'propose' | 'get-agreement' | 'probe' | 'get-introductions' }
>;
type Asking<Type extends Request['type']> = Extract<Request, { type: Type }>;

export class Acceptance {
	readonly #options: AcceptanceOptions;

	constructor(options: AcceptanceOptions) {
		this.#options = options;
	}

	/** Answers what came over a session. */
	async serve(request: AcceptanceRequest, from: Line): Promise<Reply> {
		switch (request.type) {
			case 'get-terms':
				return this.#state(request, from);
			case 'propose':
				return this.#consider(request, from.peer);
			case 'get-agreement':
				return showAgreement(from, this.#options);
			case 'probe':
				return this.#options.bandwidth.admits(from.peer)
					? { type: 'acknowledged' }
					: declined('busy', 'the line was measured often enough');
			case 'get-introductions':
				return this.#introduce(request, from.peer);
		}
	}

	#state({ circle, membership }: Asking<'get-terms'>, from: Line): Reply {
		const { agreements, memberships, bandwidth, side, advert, mayAgree } = this.#options;
		if (!memberships.accepts(circle, { role: 'asker', prover: from.peer }, membership)) {
			return notAMember;
		}
		if (!mayAgree()) return declined('busy', 'not ready for agreements');
		const unwanted = agreements.isBlocked(from.peer) ? 'no agreement is wanted' : undefined;
		const objection = unwanted ?? agreements.objectionTo(from.peer);
		if (objection !== undefined) return declined('unwilling', objection);
		const ours = memberships.prove(circle, 'asked', from.peer);
		if (ours === undefined) return notAMember;
		const { week, leastKilobytesPerSecond, averageKilobytesPerSecond, system } = side(from.peer);
		const enough = agreements.active().length >= partnersMax;
		const spaceBytesMax = enough ? 0 : quantisedSpace(agreements.freeBytes());
		// Measured meanwhile, the other way, so that the proposal can be judged by it.
		if (spaceBytesMax > 0) void bandwidth.measure(from);
		return {
			type: 'terms',
			membership: ours,
			week,
			leastKilobytesPerSecond,
			averageKilobytesPerSecond,
			...system,
			spaceBytesMin: spaceStepBytes,
			spaceBytesMax,
			advert: advert()
		};
	}

	async #consider(request: Asking<'propose'>, from: PeerId): Promise<Reply> {
		const { document, signature, membership } = request;
		const proposal = readAgreement(document);
		if (proposal === undefined) return declined('malformed', 'the proposal cannot be read');
		const { agreements, memberships } = this.#options;
		const claim = { role: 'proposer', prover: from, subject: document } as const;
		if (!memberships.accepts(proposal.circle, claim, membership)) return notAMember;
		if (!verifyAgreement(from, document, signature)) {
			return declined('malformed', 'the signature of the proposal is wrong');
		}
		return agreements.change(() => this.#answer(proposal, request, from));
	}

	/** Within `change`. */
	async #answer(proposal: Agreement, request: Asking<'propose'>, from: PeerId): Promise<Reply> {
		const { agreements, memberships, keyring, mayAgree } = this.#options;
		if (!mayAgree()) return declined('busy', 'not ready for agreements');
		const decision = this.#judge(proposal, from);
		if (decision.kind === 'decline') return declined(decision.reason, decision.detail);
		if (decision.kind === 'counter') {
			return { type: 'counter', document: encodeAgreement({ ...proposal, ...decision.terms }) };
		}
		const { document } = request;
		const membership = memberships.prove(proposal.circle, 'acceptor', from, document);
		if (membership === undefined) return notAMember;
		const record =
			decision.kind === 'repeat'
				? decision.record
				: await agreements.activate(from, document, request);
		if (record === undefined) return declined('unwilling', 'enough partners already');
		return {
			type: 'agreed',
			signature: record.mySignature,
			rendezvous: rendezvousSecret(keyring, record.slot),
			membership
		};
	}

	#judge(proposal: Agreement, from: PeerId): ReturnType<typeof judgeProposal> {
		const { agreements, keyring, clock, side, welcome } = this.#options;
		return judgeProposal(proposal, {
			self: keyring.peer,
			from,
			now: clock.now(),
			side: side(from),
			spaceBytesMax: agreements.freeBytes(),
			standing: agreements.with(from),
			blocked: agreements.isBlocked(from),
			partners: agreements.active().length,
			partnersMax,
			objection: agreements.objectionTo(from),
			welcome: welcome(from, proposal.sides.proposer.system),
			policy: policyOf(proposal.circle)
		});
	}

	#introduce({ circle, membership }: Asking<'get-introductions'>, from: PeerId): Reply {
		const { agreements, memberships, introductions } = this.#options;
		if (!memberships.accepts(circle, { role: 'asker', prover: from }, membership)) {
			return notAMember;
		}
		if (agreements.with(from)?.state !== 'active') {
			return declined('no-agreement', 'only partners are introduced to each other');
		}
		return { type: 'introductions', peers: introductions.for(circle, from) };
	}
}

const notAMember = declined('not-a-member', 'we share no such circle');

function declined(reason: DeclineReason, detail: string): Reply {
	return { type: 'declined', reason, detail };
}
