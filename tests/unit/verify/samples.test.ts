import { describe, expect, test } from 'vitest';
import { drawSamples, samplesMax, type ShelfBlock } from '../../../src/lib/engine/verify/proof.ts';
import { sectorsOf } from '../../../src/lib/engine/verify/samples.ts';
import { SeededRandom } from '../../doubles/random.ts';

const random = new SeededRandom('samples');
const seed = random.bytes(32);

/** Blocks of so many sectors each, under numbers with gaps. */
function shelfOf(...sectors: readonly number[]): readonly ShelfBlock[] {
	return sectors.map((count, i) => ({ number: 3 * i + 2, bytes: 976 * count }));
}

test('a record has a sector for each 976 bytes that it takes with its tags', () => {
	expect([976, 977, 1952, 266_676].map(sectorsOf)).toEqual([1, 2, 2, 274]);
});

test('owner and partner draw the same, another seed something else', () => {
	const shelf = shelfOf(...Array.from({ length: 50 }, () => 274));
	const samples = drawSamples(seed, shelf);
	expect(samples).toHaveLength(samplesMax);
	expect(drawSamples(seed.slice(), shelf)).toEqual(samples);
	expect(drawSamples(random.bytes(32), shelf)).not.toEqual(samples);
});

test.each([[[1]], [[460]], [[461]], [[100, 1, 700]], [[1, 0, 274, 1093, 3]], [[]]])(
	'over blocks of %j sectors: different ones, within their blocks, in the order of the shelf',
	(sectors) => {
		const shelf = shelfOf(...sectors);
		const all = sectors.reduce((sum, count) => sum + count, 0);
		const samples = drawSamples(seed, shelf);
		expect(samples).toHaveLength(Math.min(all, samplesMax));
		const places = samples.map(({ number, sector }) => number * 10_000 + sector);
		expect(new Set(places).size).toBe(places.length);
		expect(places).toEqual(places.toSorted((a, b) => a - b));
		for (const { number, bytes, sector } of samples) {
			const block = shelf.find((one) => one.number === number);
			expect(bytes).toBe(block?.bytes);
			expect(sector).toBeLessThan(sectorsOf(bytes));
		}
	}
);

test('coefficients are numbers of the field, and none is zero', () => {
	const shelf = shelfOf(5000);
	const drawn = Array.from({ length: 40 }, () => drawSamples(random.bytes(32), shelf)).flat();
	const coefficients = drawn.map(({ coefficient }) => coefficient);
	expect(Math.min(...coefficients)).toBeGreaterThan(0);
	expect(Math.max(...coefficients)).toBeLessThan(2 ** 31 - 1);
	const mean = coefficients.reduce((sum, one) => sum + one, 0) / coefficients.length;
	expect(Math.abs(mean / 2 ** 30 - 1)).toBeLessThan(0.03);
});

describe('every sector is as likely as every other', () => {
	test('over many seeds, first and last ones too', () => {
		const shelf = shelfOf(300, 400, 300);
		const seeds = 2000;
		const counts = Array.from({ length: 1000 }, () => 0);
		for (let i = 0; i < seeds; i++) {
			for (const { number, sector } of drawSamples(random.bytes(32), shelf)) {
				const place = sector + (number === 2 ? 0 : number === 5 ? 300 : 700);
				counts[place] = (counts[place] ?? 0) + 1;
			}
		}
		// 2,000 draws with p = 0.46: a standard deviation is 22, and none of 1,000 should be 5 of them away.
		expect(Math.min(...counts)).toBeGreaterThan(920 - 5 * 22.3);
		expect(Math.max(...counts)).toBeLessThan(920 + 5 * 22.3);
	});
});

test('a seed of another length is refused', () => {
	expect(() => drawSamples(seed.subarray(1), shelfOf(1))).toThrow(RangeError);
});
