/** Which snapshots are kept (design section 4, retention). Pure; days and months are those of UTC. */
import type { SnapshotEntry } from './head.ts';

/** How many to keep of each kind. The person can edit it. */
export interface RetentionRule {
	/** The newest ones, whenever they were made. */
	readonly last: number;
	/** The newest of each of so many hours in which there is one; and so on. */
	readonly hourly: number;
	readonly daily: number;
	readonly weekly: number;
	readonly monthly: number;
	readonly yearly: number;
}

export const defaultRetention: RetentionRule = {
	last: 10,
	hourly: 24,
	daily: 7,
	weekly: 4,
	monthly: 12,
	yearly: 3
};

const hourMs = 60 * 60 * 1000;
const dayMs = 24 * hourMs;
/** 1 January 1970 was a Thursday; weeks begin on Monday. */
const weekShiftDays = 3;

/**
 * The snapshots to keep, of all in the order in which they were committed, in the same order. A checkpoint is kept
 * only while it is newer than every complete snapshot, and no newer checkpoint replaced it. The newest complete
 * snapshot is kept whatever the rule says.
 */
export function keptSnapshots(
	snapshots: readonly SnapshotEntry[],
	rule: RetentionRule
): readonly SnapshotEntry[] {
	const newest = snapshots.at(-1);
	const complete = snapshots.filter((snapshot) => snapshot.kind === 'complete').reverse();
	const kept = new Set<SnapshotEntry>(complete.slice(0, Math.max(1, rule.last)));
	if (newest?.kind === 'checkpoint') kept.add(newest);
	keepOnePer(complete, rule.hourly, kept, (at) => Math.floor(at / hourMs));
	keepOnePer(complete, rule.daily, kept, dayOf);
	keepOnePer(complete, rule.weekly, kept, (at) => Math.floor((dayOf(at) + weekShiftDays) / 7));
	keepOnePer(complete, rule.monthly, kept, (at) => monthOf(dayOf(at)));
	keepOnePer(complete, rule.yearly, kept, (at) => Math.floor(monthOf(dayOf(at)) / 12));
	return snapshots.filter((snapshot) => kept.has(snapshot));
}

/** Keeps the newest snapshot of each period, for the `count` newest periods that have one. */
function keepOnePer(
	newestFirst: readonly SnapshotEntry[],
	count: number,
	kept: Set<SnapshotEntry>,
	periodOf: (at: number) => number
): void {
	const periods = new Set<number>();
	for (const snapshot of newestFirst) {
		if (periods.size >= count) return;
		const period = periodOf(snapshot.at);
		if (!periods.has(period)) kept.add(snapshot);
		periods.add(period);
	}
}

function dayOf(at: number): number {
	return Math.floor(at / dayMs);
}

/**
 * Months since the year 0 of a day since 1970, by the proleptic Gregorian calendar: years are counted from March,
 * so that the leap day is their last, in eras of 400 years (H. Hinnant, "chrono-compatible low-level date
 * algorithms", civil_from_days). The engine has no Date.
 */
function monthOf(day: number): number {
	const shifted = day + 719_468;
	const era = Math.floor(shifted / 146_097);
	const dayOfEra = shifted - era * 146_097;
	const leapDays =
		Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
	const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
	const dayOfYear =
		dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
	const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
	return 12 * (yearOfEra + 400 * era) + monthFromMarch + 2;
}
