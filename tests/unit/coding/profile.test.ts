import { describe, expect, test } from 'vitest';
import { recordBytesMax } from '../../../src/lib/engine/coding/block.ts';
import { chunkBytesMax, tagBytes } from '../../../src/lib/engine/coding/limits.ts';
import { stripeOverheadBytes } from '../../../src/lib/engine/coding/payload.ts';
import {
	defaultProfile,
	geometryFor,
	geometryHolding,
	isGeometry,
	payloadBytes,
	quorum
} from '../../../src/lib/engine/coding/profile.ts';

describe('the geometry for a number of partners', () => {
	test.each([
		[1, 1, 0, 1_048_576],
		[2, 1, 1, 1_048_576],
		[3, 1, 2, 1_048_576],
		[4, 2, 2, 524_288],
		[5, 2, 3, 524_288],
		[6, 3, 3, 349_568],
		[8, 4, 4, 262_144],
		[15, 7, 8, 262_144],
		[20, 10, 10, 262_144],
		[30, 10, 20, 262_144],
		[255, 10, 245, 262_144],
		[1000, 10, 245, 262_144]
	])('%i partners: %i + %i blocks of %i bytes', (partners, m, k, blockBytes) => {
		expect(geometryFor(partners)).toEqual({ m, k, blockBytes });
	});

	test('needs a partner', () => {
		for (const none of [0, -1, 1.5, Number.NaN])
			expect(() => geometryFor(none)).toThrow(RangeError);
	});

	test('is possible, and holds the longest chunk, for every number of partners', () => {
		const needed = chunkBytesMax + tagBytes + stripeOverheadBytes(defaultProfile, 1);
		for (let partners = 1; partners <= 300; partners++) {
			const geometry = geometryFor(partners);
			expect(isGeometry(geometry)).toBe(true);
			expect(payloadBytes(geometry)).toBeGreaterThanOrEqual(needed);
		}
	});
});

test('a stripe takes the smallest block length that holds it', () => {
	const full = geometryFor(8);
	expect(geometryHolding(full, 1).blockBytes).toBe(64);
	expect(geometryHolding(full, 256).blockBytes).toBe(64);
	expect(geometryHolding(full, 257).blockBytes).toBe(128);
	expect(geometryHolding(full, payloadBytes(full)).blockBytes).toBe(full.blockBytes);
});

test.each([
	[1, 0, 1],
	[1, 1, 2],
	[1, 2, 2],
	[4, 4, 6],
	[10, 10, 15],
	[2, 3, 4]
])('the quorum of %i + %i is %i', (m, k, q) => {
	expect(quorum({ m, k })).toBe(q);
});

test('the longest record', () => {
	expect(recordBytesMax).toBe(132 + 1_048_576 + 16 + 16 * 1093);
});
