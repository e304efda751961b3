/**
 * How well a partner keeps the hours in which it is due: one mark an hour, counted by the day over 60 days. Pure, and
 * bounded: two numbers a day. Hours and days are those of the watch (watch.ts).
 */

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
export const attendanceDays = 60;

/**
 * What an hour brought, the weakest first: the stronger mark stays. A session is worth less than a check that went
 * unanswered in it, and a check that was passed outweighs everything.
 */
const ranks = { away: 0, seen: 1, unanswered: 2, passed: 3 } as const;
export type Mark = keyof typeof ranks;

interface Hour {
	readonly index: number;
	readonly mark: Mark;
	/** Whether the partner was due on line in it. */
	readonly due: boolean;
}

export interface Attendance {
	/** The running hour is counted once it is over. */
	readonly hour: Hour | undefined;
	/** Oldest first, at most 60; days without a counted hour are left out. */
	readonly days: readonly DayCount[];
}

export type DayCount = readonly [day: number, kept: number, missed: number];

export const noAttendance: Attendance = { hour: undefined, days: [] };

/** Notes what the hour of `time` brought. */
export function noteMark(
	attendance: Attendance,
	{ time, mark, due }: { readonly time: number; readonly mark: Mark; readonly due: boolean }
): Attendance {
	const index = Math.floor(time / hourMs);
	const { hour } = attendance;
	if (hour?.index === index) {
		const stronger = ranks[mark] > ranks[hour.mark] ? mark : hour.mark;
		return { ...attendance, hour: { index, mark: stronger, due: hour.due || due } };
	}
	return { hour: { index, mark, due }, days: counted(attendance, index) };
}

/**
 * The days with the hour that is over. A kept hour counts whether it was due or not, so that who comes at other hours
 * than before is not held to the old ones; a missed one counts only where it was due.
 */
function counted({ hour, days }: Attendance, nowIndex: number): readonly DayCount[] {
	const oldest = dayOf(nowIndex) - attendanceDays;
	const recent = days.filter(([day]) => day > oldest);
	if (hour === undefined || dayOf(hour.index) <= oldest) return recent;
	const kept = hour.mark === 'passed' || hour.mark === 'seen';
	if (!kept && !hour.due) return recent;
	const day = dayOf(hour.index);
	const last = recent.at(-1);
	const [, keptBefore, missedBefore] = last?.[0] === day ? last : [day, 0, 0];
	const count: DayCount = [day, keptBefore + (kept ? 1 : 0), missedBefore + (kept ? 0 : 1)];
	return [...recent.filter((entry) => entry !== last || last[0] !== day), count];
}

function dayOf(hourIndex: number): number {
	return Math.floor((hourIndex * hourMs) / dayMs);
}

/** The hours of the last 60 days that are over. */
export function attendanceOf({ days }: Attendance): {
	readonly days: number;
	readonly kept: number;
	readonly missed: number;
} {
	return {
		days: days.length,
		kept: days.reduce((sum, [, kept]) => sum + kept, 0),
		missed: days.reduce((sum, [, , missed]) => sum + missed, 0)
	};
}
