/**
 * When a peer is on line (patent step 274, claim 24): the 168 hours of a week in UTC, beginning Monday at midnight. A
 * stated week is a promise, one bit an hour; a week without any bit means that it is not known yet, as with a peer
 * that has just begun. Hours, not minutes: quantised, so that small differences need no negotiation.
 */
import { boundedBytes } from '../wire/broker-fields.ts';
import { weekBytes } from '../wire/limits.ts';

/** Hour h is bit h % 8 (the lowest is 0) of byte h / 8. */
export const weekHours = 168;

/** How much of an hour a peer was on line, over the weeks seen, for it to state that hour. */
const presentShare = 0.5;
/** Hours a week that partners need together: one a day, for a backup, a proof and a block. */
const commonHoursMin = 7;

/** Nothing is known or promised. */
export const unknownWeek: Uint8Array = new Uint8Array(weekBytes);

/** What can be stated after what was learned: `hours[h]` is the share of the weeks in which hour h was spent on line. */
export function statedWeek(hours: readonly number[]): Uint8Array {
	const week = new Uint8Array(weekBytes);
	for (let hour = 0; hour < weekHours; hour++) {
		if ((hours[hour] ?? 0) >= presentShare)
			week[hour >> 3] = byteOf(week, hour) | (1 << (hour & 7));
	}
	return week;
}

/** Whether a week states an hour. */
export function statesHour(week: Uint8Array, hour: number): boolean {
	return (byteOf(week, hour) & (1 << (hour & 7))) !== 0;
}

export function hoursOf(week: Uint8Array): number {
	return commonHours(week, week);
}

/** Hours that both state. */
export function commonHours(a: Uint8Array, b: Uint8Array): number {
	let common = 0;
	for (let hour = 0; hour < weekHours; hour++) {
		if (statesHour(a, hour) && statesHour(b, hour)) common++;
	}
	return common;
}

/** How well two weeks fit: the share of the shorter one that both spend on line; 1 while either is not known. */
export function overlapScore(a: Uint8Array, b: Uint8Array): number {
	const shorter = Math.min(hoursOf(a), hoursOf(b));
	return shorter === 0 ? 1 : commonHours(a, b) / shorter;
}

/** Whether two peers would meet often enough: at least 7 hours a week, or all of the shorter week where it has fewer. */
export function meetOften(a: Uint8Array, b: Uint8Array): boolean {
	const shorter = Math.min(hoursOf(a), hoursOf(b));
	return commonHours(a, b) >= Math.min(commonHoursMin, shorter);
}

export function sameWeek(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Reads a stated week from a stranger's message. Throws Malformed. */
export function readWeek(value: unknown): Uint8Array {
	return boundedBytes(value, 'week', { min: weekBytes, max: weekBytes });
}

function byteOf(week: Uint8Array, hour: number): number {
	return week[hour >> 3] ?? 0;
}
