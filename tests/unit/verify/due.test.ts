import { describe, expect, it } from 'vitest';
import {
	beatOf,
	isDue,
	nextPeriodAt,
	periodOf,
	watched,
	type Watch
} from '../../../src/lib/engine/verify/due.ts';
import { high, keyringOf, low } from '../partners/people.ts';

const hourMs = 3_600_000;
const beat = { everyMs: hourMs, offsetMs: 600_000 };
const at = (period: number, ms = 0): number => period * hourMs + 600_000 + ms;

describe('checks', () => {
	it('are spread over the hour, always in the same way', () => {
		const offsets = Array.from({ length: 20 }, (_, n) => {
			const { peer } = keyringOf(String(n));
			return beatOf(low.peer, peer, 'proof', hourMs).offsetMs;
		});
		expect(new Set(offsets.map((offset) => Math.floor(offset / 600_000))).size).toBe(6);
		expect(beatOf(low.peer, high.peer, 'proof', hourMs)).toEqual(
			beatOf(low.peer, high.peer, 'proof', hourMs)
		);
	});

	it('are due once in a period, and once after any number of them', () => {
		expect(isDue(beat, undefined, at(5))).toBe(true);
		expect(isDue(beat, at(5, 1), at(5, hourMs - 1))).toBe(false);
		expect(isDue(beat, at(5, hourMs - 1), at(6))).toBe(true);
		expect(isDue(beat, at(5), at(900))).toBe(true);
		expect(nextPeriodAt(beat, at(900, 5))).toBe(at(901));
		expect(periodOf(beat, at(7) - 1)).toBe(6);
	});

	it('are due once more when the clock was set back, and not for ever', () => {
		expect(isDue(beat, at(50), at(5))).toBe(true);
		expect(isDue(beat, at(5), at(5, 9))).toBe(false);
	});
});

describe('a partner that is away', () => {
	/** Which of the looks at these times find a missed check. */
	const missed = (times: readonly number[], triedAt?: number): readonly boolean[] => {
		let watch: Watch | undefined;
		return times.map((now) => {
			const look = watched(watch, beat, triedAt, now);
			({ watch } = look);
			return look.missed;
		});
	};

	it('misses a check once a period has gone by in which it was looked for from the beginning', () => {
		const times = [at(1, 500), at(2), at(2, 900), at(3), at(3, 9), at(4)];
		expect(missed(times)).toEqual([false, false, false, true, false, true]);
	});

	it('misses none that was tried', () => {
		expect(missed([at(1), at(2), at(3)], at(2, 5))).toEqual([false, false, false]);
	});

	it('misses none while this machine slept', () => {
		expect(missed([at(1), at(2), at(40), at(41), at(42)])).toEqual([
			false,
			false,
			false,
			false,
			true
		]);
	});
});
