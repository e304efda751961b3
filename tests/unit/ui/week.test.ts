/** When a partner is usually on line, drawn and said in the person's own time. */
import { describe, expect, it } from 'vitest';
import { localWeek, weekSentence } from '../../../src/lib/ui/partners/week.ts';

/** 1 in the hours named, counted from Monday 0:00; 0 in the others. */
function week(...there: readonly number[]): readonly number[] {
	return Array.from({ length: 168 }, (_, hour) => (there.includes(hour) ? 1 : 0));
}

/** From hour to hour on each of the days. */
function office(days: readonly number[], from: number, to: number): readonly number[] {
	return week(
		...days.flatMap((day) => Array.from({ length: to - from }, (_, i) => day * 24 + from + i))
	);
}

describe('the week of a partner', () => {
	it('is shifted to the clock of the person, over the ends of the week too', () => {
		const ahead = localWeek(week(167), 60);
		expect(ahead[0]?.[0]).toBe(1);
		const behind = localWeek(week(0), -300);
		expect(behind[6]?.[19]).toBe(1);
	});

	it.each([
		[
			'office hours',
			office([0, 1, 2, 3, 4], 9, 18),
			'Usually on line Monday to Friday 9–18; otherwise hardly ever.'
		],
		[
			'a machine that is always on',
			office([0, 1, 2, 3, 4, 5, 6], 0, 24),
			'Usually on line every day all day.'
		],
		['one evening', office([2], 19, 23), 'Usually on line Wednesday 19–23; otherwise hardly ever.'],
		['no habits', week(), 'Hardly ever at the same hours.']
	])('says %s', (_case, hours, sentence) => {
		expect(weekSentence(localWeek(hours, 0))).toBe(sentence);
	});

	it('says two times of a day', () => {
		const hours = week(7, 8, 20, 21);
		expect(weekSentence(localWeek(hours, 0))).toBe(
			'Usually on line Monday 7–9 and 20–22; otherwise hardly ever.'
		);
	});
});
