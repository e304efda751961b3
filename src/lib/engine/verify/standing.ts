/**
 * What becomes of a partner, by what is observed of it (patent steps 216 to 232, claim 30): a pure state machine from
 * observations to standing. It judges in the time of the watch (watch.ts), so clocks that jump and outages of this peer age
 * nobody. A warning precedes every sanction. The rules stand in docs/protocol/standing.md.
 */
import {
	absenceOf,
	cheatsWindowMs,
	lossesMax,
	lossWindowMs,
	noted,
	renegeReasons,
	wrongWindowMs,
	type Account,
	type Failures,
	type Moment,
	type Noted,
	type OpenAccount,
	type RenegedAccount,
	type RenegeReason,
	type Sighting,
	type StandingNews
} from './account.ts';
import { attendanceOf, type Attendance } from './attendance.ts';

/** What the circle laid down and the agreement says. */
export interface StandingPolicy {
	readonly graceMs: number;
}

export interface Outcome {
	readonly account: Account;
	readonly news: readonly StandingNews[];
}

/** How a partner stands, as it is shown. */
export type Standing =
	| { readonly kind: 'held'; readonly warned: RenegeReason | undefined }
	/** Grace runs: `leftMs` of it remain, by the watch. */
	| {
			readonly kind: 'overdue';
			readonly since: number;
			readonly leftMs: number;
			readonly warned: boolean;
	  }
	/** It said so itself, and is refilled. */
	| { readonly kind: 'loss-declared'; readonly at: number; readonly blocks: number }
	| {
			readonly kind: 'reneged';
			readonly at: number;
			readonly reason: RenegeReason;
			readonly forMs: number;
	  };

const dayMs = 24 * 60 * 60_000;

/** Told as overdue after this part of grace; warned after half of it. 3.5 and 7 days of 14: no weekend is told. */
const overduePart = 1 / 4;
const warnedPart = 1 / 2;
/** Between a warning and its sanction lies at least this part of grace, where no other time is named. */
const leadPart = 1 / 4;
/** An answer stays wrong when it is so for this part of grace: 12 hours of 14 days. */
const retryPart = 1 / 28;
const wrongMax = 2;
const cheatsMax = 1;
export const missedShareMax = 0.4;
/**
 * Nobody is judged by its share of misses before so many days were counted: a holiday as long as grace, at the worst
 * moment, is 14 of 40 days, which is under the limit.
 */
export const attendanceDaysMin = 40;
const missedLeadMs = 3 * dayMs;

/** The account after an observation, and what is new. Pure. */
export function observe(account: Account, sighting: Sighting, policy: StandingPolicy): Outcome {
	if (account.kind === 'reneged') return { account, news: [] };
	return judged(noted(account, sighting), sighting, policy);
}

/** How a partner stands. */
export function standingOf(account: Account, { graceMs }: StandingPolicy): Standing {
	if (account.kind === 'reneged') {
		const { at, reason, from } = account;
		return { kind: 'reneged', at, reason, forMs: at - from };
	}
	const { missing, warnings, losses, refilling } = account;
	const absentMs = absenceOf(account);
	if (missing !== undefined && absentMs >= graceMs * overduePart) {
		const leftMs = Math.max(0, graceMs - absentMs);
		return {
			kind: 'overdue',
			since: missing.from.at,
			leftMs,
			warned: warnings.silent !== undefined
		};
	}
	const loss = losses.at(-1);
	if (refilling && loss !== undefined) {
		return { kind: 'loss-declared', at: loss.at, blocks: loss.blocks };
	}
	return { kind: 'held', warned: renegeReasons.find((reason) => warnings[reason] !== undefined) };
}

/** One way to renege, and how far the partner has come on it. */
interface Charge {
	readonly reason: RenegeReason;
	readonly warned: boolean;
	readonly sanctioned: boolean;
	/** At least so long after the warning. */
	readonly leadMs: number;
}

function charges(
	account: OpenAccount,
	{ time }: Sighting,
	{ graceMs }: StandingPolicy
): readonly Charge[] {
	const absentMs = absenceOf(account);
	const losses = account.losses.filter((loss) => time - loss.time < lossWindowMs).length;
	const misses = missesTooMuch(account.attendance);
	return [
		...failureCharges(account, time, graceMs * retryPart),
		{
			reason: 'silent',
			warned: absentMs >= graceMs * warnedPart,
			sanctioned: absentMs >= graceMs,
			leadMs: graceMs * leadPart
		},
		{
			reason: 'losses',
			warned: losses >= lossesMax,
			sanctioned: losses > lossesMax,
			leadMs: 0
		},
		{
			reason: 'missed-checks',
			warned: misses,
			sanctioned: misses && account.missing?.to === time,
			leadMs: missedLeadMs
		}
	];
}

function failureCharges(account: OpenAccount, time: number, retryMs: number): readonly Charge[] {
	const cheats = within(account.cheats, time, cheatsWindowMs);
	const wrong = within(account.wrong, time, wrongWindowMs);
	return [
		{
			reason: 'cheated-toss',
			warned: cheats !== undefined,
			sanctioned: staysSo(cheats, cheatsMax, retryMs),
			leadMs: retryMs
		},
		{
			reason: 'wrong-answers',
			warned: wrong !== undefined,
			sanctioned: staysSo(wrong, wrongMax, retryMs),
			leadMs: retryMs
		}
	];
}

function within(row: Failures | undefined, time: number, windowMs: number): Failures | undefined {
	return row !== undefined && time - row.last <= windowMs ? row : undefined;
}

function staysSo(row: Failures | undefined, countMax: number, retryMs: number): boolean {
	return row !== undefined && row.count > countMax && row.last - row.first >= retryMs;
}

function missesTooMuch(attendance: Attendance): boolean {
	const { days, kept, missed } = attendanceOf(attendance);
	return days >= attendanceDaysMin && missed > missedShareMax * (kept + missed);
}

/** Warnings where they are due, told once; the sanction only where the warning is old enough. */
function judged(
	{ account: before, news: already }: Noted,
	sighting: Sighting,
	policy: StandingPolicy
): Outcome {
	const { time, observed } = sighting;
	const { account, news } = toldOverdue(before, policy);
	const all = [...already, ...news];
	const warnings: Partial<Record<RenegeReason, Moment>> = {};
	for (const { reason, warned, sanctioned, leadMs } of charges(account, sighting, policy)) {
		if (!warned) continue;
		const warning = account.warnings[reason];
		warnings[reason] = warning ?? { time, at: observed.at };
		if (warning === undefined) {
			all.push({ kind: 'warned', ...blame(account, reason, observed.at) });
		} else if (sanctioned && time - warning.time >= leadMs) {
			const reneged = renegedBy(account, reason, observed.at);
			return { account: reneged, news: [...all, { kind: 'reneged', account: reneged }] };
		}
	}
	return { account: { ...account, warnings }, news: all };
}

function toldOverdue(account: OpenAccount, { graceMs }: StandingPolicy): Noted {
	const { missing } = account;
	const absentMs = absenceOf(account);
	if (missing === undefined || missing.told || absentMs < graceMs * overduePart) {
		return { account, news: [] };
	}
	const leftMs = Math.max(0, graceMs - absentMs);
	return {
		account: { ...account, missing: { ...missing, told: true } },
		news: [{ kind: 'overdue', forMs: absentMs, leftMs }]
	};
}

function renegedBy(account: OpenAccount, reason: RenegeReason, at: number): RenegedAccount {
	const { since, ...blamed } = blame(account, reason, at);
	return { kind: 'reneged', ...blamed, from: since, at };
}

/** The figures of a charge. Clocks that were set back meanwhile do not turn the time around. */
function blame(
	account: OpenAccount,
	reason: RenegeReason,
	at: number
): Pick<RenegedAccount, 'reason' | 'kept' | 'missed'> & { readonly since: number } {
	const { kept, missed } = attendanceOf(account.attendance);
	const first = reason === 'silent' ? account.missing?.from.at : account.warnings[reason]?.at;
	return { reason, since: Math.min(first ?? at, at), kept, missed };
}
