/**
 * Whether to accept what a peer proposes, and what to answer instead (patent steps 272-276, claims 24-27). Both ends
 * judge by the same functions: the acceptor a proposal, the proposer a counter. Pure.
 */
import type { PeerId } from '../identifiers.ts';
import type { AgreementRecord } from '../records.ts';
import { sameSystem } from '../system.ts';
import type { DeclineReason } from '../wire/messages.ts';
import {
	agreementOf,
	proofsPerDayMax,
	proposalLifeMs,
	quantisedSpace,
	spaceStepBytes,
	type Agreement,
	type Budgets,
	type Side,
	type Terms
} from './agreement.ts';
import { meetOften, sameWeek } from './schedule.ts';

/** What this peer would sign. */
export interface OwnTerms {
	readonly side: Side;
	/** Space that it can give to this partner; what is free, or what it asked for itself. */
	readonly spaceBytesMax: number;
}

export type TermsDecision =
	| { readonly kind: 'accept' }
	/** These would be accepted. */
	| { readonly kind: 'counter'; readonly terms: Terms }
	| { readonly kind: 'decline'; readonly reason: DeclineReason; readonly detail: string };

/**
 * What may be asked beyond the toss, for so much space: every month three times all of it for repairs (the paper's
 * quota), and an eighth for rehearsals; proofs twice an hour.
 */
export function budgetsFor(spaceBytes: number): Budgets {
	return {
		repairBytesPerMonth: 3 * spaceBytes,
		rehearsalBytesPerMonth: Math.floor(spaceBytes / 8),
		proofsPerDay: proofsPerDayMax
	};
}

/** Judges terms that the other side wrote, as the one who is `role` in them. */
export function judgeTerms(
	terms: Terms,
	role: 'proposer' | 'acceptor',
	own: OwnTerms
): TermsDecision {
	const other = role === 'proposer' ? 'acceptor' : 'proposer';
	const refused = refuseSide(own.side, terms.sides[other]) ?? refuseSpace(terms, own);
	if (refused !== undefined) return refused;
	const spaceBytes = Math.min(quantisedSpace(terms.spaceBytes), quantisedSpace(own.spaceBytesMax));
	const budgets = within(terms.budgets, budgetsFor(spaceBytes));
	const states = statesTheSame(terms.sides[role], own.side);
	if (states && spaceBytes === terms.spaceBytes && budgets === terms.budgets) {
		return { kind: 'accept' };
	}
	const sides = { ...terms.sides, [role]: own.side };
	return { kind: 'counter', terms: { spaceBytes, budgets, sides } };
}

/** Whether the other is there at the same hours, over a line that both find fast enough. */
function refuseSide(own: Side, other: Side): TermsDecision | undefined {
	if (!meetOften(own.week, other.week)) {
		return decline('schedule', 'we are not on line at the same hours');
	}
	const least = Math.max(own.leastKilobytesPerSecond, other.leastKilobytesPerSecond);
	const measured = [own, other]
		.map(({ averageKilobytesPerSecond }) => averageKilobytesPerSecond)
		.filter((average) => average > 0);
	if (measured.some((average) => average < least)) {
		return decline('bandwidth', `the line between us is slower than ${String(least)} kB/s`);
	}
	return undefined;
}

function refuseSpace({ spaceBytes }: Terms, own: OwnTerms): TermsDecision | undefined {
	if (spaceBytes < spaceStepBytes) return decline('unwilling', 'too little space');
	if (own.spaceBytesMax < spaceStepBytes) return decline('full', 'not enough space left');
	return undefined;
}

/** The same object where nothing is too much, nor less than a half of what is usual. */
function within(asked: Budgets, usual: Budgets): Budgets {
	const fits = (['repairBytesPerMonth', 'rehearsalBytesPerMonth', 'proofsPerDay'] as const).every(
		(budget) => asked[budget] <= usual[budget] && asked[budget] * 2 >= usual[budget]
	);
	return fits ? asked : usual;
}

/** The average changes with every transfer: it is judged against the thresholds, and not compared. */
function statesTheSame(written: Side, own: Side): boolean {
	return (
		sameWeek(written.week, own.week) &&
		sameSystem(written.system, own.system) &&
		written.leastKilobytesPerSecond === own.leastKilobytesPerSecond
	);
}

/** What decides about a proposal that came in, beside its terms. */
export interface ProposalSituation extends OwnTerms {
	readonly self: PeerId;
	/** The peer that the link authenticated. */
	readonly from: PeerId;
	readonly now: number;
	/** What stands with this peer already. */
	readonly standing: AgreementRecord | undefined;
	/** The person wants nothing to do with this peer. */
	readonly blocked: boolean;
	readonly partners: number;
	readonly partnersMax: number;
	/** Why nothing is to be agreed with this peer, whatever it proposes: its track record. */
	readonly objection: string | undefined;
	/** Whether the group of partners bears one more of this kind, or nobody else can be had (criteria.ts). */
	readonly welcome: boolean;
	/** The circle's policy: both sides must name the same. */
	readonly policy: { readonly graceMs: number; readonly commitmentMs: number };
}

export type ProposalDecision =
	| TermsDecision
	/** The very proposal that was accepted before: the answer was lost, so it is given again. */
	| { readonly kind: 'repeat'; readonly record: AgreementRecord };

const clockSkewMs = 60 * 60_000;

/** Whether to accept a proposal. Nobody is told that he was blocked: it reads like any other unwillingness. */
export function judgeProposal(proposal: Agreement, s: ProposalSituation): ProposalDecision {
	if (proposal.proposer !== s.from || proposal.acceptor !== s.self) {
		return decline('malformed', 'the proposal names other peers');
	}
	if (s.blocked) return decline('unwilling', 'no agreement is wanted');
	if (s.standing?.state === 'active') {
		const same = agreementOf(s.standing).id === proposal.id;
		return same
			? { kind: 'repeat', record: s.standing }
			: decline('conflict', 'an agreement between us stands already');
	}
	return refusePartner(proposal, s) ?? judgeTerms(proposal, 'acceptor', s);
}

function refusePartner(proposal: Agreement, s: ProposalSituation): TermsDecision | undefined {
	if ((s.standing?.refusedUntil ?? 0) > s.now) {
		return decline('unwilling', 'this partnership was ended here');
	}
	if (s.objection !== undefined) return decline('unwilling', s.objection);
	if (s.standing?.state === 'proposed' && ownProposalWins(s)) {
		return decline('unwilling', 'our own proposal crossed yours and goes first');
	}
	if (proposal.expiresAt < s.now - clockSkewMs) {
		return decline('unwilling', 'the proposal has expired');
	}
	// The age of an agreement is evidence in a statement: nobody countersigns one that pretends to be old.
	if (Math.abs(proposal.createdAt - s.now) > clockSkewMs + proposalLifeMs) {
		return decline('unwilling', 'the proposal was not made now');
	}
	if (proposal.graceMs !== s.policy.graceMs || proposal.commitmentMs !== s.policy.commitmentMs) {
		return decline('unwilling', 'the circle has other terms');
	}
	if (s.partners >= s.partnersMax) return decline('unwilling', 'enough partners already');
	if (!s.welcome) return decline('alike', 'too many of our partners are like you');
	return undefined;
}

/** Of two crossing proposals the one from the lower PeerId wins, while it has not expired. */
function ownProposalWins(s: ProposalSituation): boolean {
	return s.self < s.from && (s.standing?.expiresAt ?? 0) > s.now;
}

function decline(
	reason: DeclineReason,
	detail: string
): Extract<TermsDecision, { kind: 'decline' }> {
	return { kind: 'decline', reason, detail };
}
