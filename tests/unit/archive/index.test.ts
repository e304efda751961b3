import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { ChunkIndex } from '../../../src/lib/engine/archive/index.ts';
import { decodeContents } from '../../../src/lib/engine/coding/contents.ts';
import { defaultProfile } from '../../../src/lib/engine/coding/profile.ts';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import { MemoryRecords } from '../../doubles/records.ts';
import { chunkNamed, stripeNamed, stripeRecord } from './stripes.ts';

function indexOf(...records: readonly ReturnType<typeof stripeRecord>[]): ChunkIndex {
	const index = new ChunkIndex();
	for (const record of records) index.add(record);
	return index;
}

test('every chunk is found with all that its place says', () => {
	const record = stripeRecord(3, [1, 2, 3]);
	const index = indexOf(record);
	for (const place of decodeContents(record.contents).places) {
		expect(index.has(place.chunk)).toBe(true);
		expect(index.locate(place.chunk)).toEqual({
			stripe: record.id,
			profile: defaultProfile,
			place
		});
	}
	expect(index.has(chunkNamed(4))).toBe(false);
	expect(index.locate(chunkNamed(4))).toBeUndefined();
});

test('a stripe is described by its shape and content', () => {
	const index = indexOf(stripeRecord(3, [1, 2, 3], 77));
	expect(index.stripe(stripeNamed(3))).toMatchObject({
		id: stripeNamed(3),
		profile: defaultProfile,
		geometry: { m: 2, k: 1, blockBytes: 256 },
		storedAt: 77,
		chunks: 3,
		sealedBytes: 3 * 1016
	});
	expect(index.chunksOf(stripeNamed(3))).toEqual([1, 2, 3].map(chunkNamed));
	expect(index.stripe(stripeNamed(4))).toBeUndefined();
	expect(index.chunksOf(stripeNamed(4))).toEqual([]);
});

test('a stripe that is added again is passed over', () => {
	const index = indexOf(stripeRecord(1, [1]), stripeRecord(1, [1, 2]));
	expect(index.stripeCount).toBe(1);
	expect(index.has(chunkNamed(2))).toBe(false);
});

test('contents that are none are Malformed, and leave the index as it was', () => {
	const index = new ChunkIndex();
	const broken = { ...stripeRecord(1, [1]), contents: new Uint8Array(9) };
	expect(() => {
		index.add(broken);
	}).toThrow(Malformed);
	expect(index.stripeCount).toBe(0);
});

describe('a chunk in two stripes', () => {
	test('lies where it was stored last', () => {
		const index = indexOf(stripeRecord(1, [5], 100), stripeRecord(2, [5], 200));
		expect(index.locate(chunkNamed(5))?.stripe).toBe(stripeNamed(2));
	});

	test('lies where it was stored last even when the clock was set back between', () => {
		const index = indexOf(stripeRecord(1, [5], 200), stripeRecord(2, [5], 100));
		expect(index.locate(chunkNamed(5))?.stripe).toBe(stripeNamed(2));
	});

	test('has both places, the last one first', () => {
		const index = indexOf(
			stripeRecord(1, [5], 200),
			stripeRecord(2, [5, 6], 300),
			stripeRecord(3, [5], 100)
		);
		const places = index.locations(chunkNamed(5)).map(({ stripe }) => stripe);
		expect(places).toEqual([3, 2, 1].map(stripeNamed));
		expect(places[0]).toBe(index.locate(chunkNamed(5))?.stripe);
		index.remove(stripeNamed(3));
		expect(index.locations(chunkNamed(5)).map(({ stripe }) => stripe)).toEqual(
			[2, 1].map(stripeNamed)
		);
		expect(index.locations(chunkNamed(9))).toEqual([]);
	});

	test('is found in the other one when the first is removed', () => {
		const index = indexOf(stripeRecord(1, [5], 100), stripeRecord(2, [5], 200));
		index.remove(stripeNamed(2));
		expect(index.locate(chunkNamed(5))?.stripe).toBe(stripeNamed(1));
		index.remove(stripeNamed(1));
		expect(index.has(chunkNamed(5))).toBe(false);
		index.remove(stripeNamed(1));
		index.add(stripeRecord(1, [5], 300));
		expect(index.locate(chunkNamed(5))?.stripe).toBe(stripeNamed(1));
	});
});

test('it is built from the records, page by page, and knows what was stored last', async () => {
	const records = new MemoryRecords();
	const stored = Array.from({ length: 600 }, (_, i) => stripeRecord(i, [i, i + 1], 1000 - i));
	await records.write(stored.map((put) => ({ table: 'stripes', key: put.id, put })));
	const index = await ChunkIndex.load(records);
	expect(index.stripeCount).toBe(600);
	// Chunk 5 is in the stripes 4 and 5, of which 4 is the younger one.
	expect(index.locate(chunkNamed(5))?.stripe).toBe(stripeNamed(4));
	expect(index.has(chunkNamed(600))).toBe(true);
});

test('liveness counts each chunk once, where it is found', () => {
	const index = indexOf(stripeRecord(1, [1, 2, 3]), stripeRecord(2, [3, 4]));
	const live = index.liveness();
	expect(live.mark(chunkNamed(2))).toBe('first');
	expect(live.mark(chunkNamed(2))).toBe('again');
	expect(live.mark(chunkNamed(3))).toBe('first');
	expect(live.mark(chunkNamed(9))).toBe('unknown');
	const bytes = [...live.read()].map(({ stripe, liveBytes }) => [stripe.id, liveBytes]);
	expect(bytes).toEqual([
		[stripeNamed(1), 1016],
		[stripeNamed(2), 1016]
	]);
	expect(live.chunksOf(stripeNamed(1))).toEqual([chunkNamed(2)]);
	expect(live.chunksOf(stripeNamed(2))).toEqual([chunkNamed(3)]);
});

test('200,000 chunks take less than 150 bytes each beside their stripes, and all are found', () => {
	const collect = garbageCollector();
	collect();
	const before = process.memoryUsage().arrayBuffers;
	const index = new ChunkIndex();
	const stripes = 20_000;
	for (let i = 0; i < stripes; i++) {
		index.add(
			stripeRecord(
				i,
				Array.from({ length: 10 }, (_, j) => 10 * i + j)
			)
		);
	}
	collect();
	const perChunk = (process.memoryUsage().arrayBuffers - before) / (10 * stripes);
	expect(perChunk).toBeGreaterThan(80);
	expect(perChunk).toBeLessThan(150);
	for (let chunk = 0; chunk < 10 * stripes; chunk += 97) {
		expect(index.has(chunkNamed(chunk))).toBe(true);
	}
	for (let chunk = 0; chunk < 1000; chunk++) {
		expect(index.has(chunkNamed(10 * stripes + chunk))).toBe(false);
	}
	expect(index.locate(chunkNamed(123_456))?.stripe).toBe(stripeNamed(12_345));
});

/** Rows and slots are array buffers; so is garbage, until it is collected. */
function garbageCollector(): () => void {
	setFlagsFromString('--expose-gc');
	return runInNewContext('gc') as () => void;
}
