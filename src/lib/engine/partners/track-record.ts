/**
 * How a peer kept its earlier agreements, by what others state (patent claim 27; design section 5). Pure. What a
 * statement proves by itself was checked before (statement.ts); here it is only decided what counts.
 */
import type { PeerId } from '../identifiers.ts';
import type { Accusation } from './statement.ts';

/** A peer that more than so many others accuse is declined. */
export const accusersMax = 2;
/** Statements older than this count no more. */
export const statementLifeMs = 180 * 24 * 60 * 60_000;
/** Clocks differ: a statement from further ahead counts when its time has come. */
const clockSkewMs = 24 * 60 * 60_000;

export interface TrackRecordQuestion {
	readonly about: PeerId;
	/** Who asks: what it knows by itself it does not need to hear from itself. */
	readonly asker: PeerId;
	readonly now: number;
	/** The network of an accuser, where it is known: one network is one voice. */
	readonly networkOf: (peer: PeerId) => string | undefined;
}

/**
 * How many independent accusers a peer has, counted up to `accusersMax` + 1: the largest set of statements of which no
 * two come from one accuser or one network, or tell of one outage. A further statement never makes it smaller.
 */
export function accusersOf(
	statements: readonly Accusation[],
	question: TrackRecordQuestion
): number {
	const { about, asker, now, networkOf } = question;
	const counting = statements.filter(
		({ accused, accuser, to }) =>
			accused === about &&
			accuser !== about &&
			accuser !== asker &&
			to > now - statementLifeMs &&
			to <= now + clockSkewMs
	);
	const independent = (a: Accusation, b: Accusation): boolean =>
		a.accuser !== b.accuser &&
		(networkOf(a.accuser) === undefined || networkOf(a.accuser) !== networkOf(b.accuser)) &&
		!tellOfOneOutage(a, b);
	return largestSet(counting, independent, accusersMax + 1);
}

/** Why nothing is agreed with a peer; undefined when its track record is good enough. */
export function objectionTo(accusers: number): string | undefined {
	return accusers > accusersMax
		? `its track record: ${accusers} or more others say that it reneged`
		: undefined;
}

/** Whether both blame the same absence: a machine that is off is so for all of its partners at once. */
function tellOfOneOutage(a: Accusation, b: Accusation): boolean {
	return isAbsence(a) && isAbsence(b) && a.from <= b.to && b.from <= a.to;
}

function isAbsence({ reason }: Accusation): boolean {
	return reason === 'silent' || reason === 'missed-checks';
}

/** The size of the largest set of pairwise independent items, or `enough`, whichever is less. */
function largestSet<T>(
	items: readonly T[],
	independent: (a: T, b: T) => boolean,
	enough: number
): number {
	if (items.length === 0 || enough === 0) return 0;
	let largest = 0;
	for (const [place, item] of items.entries()) {
		const rest = items.slice(place + 1).filter((other) => independent(item, other));
		largest = Math.max(largest, 1 + largestSet(rest, independent, enough - 1));
		if (largest === enough) break;
	}
	return largest;
}
