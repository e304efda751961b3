/**
 * The reciprocal contract between two peers (patent steps 272-276, claims 24-27), first form: equal space
 * both ways, inside one circle. One CBOR document, signed by both and kept by both; see
 * docs/protocol/agreements.md.
 */
import { decode, encode } from 'cborg';
import { Malformed } from '../failures.ts';
import { bytesOf, nameOf, type AgreementId, type CircleId, type PeerId } from '../identifiers.ts';
import { sign, verify } from '../keys/signature.ts';
import type { AgreementRecord } from '../records.ts';

/** Largest document that is read. */
export const agreementBytesMax = 4096;
/** How long a signed proposal binds its sender and reserves the space: 10 minutes. */
export const proposalLifeMs = 10 * 60_000;
/** Space is agreed in steps, so that small differences need no negotiation: 16 MiB. */
export const spaceStepBytes = 16 * 1024 * 1024;

export interface Agreement {
	readonly id: AgreementId;
	readonly proposer: PeerId;
	readonly acceptor: PeerId;
	/** What each holds for the other, at most. */
	readonly spaceBytes: number;
	readonly circle: CircleId;
	/** How long a partner may be away before it has reneged (patent step 230). */
	readonly graceMs: number;
	/** How long nobody restores at first; 0 among friends. */
	readonly commitmentMs: number;
	readonly createdAt: number;
	/** Until when the proposal binds. */
	readonly expiresAt: number;
}

/** Field order is fixed by being an array; the first field is the version of the document. */
export function encodeAgreement(a: Agreement): Uint8Array {
	return encode([
		1,
		bytesOf(a.id),
		bytesOf(a.proposer),
		bytesOf(a.acceptor),
		a.spaceBytes,
		bytesOf(a.circle),
		a.graceMs,
		a.commitmentMs,
		a.createdAt,
		a.expiresAt
	]);
}

/** @throws Malformed */
export function decodeAgreement(bytes: Uint8Array): Agreement {
	const fields = decodeFields(bytes);
	const [version, id, proposer, acceptor, spaceBytes, circle, ...times] = fields;
	if (version !== 1) throw new Malformed(`agreement of version ${String(version)}`);
	const [graceMs, commitmentMs, createdAt, expiresAt] = times.map(wholeNumber);
	if (
		graceMs === undefined ||
		commitmentMs === undefined ||
		createdAt === undefined ||
		expiresAt === undefined
	) {
		throw new Malformed('agreement without its times');
	}
	return {
		id: nameOf<AgreementId>(bytesField(id, 16)),
		proposer: nameOf<PeerId>(bytesField(proposer, 32)),
		acceptor: nameOf<PeerId>(bytesField(acceptor, 32)),
		spaceBytes: wholeNumber(spaceBytes),
		circle: nameOf<CircleId>(bytesField(circle, 32)),
		graceMs,
		commitmentMs,
		createdAt,
		expiresAt
	};
}

function decodeFields(bytes: Uint8Array): readonly unknown[] {
	if (bytes.length > agreementBytesMax) throw new Malformed('agreement too long');
	let value: unknown;
	try {
		value = decode(bytes, { strict: true, allowIndefinite: false, allowUndefined: false });
	} catch (error) {
		throw new Malformed(`agreement: ${String(error)}`);
	}
	if (!Array.isArray(value) || value.length !== 10) throw new Malformed('agreement fields');
	return value as readonly unknown[];
}

function bytesField(value: unknown, length: number): Uint8Array {
	if (!(value instanceof Uint8Array) || value.length !== length) {
		throw new Malformed(`agreement field of ${length} bytes expected`);
	}
	return value;
}

function wholeNumber(value: unknown): number {
	if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
		throw new Malformed('agreement number expected');
	}
	return value;
}

export function signAgreement(identity: Uint8Array, document: Uint8Array): Uint8Array {
	return sign(identity, 'agreement', document);
}

export function verifyAgreement(
	peer: PeerId,
	document: Uint8Array,
	signature: Uint8Array
): boolean {
	return verify(peer, 'agreement', document, signature);
}

/** Rounds down to whole steps. */
export function quantisedSpace(bytes: number): number {
	return Math.floor(bytes / spaceStepBytes) * spaceStepBytes;
}

/** Space by document, which never changes: every block that comes asks for it. */
const spaces = new WeakMap<Uint8Array, number>();

/** The space that a record promises both ways; 0 once it has ended, or before its document is back. */
export function agreedBytes({ state, document }: AgreementRecord): number {
	if (state === 'ended' || state === 'remembered') return 0;
	let space = spaces.get(document);
	if (space === undefined) spaces.set(document, (space = decodeAgreement(document).spaceBytes));
	return space;
}

/** What decides about a proposal that came in. */
export interface ProposalSituation {
	readonly self: PeerId;
	/** The peer that the link authenticated. */
	readonly from: PeerId;
	readonly now: number;
	readonly circles: readonly CircleId[];
	/** Space lent and promised to nobody. */
	readonly freeBytes: number;
	/** What stands with this peer already. */
	readonly standing: AgreementRecord | undefined;
	readonly partners: number;
	readonly partnersMax: number;
	/** Why nothing is to be agreed with this peer, whatever it proposes: its track record. */
	readonly objection: string | undefined;
	/** The circle's policy: both sides must name the same. */
	readonly policy: { readonly graceMs: number; readonly commitmentMs: number };
}

export type ProposalDecision =
	| { readonly kind: 'accept' }
	/** The very proposal that was accepted before: the answer was lost, so it is given again. */
	| { readonly kind: 'repeat'; readonly record: AgreementRecord }
	/** 'conflict': another agreement stands already, and the proposer is to take that one up. */
	| {
			readonly kind: 'decline';
			readonly reason: 'unwilling' | 'malformed' | 'conflict';
			readonly detail: string;
	  };

const clockSkewMs = 60 * 60_000;

/** Whether to accept a proposal (claims 24-27). Pure. */
export function judgeProposal(proposal: Agreement, s: ProposalSituation): ProposalDecision {
	const decline = (detail: string): ProposalDecision => ({
		kind: 'decline',
		reason: 'unwilling',
		detail
	});
	if (proposal.proposer !== s.from || proposal.acceptor !== s.self) {
		return { kind: 'decline', reason: 'malformed', detail: 'the proposal names other peers' };
	}
	if (s.standing?.state === 'active') {
		const same = decodeAgreement(s.standing.document).id === proposal.id;
		return same
			? { kind: 'repeat', record: s.standing }
			: { kind: 'decline', reason: 'conflict', detail: 'an agreement between us stands already' };
	}
	if ((s.standing?.refusedUntil ?? 0) > s.now) return decline('this partnership was ended here');
	if (s.objection !== undefined) return decline(s.objection);
	if (s.standing?.state === 'proposed' && ownProposalWins(s)) {
		return decline('our own proposal crossed yours and goes first');
	}
	if (!s.circles.includes(proposal.circle)) return decline('not a member of this circle');
	if (proposal.expiresAt < s.now - clockSkewMs) return decline('the proposal has expired');
	// The age of an agreement is evidence in a statement: nobody countersigns one that pretends to be old.
	if (Math.abs(proposal.createdAt - s.now) > clockSkewMs + proposalLifeMs) {
		return decline('the proposal was not made now');
	}
	if (proposal.graceMs !== s.policy.graceMs || proposal.commitmentMs !== s.policy.commitmentMs) {
		return decline('the circle has other terms');
	}
	if (proposal.spaceBytes < spaceStepBytes) return decline('too little space');
	if (proposal.spaceBytes > s.freeBytes) return decline('not enough space left');
	if (s.partners >= s.partnersMax) return decline('enough partners already');
	return { kind: 'accept' };
}

/** Of two crossing proposals the one from the lower PeerId wins, while it has not expired. */
function ownProposalWins(s: ProposalSituation): boolean {
	return s.self < s.from && (s.standing?.expiresAt ?? 0) > s.now;
}

/**
 * Of two documents that both peers signed the one that holds: the same at both ends, whichever they asked first. The
 * lower proposer goes first, as with crossing proposals; of one proposer's, the later. Pure.
 */
export function holdsOver(a: Agreement, b: Agreement): boolean {
	if (a.proposer !== b.proposer) return a.proposer < b.proposer;
	if (a.createdAt !== b.createdAt) return a.createdAt > b.createdAt;
	return a.id > b.id;
}
