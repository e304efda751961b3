/** The week that is learned of a peer: what is usual, what is due, and what is not known. */
import { describe, expect, it } from 'vitest';
import {
	hourOfWeek,
	hoursBetween,
	hoursOf,
	isDue,
	knownHours,
	learn,
	likelihood,
	unknownWeek,
	type PresenceWeek
} from '../../../src/lib/engine/partners/presence-week.ts';

const hourMs = 60 * 60_000;
const monday = Date.UTC(2026, 10, 2);

/** So many weeks, each hour looked at, there in those that are named (0 to 167). */
function weeks(
	count: number,
	there: (hour: number) => boolean,
	before = unknownWeek()
): PresenceWeek {
	let week = before;
	const first = week.lastHour < 0 ? monday : (week.lastHour + 1) * hourMs;
	for (let hour = 0; hour < count * 168; hour++) {
		const at = first + hour * hourMs;
		week = learn(week, at, there(hourOfWeek(at)));
	}
	return week;
}

const office = (hour: number): boolean => hour % 24 >= 9 && hour % 24 < 17 && hour < 120;

describe('the week of a peer', () => {
	it('begins on Monday at midnight, in UTC', () => {
		expect(hourOfWeek(monday)).toBe(0);
		expect(hourOfWeek(monday - 1)).toBe(167);
		expect(hourOfWeek(-1)).toBe(71);
	});

	it('is not known before every hour was seen twice', () => {
		expect(knownHours(weeks(1, office))).toBe(0);
		expect(likelihood(weeks(1, office), monday)).toBeUndefined();
		expect(knownHours(weeks(2, office))).toBe(168);
	});

	it('tells habits: due in usual hours, and in no others', () => {
		const week = weeks(4, office);
		for (let hour = 0; hour < 168; hour++) {
			expect(isDue(week, monday + hour * hourMs)).toBe(office(hour));
		}
		expect(hoursOf(week)[9]).toBe(1);
	});

	it('learns new habits within two months', () => {
		const late = (hour: number): boolean => hour % 24 >= 18;
		const week = weeks(8, late, weeks(10, office));
		expect(isDue(week, monday + 10 * hourMs)).toBe(false);
		expect(isDue(week, monday + 20 * hourMs)).toBe(true);
	});

	it('expects 28 hours at least, also of a peer that hardly ever comes', () => {
		const week = weeks(8, (hour) => hour === 40);
		const due = Array.from({ length: 168 }, (_, hour) => isDue(week, monday + hour * hourMs));
		expect(due.filter(Boolean)).toHaveLength(28);
		expect(due[40]).toBe(true);
	});

	it('learns an hour once, however often it is looked at', () => {
		const once = learn(unknownWeek(), monday, true);
		expect(learn(once, monday + 1, false)).toBe(once);
	});
});

describe('the hours in which a peer was off', () => {
	it('are those between two looks', () => {
		expect(hoursBetween(monday + 1, monday + 3 * hourMs)).toEqual([
			monday + hourMs,
			monday + 2 * hourMs
		]);
		expect(hoursBetween(monday, monday + hourMs)).toEqual([]);
	});

	it('are a week at most, and none when the clock was set back', () => {
		expect(hoursBetween(monday, monday + 3650 * 24 * hourMs)).toHaveLength(168);
		expect(hoursBetween(monday, monday - hourMs)).toEqual([]);
	});
});
