import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	commonHours,
	hoursOf,
	meetOften,
	overlapScore,
	statedWeek,
	statesHour,
	unknownWeek,
	weekHours
} from '../../../src/lib/engine/partners/schedule.ts';

const shares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
	minLength: weekHours,
	maxLength: weekHours
});
const week = fc.uint8Array({ minLength: 21, maxLength: 21 });

/** On line in these hours of the week. */
const of = (...hours: readonly number[]): Uint8Array =>
	statedWeek(Array.from({ length: weekHours }, (_, hour) => (hours.includes(hour) ? 1 : 0)));
const range = (from: number, to: number): readonly number[] =>
	Array.from({ length: to - from }, (_, i) => from + i);

describe('a stated week', () => {
	it('has the hours in which the peer was there more often than not', () => {
		fc.assert(
			fc.property(shares, (hours) => {
				const stated = statedWeek(hours);
				expect(range(0, weekHours).map((hour) => statesHour(stated, hour))).toEqual(
					hours.map((share) => share >= 0.5)
				);
			})
		);
	});

	it('promises nothing before anything was learned', () => {
		expect(statedWeek([])).toEqual(unknownWeek);
		expect(hoursOf(unknownWeek)).toBe(0);
	});
});

describe('two weeks', () => {
	it('overlap the same from both ends, by no more than either has', () => {
		fc.assert(
			fc.property(week, week, (a, b) => {
				expect(overlapScore(a, b)).toBe(overlapScore(b, a));
				expect(meetOften(a, b)).toBe(meetOften(b, a));
				expect(commonHours(a, b)).toBeLessThanOrEqual(Math.min(hoursOf(a), hoursOf(b)));
			})
		);
	});

	it.each([
		['one of them not known', of(...range(0, 8)), unknownWeek, true, 1],
		['six hours together', of(...range(0, 20)), of(...range(14, 60)), false, 0.3],
		['seven hours together', of(...range(0, 20)), of(...range(13, 60)), true, 0.35],
		['all of a short week', of(3, 4), of(...range(0, 60)), true, 1],
		['a part of a short week', of(3, 4), of(...range(4, 60)), false, 0.5],
		['nothing in common', of(1), of(2), false, 0]
	])('with %s', (_, a, b, often, score) => {
		expect(meetOften(a, b)).toBe(often);
		expect(overlapScore(a, b)).toBeCloseTo(score);
	});
});
