import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { SystemClock } from '../../../src/lib/adapters/platform/clock.ts';
import { SystemRandom } from '../../../src/lib/adapters/platform/random.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { SeededRandom } from '../../doubles/random.ts';

beforeEach(() => {
	vi.useFakeTimers();
});
afterEach(() => {
	vi.useRealTimers();
});

test('the system clock sleeps its time, though it be longer than a timer can count', async () => {
	const monthMs = 30 * 24 * 3600 * 1000;
	const woke = vi.fn();
	void new SystemClock().sleep(monthMs).then(woke);
	await vi.advanceTimersByTimeAsync(monthMs - 1);
	expect(woke).not.toHaveBeenCalled();
	await vi.advanceTimersByTimeAsync(1);
	expect(woke).toHaveBeenCalledOnce();
});

test('a sleep that is aborted rejects with the reason, and leaves no timer', async () => {
	const controller = new AbortController();
	const sleep = new SystemClock().sleep(1000, controller.signal);
	controller.abort(new Error('Enough.'));
	await expect(sleep).rejects.toThrow('Enough.');
	expect(vi.getTimerCount()).toBe(0);
	await expect(new SystemClock().sleep(1, controller.signal)).rejects.toThrow('Enough.');
	expect(vi.getTimerCount()).toBe(0);
});

test('the virtual clock wakes sleepers in order and does their work in between', async () => {
	vi.useRealTimers();
	const clock = new VirtualClock(0);
	const log: string[] = [];
	const walk = async (name: string, pauses: readonly number[]): Promise<void> => {
		for (const ms of pauses) {
			await clock.sleep(ms);
			log.push(`${name}${String(clock.now())}`);
		}
	};
	void walk('a', [10, 5]);
	void walk('b', [12, 1]);
	await clock.advance(13);
	expect(log).toEqual(['a10', 'b12', 'b13']);
	expect(clock.untilNext).toBe(2);
	clock.jump(1000);
	await clock.advance(2);
	expect(log.at(-1)).toBe('a1015');
	expect(clock.sleeping).toBe(0);
});

test('the virtual clock forgets a sleeper that was aborted', async () => {
	vi.useRealTimers();
	const clock = new VirtualClock();
	const controller = new AbortController();
	const sleep = clock.sleep(10, controller.signal);
	controller.abort(new Error('Enough.'));
	await expect(sleep).rejects.toThrow('Enough.');
	expect(clock.sleeping).toBe(0);
});

test('random bytes come in any number', () => {
	expect(new SystemRandom().bytes(0)).toHaveLength(0);
	const bytes = new SystemRandom().bytes(200_000);
	for (const start of [0, 65_536, 131_072, 196_608]) {
		expect(bytes.subarray(start, start + 1000).some((byte) => byte !== 0)).toBe(true);
	}
});

test('seeded bytes follow from the seed', () => {
	expect(new SeededRandom(7).bytes(40)).toEqual(new SeededRandom(7).bytes(40));
	expect(new SeededRandom(7).bytes(8)).not.toEqual(new SeededRandom(8).bytes(8));
	const forked = new SeededRandom(7).fork('a').bytes(8);
	const later = new SeededRandom(7);
	later.bytes(100);
	expect(later.fork('a').bytes(8)).toEqual(forked);
});
