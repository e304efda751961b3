/** What time counts against partners, and when the own connection is in doubt. */
import { describe, expect, it } from 'vitest';
import { connectionIsGood } from '../../../src/lib/engine/verify/connectivity.ts';
import { freshWatch, look, type Watch } from '../../../src/lib/engine/verify/watch.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const start = Date.UTC(2026, 10, 2);

/** Looks at these times since the start, good unless named in doubt. */
function watched(looks: readonly (number | { readonly doubt: number })[]): Watch {
	return looks.reduce<Watch>((watch, each) => {
		const good = typeof each === 'number';
		return look(watch, { now: start + (good ? each : each.doubt), good, everyMs: hourMs });
	}, freshWatch);
}

describe('the time that counts', () => {
	it('passes from look to look', () => {
		expect(watched([0, hourMs, 2 * hourMs]).countedMs).toBe(2 * hourMs);
	});

	it('counts the night in which the machine was off', () => {
		expect(watched([0, 14 * hourMs]).countedMs).toBe(14 * hourMs);
	});

	it('counts one day of a holiday of this peer, and of a clock that leaps', () => {
		expect(watched([0, 20 * dayMs]).countedMs).toBe(dayMs);
		expect(watched([0, 3650 * dayMs]).countedMs).toBe(dayMs);
	});

	it('stands still when the clock is set back, and goes on from there', () => {
		expect(watched([0, 3650 * dayMs, hourMs, 2 * hourMs]).countedMs).toBe(dayMs + hourMs);
	});

	it('leaves out an outage of this peer', () => {
		const outage = Array.from({ length: 240 }, (_, i) => ({ doubt: (i + 1) * hourMs }));
		expect(watched([0, ...outage, 241 * hourMs]).countedMs).toBe(hourMs);
	});

	it('leaves out no more of a night than the doubt in the morning', () => {
		expect(watched([0, { doubt: 14 * hourMs }, 15 * hourMs]).countedMs).toBe(14 * hourMs);
	});
});

describe('whether the own connection is beyond doubt', () => {
	it.each([
		['no partner is reached', 4, 0, false],
		['fewer than a third of those that are likely there are reached', 10, 3, false],
		['a third is reached', 9, 3, true],
		['hardly anybody is likely to be there, and one is', 0.4, 1, true]
	])('when %s', (_case, expectedPartners, reachedPartners, good) => {
		expect(connectionIsGood({ expectedPartners, reachedPartners })).toBe(good);
	});
});
