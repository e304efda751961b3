import { describe, expect, test } from 'vitest';
import { DirectCoder } from '../../../src/lib/adapters/coder/direct.ts';
import { Kernel } from '../../../src/lib/adapters/coder/kernel.ts';
import {
	compileFastest,
	compileVariant,
	variants
} from '../../../src/lib/adapters/coder/variants.ts';
import { coderVectors } from '../../vectors/coder/suite.ts';
import { proofVectors } from '../../vectors/proof/suite.ts';

const modules = await Promise.all(variants.map(compileVariant));

for (const [i, variant] of variants.entries()) {
	const module = modules[i];
	// Node 20 does not validate relaxed SIMD; the browsers do.
	describe.skipIf(module === undefined)(`the ${variant} build`, () => {
		if (module === undefined) return;
		const kernel = new Kernel(module);
		coderVectors(() => Promise.resolve(new DirectCoder(kernel)));
		proofVectors(() => Promise.resolve(new DirectCoder(kernel)));

		test('is the build that its file says', () => {
			expect(kernel.variant).toBe(variant);
		});
	});
}

test('the fastest variant that validates is chosen', async () => {
	const fastest = variants[modules.findIndex((module) => module !== undefined)];
	expect(new Kernel(await compileFastest()).variant).toBe(fastest);
});
