import { hexToBytes } from '@noble/hashes/utils.js';
import { expect, test } from 'vitest';
import { drawSamples } from '../../../src/lib/engine/verify/proof.ts';
import type { DrawVector } from './material.ts';
import vectors from './samples.json';

test('the samples of every seed and shelf', () => {
	for (const { seed, shelf, samples } of vectors as unknown as readonly DrawVector[]) {
		const blocks = shelf.map(([number, bytes]) => ({ number, bytes }));
		const drawn = drawSamples(hexToBytes(seed), blocks);
		const found = drawn.map(({ number, sector, coefficient }) => [number, sector, coefficient]);
		expect(found).toEqual(samples);
	}
});
