import { beforeEach, describe, expect, it } from 'vitest';
import { Bandwidth, quantisedBandwidth } from '../../../src/lib/engine/partners/bandwidth.ts';
import type { Line } from '../../../src/lib/engine/partners/settlement.ts';
import type { ReplyTo, Request } from '../../../src/lib/engine/wire/messages.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { high } from './people.ts';

let clock: VirtualClock;
let bandwidth: Bandwidth;
let probes: number;

beforeEach(() => {
	clock = new VirtualClock(1_000_000);
	bandwidth = new Bandwidth(clock);
	probes = 0;
});

/** A line with this latency and speed; 'declined' after so many probes. */
function lineOf(latencyMs: number, kilobytesPerSecond: number, most = Infinity): Line {
	const request = async <Asked extends Request>(asked: Asked): Promise<ReplyTo<Asked>> => {
		const bytes = asked.type === 'probe' ? asked.filling.length : 0;
		await clock.advance(latencyMs + bytes / kilobytesPerSecond);
		const reply =
			++probes > most ? { type: 'declined', reason: 'busy', detail: '' } : { type: 'acknowledged' };
		return reply as ReplyTo<Asked>;
	};
	return { peer: high.peer, request };
}

describe('a probe', () => {
	it.each([
		[0, 1_000, 512],
		[300, 1_000, 512],
		[50, 100_000, 65_536],
		[50, 20, 16],
		[50, 10, 8],
		[50, 1, 1]
	])('over a line of %i ms and %i kB/s shows %i kB/s', async (latencyMs, speed, shown) => {
		await bandwidth.measure(lineOf(latencyMs, speed));
		expect(bandwidth.average(high.peer)).toBe(shown);
	});

	it('is made once', async () => {
		for (let i = 0; i < 3; i++) await bandwidth.measure(lineOf(1, 500));
		expect(probes).toBe(2);
	});

	it('leaves a line unmeasured when it is declined or breaks off', async () => {
		await bandwidth.measure(lineOf(1, 500, 1));
		await bandwidth.measure({
			peer: high.peer,
			request: () => Promise.reject(new Error('lost'))
		});
		expect(bandwidth.average(high.peer)).toBe(0);
	});

	it('is answered six times in ten minutes', async () => {
		const admitted = () => Array.from({ length: 8 }, () => bandwidth.admits(high.peer));
		expect(admitted().filter(Boolean)).toHaveLength(6);
		await clock.advance(10 * 60_000);
		expect(admitted().filter(Boolean)).toHaveLength(6);
	});
});

it('is learned from blocks that follow each other closely', async () => {
	const block = 256 * 1024;
	bandwidth.transferred(high.peer, block);
	// An hour of rest shows nothing of the line.
	await clock.advance(3_600_000);
	for (let i = 0; i < 5; i++) {
		bandwidth.transferred(high.peer, block);
		await clock.advance(500);
	}
	expect(bandwidth.average(high.peer)).toBe(512);
});

it('is stated as powers of two', () => {
	expect([0, 1, 3, 16, 31, 1e9].map(quantisedBandwidth)).toEqual([1, 1, 2, 16, 16, 65_536]);
});
