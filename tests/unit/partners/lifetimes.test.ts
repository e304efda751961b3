import { describe, expect, it } from 'vitest';
import { nameOf, type AgreementId, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import { encodeAgreement } from '../../../src/lib/engine/partners/agreement.ts';
import { usualLifetimeMs } from '../../../src/lib/engine/partners/durability.ts';
import {
	expectedLifetimeMs,
	Lifetimes,
	lifetimesMax
} from '../../../src/lib/engine/partners/lifetimes.ts';
import type { AgreementRecord } from '../../../src/lib/engine/records.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { MemoryRecords } from '../../doubles/records.ts';
import { agreement, high } from './people.ts';

const dayMs = 24 * 60 * 60_000;

describe('the estimate', () => {
	it('begins with what is assumed', () => {
		expect(expectedLifetimeMs([])).toBe(usualLifetimeMs);
	});
	it('grows with every day that partners stay, and falls with each that goes', () => {
		const stays = { ms: 400 * dayMs, died: false };
		const goes = { ms: 30 * dayMs, died: true };
		expect(expectedLifetimeMs([stays])).toBe(((360 + 400) * dayMs) / 2);
		expect(expectedLifetimeMs([goes])).toBe(((360 + 30) * dayMs) / 3);
	});
	it('comes to what it sees: 20 partners that last 90 days each', () => {
		const lives = Array.from({ length: 20 }, () => ({ ms: 90 * dayMs, died: true }));
		expect(expectedLifetimeMs(lives) / dayMs).toBeCloseTo(98, 0);
	});
	it('is not moved by a clock that was set back', () => {
		expect(expectedLifetimeMs([{ ms: -5 * dayMs, died: false }])).toBe(usualLifetimeMs);
	});
});

function record(n: number, change: Partial<AgreementRecord> = {}): AgreementRecord {
	const id = nameOf<AgreementId>(new Uint8Array(new Uint32Array([n, 0, 0, 0]).buffer));
	return {
		id,
		partner: high.peer,
		state: 'ended',
		document: encodeAgreement(agreement({ id, createdAt: 0, expiresAt: 1 })),
		slot: 0,
		mySignature: new Uint8Array(64),
		lastSeenAt: 100 * dayMs,
		...change
	};
}

describe('lifetimes', () => {
	it('remember who went, over a restart, and count nobody twice', async () => {
		const records = new MemoryRecords();
		const clock = new VirtualClock();
		const lifetimes = await Lifetimes.open(records, clock, []);
		await lifetimes.ended(record(1));
		await lifetimes.ended(record(1));
		const after = { lifetimeMs: (460 / 3) * dayMs, living: 0, ended: 1 };
		expect(lifetimes.summary([])).toEqual(after);
		expect((await Lifetimes.open(records, clock, [record(1)])).summary([])).toEqual(after);
	});
	it('learn after a crash of an end that was not written down', async () => {
		const lifetimes = await Lifetimes.open(new MemoryRecords(), new VirtualClock(), [record(1)]);
		expect(lifetimes.summary([]).ended).toBe(1);
	});
	it('count the days, not the end, of what the person ended by hand', async () => {
		const lifetimes = await Lifetimes.open(new MemoryRecords(), new VirtualClock(), []);
		await lifetimes.ended(record(1, { refusedUntil: 5 }));
		expect(lifetimes.summary([])).toMatchObject({ lifetimeMs: 230 * dayMs, ended: 0 });
	});
	it('pass over offers, and agreements whose document is not back', async () => {
		const lifetimes = await Lifetimes.open(new MemoryRecords(), new VirtualClock(), [
			record(1, { state: 'proposed' }),
			record(2, { document: new Uint8Array(0) })
		]);
		expect(lifetimes.summary([])).toEqual({ lifetimeMs: usualLifetimeMs, living: 0, ended: 0 });
	});
	it('count those that are there until they were last seen', async () => {
		const lifetimes = await Lifetimes.open(new MemoryRecords(), new VirtualClock(), []);
		expect(lifetimes.summary([record(1, { state: 'active' })])).toEqual({
			lifetimeMs: 230 * dayMs,
			living: 1,
			ended: 0
		});
	});
	it('forget the oldest beyond their bound', async () => {
		const records = new MemoryRecords();
		const lifetimes = await Lifetimes.open(records, new VirtualClock(), []);
		for (let n = 0; n < lifetimesMax + 3; n++) {
			await lifetimes.ended(
				record(n, { partner: nameOf<PeerId>(new Uint8Array(32)), lastSeenAt: n })
			);
		}
		const kept = await records.scan('lifetimes');
		expect(kept).toHaveLength(lifetimesMax);
		expect(Math.min(...kept.map(([, { until }]) => until))).toBe(3);
	});
});
