/**
 * What is known of one partner since its agreement: the facts, before anything is judged. Pure and bounded. Times are those of
 * the watch (watch.ts); `at` is the clock's, for people to read.
 */
import { noAttendance, noteMark, type Attendance, type Mark } from './attendance.ts';
import type { Check, Observed } from './observation.ts';

/** What a partner can renege by. */
export const renegeReasons = [
	/** Not reached, or no check answered, for the whole grace period. */
	'silent',
	/** Answers that stayed wrong, or blocks that were not there when the toss had drawn them. */
	'wrong-answers',
	/** Cheated in the toss, and again after the warning. */
	'cheated-toss',
	/** Missed more than 40 % of the hours in which it was due, in 60 days. */
	'missed-checks',
	/** Declared loss more than twice in 180 days. */
	'losses'
] as const;
export type RenegeReason = (typeof renegeReasons)[number];

/** The shape that tables of one value for each reason have. */
type Warnings = Readonly<Partial<Record<RenegeReason, Moment>>>;

export interface Moment {
	/** By the watch. */
	readonly time: number;
	/** By the clock. */
	readonly at: number;
}

interface Missing {
	/** The first miss of the row, by the watch and by the clock. */
	readonly from: Moment;
	/** The last miss, by the watch: what was not looked at is held against nobody. */
	readonly to: number;
	/** The person was told that it is overdue. */
	readonly told: boolean;
}

export interface Failures {
	readonly first: number;
	readonly last: number;
	readonly count: number;
}

interface Loss extends Moment {
	readonly blocks: number;
}

/** What is known of one partner since its agreement: a few hundred bytes. */
export interface OpenAccount {
	readonly kind: 'open';
	/** A row of misses that nothing has ended yet: it is the time that grace runs. */
	readonly missing: Missing | undefined;
	/** Checks that wait for an answer: a session alone ends no row of misses meanwhile. */
	readonly pending: readonly Check[];
	readonly wrong: Failures | undefined;
	readonly cheats: Failures | undefined;
	/** Of the last 180 days, oldest first, at most three. */
	readonly losses: readonly Loss[];
	/** No check has passed since the last declared loss. */
	readonly refilling: boolean;
	readonly attendance: Attendance;
	readonly warnings: Warnings;
}

/** The end: an agreement that was reneged on is not taken up again, another one may be made. */
export interface RenegedAccount {
	readonly kind: 'reneged';
	readonly reason: RenegeReason;
	/** What it is blamed for began here, by the clock. */
	readonly from: number;
	readonly at: number;
	/** Hours of the last 60 days, for the notice. */
	readonly kept: number;
	readonly missed: number;
}

export type Account = OpenAccount | RenegedAccount;

export const freshAccount: OpenAccount = {
	kind: 'open',
	missing: undefined,
	pending: [],
	wrong: undefined,
	cheats: undefined,
	losses: [],
	refilling: false,
	attendance: noAttendance,
	warnings: {}
};

/** One observation, placed in the time that counts. */
export interface Sighting {
	readonly observed: Observed;
	/** By the watch. */
	readonly time: number;
	/** Whether the partner is due on line in this hour, by the schedule agreed or learned. */
	readonly due: boolean;
}

/** What an observation changed, for the person and for the partner. */
export type StandingNews =
	/** A quarter of grace is over. */
	| { readonly kind: 'overdue'; readonly forMs: number; readonly leftMs: number }
	| { readonly kind: 'returned'; readonly forMs: number }
	| { readonly kind: 'loss-declared'; readonly blocks: number }
	| {
			readonly kind: 'warned';
			readonly reason: RenegeReason;
			readonly since: number;
			/** Hours of the last 60 days. */
			readonly kept: number;
			readonly missed: number;
	  }
	| { readonly kind: 'reneged'; readonly account: RenegedAccount };

/** An account after an observation, and what is new. */
export interface Noted {
	readonly account: OpenAccount;
	readonly news: readonly StandingNews[];
}

const dayMs = 24 * 60 * 60_000;
/** Wrong answers further apart than this are not one row. */
export const wrongWindowMs = 14 * dayMs;
export const cheatsWindowMs = 60 * dayMs;
/** Declarations within a day are one loss. */
const oneLossMs = dayMs;
export const lossWindowMs = 180 * dayMs;
/** Losses that are forgiven within that time. */
export const lossesMax = 2;

/** The account with one more fact. */
export function noted(account: OpenAccount, sighting: Sighting): Noted {
	const { observation } = sighting.observed;
	switch (observation.kind) {
		case 'seen':
			if (account.pending.length > 0) return { account, news: [] };
			return present(marked(account, sighting, 'seen'));
		case 'away':
			return { account: missed(marked(account, sighting, 'away'), sighting), news: [] };
		case 'unanswered':
			return { account: unanswered(account, sighting, observation.check), news: [] };
		case 'failed': {
			const after = unanswered(account, sighting, observation.check);
			return { account: failed(after, sighting, observation.why === 'cheated-toss'), news: [] };
		}
		case 'passed': {
			const pending = account.pending.filter((check) => check !== observation.check);
			const after = marked({ ...account, pending, refilling: false }, sighting, 'passed');
			return pending.length > 0 ? { account: after, news: [] } : present(after);
		}
		case 'loss-declared':
			return lossDeclared(account, sighting, observation.blocks);
	}
}

function marked(account: OpenAccount, { time, due }: Sighting, mark: Mark): OpenAccount {
	return { ...account, attendance: noteMark(account.attendance, { time, mark, due }) };
}

/** The partner is there and owes no answer: the row of misses is over. */
function present(account: OpenAccount): Noted {
	const { missing } = account;
	const news: readonly StandingNews[] =
		missing?.told === true ? [{ kind: 'returned', forMs: absenceOf(account) }] : [];
	return { account: { ...account, missing: undefined }, news };
}

function missed(account: OpenAccount, { time, observed }: Sighting): OpenAccount {
	const { from, told } = account.missing ?? { from: { time, at: observed.at }, told: false };
	return { ...account, missing: { from, to: time, told } };
}

function unanswered(account: OpenAccount, sighting: Sighting, check: Check): OpenAccount {
	const pending = account.pending.includes(check) ? account.pending : [...account.pending, check];
	return missed(marked({ ...account, pending }, sighting, 'unanswered'), sighting);
}

function failed(account: OpenAccount, { time }: Sighting, cheated: boolean): OpenAccount {
	if (cheated) {
		return { ...account, cheats: another(account.cheats, time, cheatsWindowMs) };
	}
	return { ...account, wrong: another(account.wrong, time, wrongWindowMs) };
}

function another(row: Failures | undefined, time: number, windowMs: number): Failures {
	if (row === undefined || time - row.last > windowMs) return { first: time, last: time, count: 1 };
	return { ...row, last: time, count: row.count + 1 };
}

/** Who says that it lost blocks is refilled, not punished: what it failed before is explained by it. */
function lossDeclared(
	account: OpenAccount,
	{ time, observed: { at } }: Sighting,
	blocks: number
): Noted {
	const recent = account.losses.filter((loss) => time - loss.time < lossWindowMs);
	const last = recent.at(-1);
	const same = last !== undefined && time - last.time < oneLossMs;
	const losses = same
		? [...recent.slice(0, -1), { ...last, blocks: last.blocks + blocks }]
		: [...recent, { time, at, blocks }].slice(-(lossesMax + 1));
	const back = present({ ...account, losses, pending: [], wrong: undefined, refilling: true });
	return { account: back.account, news: [...back.news, { kind: 'loss-declared', blocks }] };
}

/** Nothing of ours lies with the partner: no check is pending any more. */
export function withoutChecks(account: Account): Account {
	if (account.kind === 'reneged' || account.pending.length === 0) return account;
	return { ...account, pending: [] };
}

/** How long the row of misses is. */
export function absenceOf({ missing }: OpenAccount): number {
	return missing === undefined ? 0 : missing.to - missing.from.time;
}
