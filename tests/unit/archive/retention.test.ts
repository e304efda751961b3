import { describe, expect, test } from 'vitest';
import {
	defaultRetention,
	keptSnapshots,
	type RetentionRule
} from '../../../src/lib/engine/archive/retention.ts';
import type { SnapshotEntry } from '../../../src/lib/engine/archive/head.ts';
import type { SnapshotId } from '../../../src/lib/engine/identifiers.ts';

const none: RetentionRule = { last: 0, hourly: 0, daily: 0, weekly: 0, monthly: 0, yearly: 0 };

function snapshot(at: string | number, kind: SnapshotEntry['kind'] = 'complete'): SnapshotEntry {
	const time = typeof at === 'string' ? Date.parse(at) : at;
	return {
		id: `${String(time)} ${kind}` as SnapshotId,
		at: time,
		kind,
		tree: [],
		files: 0,
		bytes: 0,
		leftOut: 0
	};
}

function kept(times: readonly string[], rule: Partial<RetentionRule>): readonly string[] {
	const snapshots = times.map((at) => snapshot(at));
	const left = keptSnapshots(snapshots, { ...none, ...rule });
	return left.map(({ at }) => times[snapshots.findIndex((each) => each.at === at)] ?? '');
}

describe('the newest of each period is kept', () => {
	test.each([
		['last', { last: 2 }, ['2026-11-02T09:00Z', '2026-11-02T09:01Z', '2026-11-02T09:02Z'], [1, 2]],
		[
			'hourly',
			{ hourly: 2 },
			['2026-11-02T08:01Z', '2026-11-02T08:59Z', '2026-11-02T09:00Z', '2026-11-02T09:59Z'],
			[1, 3]
		],
		[
			'daily',
			{ daily: 2 },
			['2026-11-01T00:00Z', '2026-11-01T23:59Z', '2026-11-02T00:00Z', '2026-11-02T12:00Z'],
			[1, 3]
		],
		[
			'weekly, from Monday',
			{ weekly: 2 },
			['2026-10-26T00:00Z', '2026-11-01T23:59Z', '2026-11-02T00:00Z', '2026-11-08T23:00Z'],
			[1, 3]
		],
		[
			'monthly',
			{ monthly: 3 },
			[
				'2024-02-28T00:00Z',
				'2024-02-29T23:59Z',
				'2024-03-01T00:00Z',
				'2024-12-31T23:59Z',
				'2025-01-01T00:00Z'
			],
			[2, 3, 4]
		],
		[
			'yearly',
			{ yearly: 2 },
			['2024-12-31T23:59Z', '2025-01-01T00:00Z', '2025-12-31T23:59Z', '2026-01-01T00:00Z'],
			[2, 3]
		]
	])('%s', (_, rule, times, expected) => {
		expect(kept(times, rule)).toEqual(expected.map((i) => times[i]));
	});

	test('periods without a snapshot do not count', () => {
		const times = ['2020-01-01T00:00Z', '2023-01-01T00:00Z', '2026-01-01T00:00Z'];
		expect(kept(times, { daily: 3 })).toEqual(times);
	});
});

test('months and years are those of the calendar, on every day from 1896 to 2104', () => {
	const day = 24 * 60 * 60 * 1000;
	const first = Date.UTC(1896, 0, 1);
	const days = Array.from({ length: 76_000 }, (_, i) => first + i * day);
	const all = keptSnapshots(
		days.map((at) => snapshot(at)),
		{ ...none, last: 1, monthly: 3000 }
	);
	const lastDays = days.filter((at) => new Date(at + day).getUTCDate() === 1);
	expect(all.slice(0, lastDays.length).map(({ at }) => at)).toEqual(lastDays);
	const years = keptSnapshots(
		days.map((at) => snapshot(at)),
		{ ...none, last: 1, yearly: 3000 }
	);
	expect(
		years.slice(0, -1).every(({ at }) => new Date(at).toISOString().slice(5, 10) === '12-31')
	).toBe(true);
});

test('the newest complete snapshot is kept whatever the rule says', () => {
	expect(kept(['2026-11-01T00:00Z', '2026-11-02T00:00Z'], {})).toEqual(['2026-11-02T00:00Z']);
	expect(keptSnapshots([], defaultRetention)).toEqual([]);
});

describe('a checkpoint', () => {
	const complete = snapshot('2026-11-01T00:00Z');
	const first = snapshot('2026-11-02T00:00Z', 'checkpoint');
	const second = snapshot('2026-11-02T01:00Z', 'checkpoint');
	test('is kept while it is the newest of all', () => {
		expect(keptSnapshots([complete, first, second], defaultRetention)).toEqual([complete, second]);
	});
	test('goes when a complete snapshot follows', () => {
		const next = snapshot('2026-11-02T02:00Z');
		expect(keptSnapshots([complete, first, second, next], defaultRetention)).toEqual([
			complete,
			next
		]);
	});
	test('goes by the order of commits, not by a clock that was set back', () => {
		const next = snapshot('2026-10-01T00:00Z');
		expect(keptSnapshots([first, next], defaultRetention)).toEqual([next]);
	});
});

test('a snapshot an hour for four years leaves at most sixty, and what is kept once stays as long as its period', () => {
	const hour = 60 * 60 * 1000;
	let snapshots: readonly SnapshotEntry[] = [];
	const start = Date.UTC(2023, 0, 1);
	for (let i = 0; i < 4 * 365 * 24; i += 1) {
		snapshots = keptSnapshots([...snapshots, snapshot(start + i * hour)], defaultRetention);
		expect(snapshots.length).toBeLessThanOrEqual(60);
	}
	const newest = start + 4 * 365 * 24 * hour;
	const ages = snapshots.map(({ at }) => (newest - at) / (24 * hour));
	expect(ages.some((age) => age > 360 && age < 400)).toBe(true);
	expect(ages.some((age) => age > 700)).toBe(true);
});
