import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DirectCoder } from '../../../src/lib/adapters/coder/direct.ts';
import { Kernel } from '../../../src/lib/adapters/coder/kernel.ts';
import { compileVariant, variants } from '../../../src/lib/adapters/coder/variants.ts';
import { OracleProver } from '../../oracle/proof.ts';

const key = fc.uint8Array({ minLength: 32, maxLength: 32 });
const word = fc.oneof(fc.integer({ min: 0, max: 2 ** 31 - 2 }), fc.constantFrom(0, 1, 2 ** 31 - 2));
const oracle = new OracleProver();

for (const variant of variants) {
	const module = await compileVariant(variant);
	// Node 20 does not validate relaxed SIMD; the browsers do.
	if (module === undefined) continue;
	describe(`the ${variant} build is the oracle`, () => {
		const prover = new DirectCoder(new Kernel(module));

		test('in its tags', async () => {
			const record = fc.oneof(
				fc.uint8Array({ minLength: 1, maxLength: 4000 }),
				fc.nat(4000).map((length) => new Uint8Array(length + 1).fill(255))
			);
			await fc.assert(
				fc.asyncProperty(key, key, record, async (alpha, pad, bytes) => {
					const keys = { alpha, pad };
					expect(await prover.tag(keys, bytes)).toEqual(await oracle.tag(keys, bytes));
				}),
				{ numRuns: 30 }
			);
		});

		test('in its proofs, whatever the tags', async () => {
			const sample = fc.tuple(
				fc.uint8Array({ minLength: 960, maxLength: 960 }),
				fc.uint8Array({ minLength: 16, maxLength: 16 }),
				word
			);
			await fc.assert(
				fc.asyncProperty(fc.array(sample, { maxLength: 8 }), async (drawn) => {
					const samples = {
						sectors: Uint8Array.from(drawn.flatMap(([sector]) => [...sector])),
						tags: Uint8Array.from(drawn.flatMap(([, tag]) => [...tag])),
						coefficients: drawn.map(([, , coefficient]) => coefficient)
					};
					expect(await prover.combine(samples)).toEqual(await oracle.combine(samples));
				}),
				{ numRuns: 30 }
			);
		});

		test('in what it accepts', async () => {
			const scene = fc.record({
				alpha: key,
				pad: key,
				bytes: fc.uint8Array({ minLength: 1, maxLength: 3000 }),
				coefficients: fc.array(word, { minLength: 4, maxLength: 4 }),
				flip: fc.nat(1296 * 8 - 1)
			});
			await fc.assert(
				fc.asyncProperty(scene, async ({ alpha, pad, bytes, coefficients, flip }) => {
					const count = Math.ceil(bytes.length / 960);
					const tagged = await oracle.tag({ alpha, pad }, bytes);
					const sectors = new Uint8Array(960 * count);
					sectors.set(bytes);
					const used = coefficients.slice(0, count);
					const tags = tagged.slice(bytes.length);
					const proof = await oracle.combine({ sectors, tags, coefficients: used });
					const claims = used.map((coefficient, sector) => ({ pad, sector, coefficient }));
					expect(await prover.check(alpha, claims, proof)).toBe(true);
					proof[flip >> 3] = (proof[flip >> 3] ?? 0) ^ (1 << (flip & 7));
					expect(await prover.check(alpha, claims, proof)).toBe(false);
					expect(await oracle.check(alpha, claims, proof)).toBe(false);
				}),
				{ numRuns: 30 }
			);
		});
	});
}
