import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CoderInstance } from '../../../src/lib/adapters/coder/instance.ts';
import { Kernel } from '../../../src/lib/adapters/coder/kernel.ts';
import { compileVariant } from '../../../src/lib/adapters/coder/variants.ts';
import {
	combination,
	decode,
	encode,
	generator,
	inverseMatrix
} from '../../oracle/reed-solomon.ts';
import { seededBytes } from '../../vectors/coder/payload.ts';

const modules = await Promise.all([compileVariant('simd'), compileVariant('scalar')]);
const coders = modules.flatMap((module) =>
	module === undefined ? [] : [new CoderInstance(new Kernel(module))]
);

/** Any geometry, with small and odd ones as likely as large ones. */
const geometries = fc
	.tuple(
		fc.oneof(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 255 })),
		fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 254 })),
		fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constantFrom(4095, 4096, 4097, 5000))
	)
	.filter(([m, k]) => m + k <= 255)
	.map(([m, k, blockBytes]) => ({ m, k, blockBytes }));

const seeds = fc.integer({ min: 1, max: 0xffffffff });

/** `count` of the numbers below `total`, in a drawn order. */
function choice(seed: number, total: number, count: number): number[] {
	const keys = new DataView(seededBytes(seed, 4 * total).buffer);
	const all = Array.from({ length: total }, (_, i) => i);
	return all.sort((a, b) => keys.getUint32(4 * a) - keys.getUint32(4 * b)).slice(0, count);
}

describe('the coder', () => {
	test('any m blocks bring back the payload and every block', () => {
		fc.assert(
			fc.property(geometries, seeds, (geometry, seed) => {
				const { m, k, blockBytes } = geometry;
				const payload = seededBytes(seed, m * blockBytes);
				const stripes = coders.map((coder) => coder.encode(geometry, payload));
				for (const [i, coder] of coders.entries()) {
					const stripe = stripes[i] ?? payload;
					expect(Buffer.compare(stripe, stripes[0] ?? payload)).toBe(0);
					const block = (p: number) => stripe.subarray(p * blockBytes, (p + 1) * blockBytes);
					const shares = choice(seed, m + k, m).map((p) => ({ position: p, bytes: block(p) }));
					expect(Buffer.compare(coder.decode(geometry, shares), payload)).toBe(0);
					const [position = 0] = choice(seed + 1, m + k, 1);
					const rebuilt = coder.rebuild(geometry, shares, position);
					expect(Buffer.compare(rebuilt, block(position))).toBe(0);
				}
			}),
			{ numRuns: 150 }
		);
	});

	test('its parity is the oracle’s', () => {
		fc.assert(
			fc.property(geometries, seeds, (geometry, seed) => {
				const { m, k } = geometry;
				const blockBytes = Math.min(geometry.blockBytes, 40);
				const payload = seededBytes(seed, m * blockBytes);
				const data = Array.from({ length: m }, (_, i) =>
					payload.subarray(i * blockBytes, (i + 1) * blockBytes)
				);
				const expected = Buffer.concat(encode(data, k));
				for (const coder of coders) {
					const stripe = coder.encode({ m, k, blockBytes }, payload);
					expect(Buffer.compare(stripe.subarray(m * blockBytes), expected)).toBe(0);
				}
			}),
			{ numRuns: 40 }
		);
	});
});

describe('the code', () => {
	test('every square submatrix of small generators is invertible', () => {
		for (let m = 1; m <= 6; m++) {
			for (let k = 1; k <= 6; k++) {
				const matrix = generator(m, k);
				for (const rows of subsets(k)) {
					for (const columns of subsets(m)) {
						if (rows.length !== columns.length || rows.length === 0) continue;
						const square = rows.map((r) => columns.map((c) => matrix[r]?.[c] ?? 0));
						// In replication every row is 1: one unknown, and no larger square to fail.
						expect(
							inverseMatrix(square),
							`${m} + ${k}: ${rows.join()} x ${columns.join()}`
						).toBeDefined();
					}
				}
			}
		}
	});

	test('random square submatrices of large generators are invertible', () => {
		const large = fc.constantFrom([29, 51], [100, 30], [129, 65], [64, 64], [2, 253], [192, 63]);
		fc.assert(
			fc.property(large, seeds, fc.integer({ min: 1, max: 25 }), ([m = 1, k = 1], seed, size) => {
				const count = Math.min(size, m, k);
				const matrix = cachedGenerator(m, k);
				const columns = choice(seed + 1, m, count);
				const rows = choice(seed, k, count);
				const square = rows.map((r) => columns.map((c) => matrix[r]?.[c] ?? 0));
				expect(inverseMatrix(square)).toBeDefined();
			}),
			{ numRuns: 300 }
		);
	});

	test('the oracle decodes what it encodes', () => {
		fc.assert(
			fc.property(
				fc.integer({ min: 1, max: 9 }),
				fc.integer({ min: 0, max: 9 }),
				seeds,
				(m, k, seed) => {
					const data = Array.from({ length: m }, (_, i) => seededBytes(seed + i, 7));
					const blocks = [...data, ...encode(data, k)];
					const positions = choice(seed, m + k, m);
					const found = decode(
						m,
						k,
						positions,
						positions.map((p) => blocks[p] ?? new Uint8Array())
					);
					expect(found).toEqual(data);
				}
			),
			{ numRuns: 100 }
		);
	});

	test('one parity block is the XOR, and copies are copies', () => {
		const data = Array.from({ length: 5 }, (_, i) => seededBytes(i + 1, 9));
		const xor = combination([1, 1, 1, 1, 1], data);
		expect(encode(data, 1)).toEqual([xor]);
		const [only = new Uint8Array()] = data;
		expect(encode([only], 3)).toEqual([only, only, only]);
	});
});

const generators = new Map<string, number[][]>();

function cachedGenerator(m: number, k: number): number[][] {
	const key = `${m} ${k}`;
	const found = generators.get(key) ?? generator(m, k);
	generators.set(key, found);
	return found;
}

function subsets(size: number): number[][] {
	return Array.from({ length: 1 << size }, (_, bits) =>
		Array.from({ length: size }, (_, i) => i).filter((i) => (bits >> i) & 1)
	);
}
