import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StorageFull } from '../../src/lib/engine/failures.ts';
import { nameOf, type CircleId } from '../../src/lib/engine/identifiers.ts';
import type { RecordChange, Records } from '../../src/lib/engine/ports.ts';
import type { EventRecord } from '../../src/lib/engine/records.ts';

/** Records under test, over something that outlives them. */
export interface RecordsHarness {
	readonly records: Records;
	/** Closes these records and opens what they left. */
	reopen(): Promise<RecordsHarness>;
	/** The next write finds no room, where that can be brought about. */
	readonly fill?: () => void;
	end(): Promise<void>;
}

/** What every adapter of Records does. */
export function recordsContract(name: string, open: () => Promise<RecordsHarness>): void {
	describe(`records: ${name}`, () => {
		let harness: RecordsHarness;
		beforeEach(async () => {
			harness = await open();
		});
		afterEach(async () => {
			await harness.end();
		});

		test('gives back what was put, and nothing for other keys and tables', async () => {
			await harness.records.write([put('a', 1)]);
			expect(await harness.records.get('events', 'a')).toEqual(event(1));
			expect(await harness.records.get('events', 'b')).toBeUndefined();
			expect(await harness.records.get('heads', 'a')).toBeUndefined();
		});

		test('puts replace, removals remove, the later change of a key wins', async () => {
			await harness.records.write([put('a', 1), put('b', 1), put('c', 1)]);
			await harness.records.write([
				put('a', 2),
				remove('b'),
				remove('c'),
				put('c', 3),
				remove('x')
			]);
			expect(await harness.records.scan('events')).toEqual([
				['a', event(2)],
				['c', event(3)]
			]);
		});

		test('keeps bytes, nested values and missing fields as they were', async () => {
			const id = nameOf<CircleId>(new Uint8Array(32).fill(7));
			const secret = Uint8Array.of(0, 255, 1).subarray(1);
			const circle = { id, name: 'Büro 東京', secret, joinedAt: 5 };
			await harness.records.write([{ table: 'circles', key: id, put: circle }]);
			const found = await harness.records.get('circles', id);
			expect(found).toEqual({ ...circle, secret: Uint8Array.of(255, 1) });
			expect(found?.secret).toBeInstanceOf(Uint8Array);
		});

		test('is not touched by later changes to what was put or given', async () => {
			const detail = { count: 1 };
			await harness.records.write([
				{ table: 'events', key: 'a', put: { at: 1, kind: 'x', detail } }
			]);
			detail.count = 2;
			expect((await harness.records.get('events', 'a'))?.detail).toEqual({ count: 1 });
		});

		test('scans in the order of UTF-16 code units', async () => {
			// U+1F600 is a pair of surrogates, which come before U+FF00 by code units and after it by code points.
			const keys = ['z', 'a', 'B', 'aa', '', '\u{1F600}', '\uFF00', 'ä', '10', '9'];
			await harness.records.write(keys.map((key) => put(key, 1)));
			const found = await harness.records.scan('events');
			expect(found.map(([key]) => key)).toEqual(keys.toSorted());
		});

		test('scans half-open ranges up to a limit', async () => {
			await harness.records.write(['a', 'b', 'c', 'd'].map((key) => put(key, 1)));
			const keys = async (range: {
				from?: string;
				to?: string;
				limit?: number;
			}): Promise<string> => {
				return (await harness.records.scan('events', range)).map(([key]) => key).join('');
			};
			expect(await keys({ from: 'b' })).toBe('bcd');
			expect(await keys({ to: 'c' })).toBe('ab');
			expect(await keys({ from: 'b', to: 'd' })).toBe('bc');
			expect(await keys({ from: 'b', limit: 2 })).toBe('bc');
			expect(await keys({ limit: 0 })).toBe('');
			expect(await keys({ limit: Infinity })).toBe('abcd');
			expect(await keys({ from: 'c', to: 'c' })).toBe('');
			expect(await keys({ from: 'd', to: 'a' })).toBe('');
		});

		test('finds everything after it was closed and opened again', async () => {
			await harness.records.write([put('a', 1), put('b', 2)]);
			await harness.records.write([remove('a')]);
			harness = await harness.reopen();
			expect(await harness.records.scan('events')).toEqual([['b', event(2)]]);
		});

		test('writes changes of several tables together', async () => {
			const head = { head: Uint8Array.of(1), acknowledgedBy: [], committedAt: 1 };
			await harness.records.write([put('a', 1), { table: 'heads', key: 'newest', put: head }]);
			expect(await harness.records.get('heads', 'newest')).toEqual(head);
			expect(await harness.records.get('events', 'a')).toEqual(event(1));
		});

		test('writes none of the changes when one of them cannot be stored', async () => {
			const unclonable = { at: 1, kind: 'x', detail: { f: () => 1 } as never };
			const changes = [
				put('a', 1),
				{ table: 'events', key: 'b', put: unclonable } as const,
				put('c', 1)
			];
			await expect(harness.records.write(changes)).rejects.toThrow();
			expect(await harness.records.scan('events')).toEqual([]);
			await harness.records.write([put('d', 1)]);
			expect(await harness.records.get('events', 'd')).toEqual(event(1));
		});

		test('takes no changes at all', async () => {
			await expect(harness.records.write([])).resolves.toBeUndefined();
		});

		test('declines a write that finds no room, and stores none of it', async ({ skip }) => {
			if (harness.fill === undefined) return skip('no way to fill this disk');
			harness.fill();
			await expect(harness.records.write([put('a', 1), put('b', 1)])).rejects.toThrow(StorageFull);
			expect(await harness.records.scan('events')).toEqual([]);
			await harness.records.write([put('a', 1)]);
			expect(await harness.records.get('events', 'a')).toEqual(event(1));
		});
	});
}

function event(at: number): EventRecord {
	return { at, kind: 'test', detail: { at } };
}

function put(key: string, at: number): RecordChange {
	return { table: 'events', key, put: event(at) };
}

function remove(key: string): RecordChange {
	return { table: 'events', key, remove: true };
}
