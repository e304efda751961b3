import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Chunker } from '../../../src/lib/engine/archive/chunker.ts';
import { SeededRandom } from '../../doubles/random.ts';

const MiB = 1024 * 1024;
const file = new SeededRandom('pieces').bytes(3 * MiB);
const whole = cutsOf(file, []);

test('cuts do not depend on how the file is handed over', () => {
	const splits = fc.array(fc.nat(file.length), { maxLength: 40 });
	fc.assert(
		fc.property(splits, (at) => {
			expect(cutsOf(file, at)).toEqual(whole);
		}),
		{ numRuns: 25 }
	);
	// One byte at a time around the first cuts.
	const first = whole[0] ?? 0;
	const near = Array.from({ length: 200 }, (_, i) => first - 100 + i);
	expect(cutsOf(file, near)).toEqual(whole);
});

test('after a cut that both share, two files with the same rest are cut alike', () => {
	fc.assert(
		fc.property(fc.integer({ min: 1, max: 2000 }), fc.nat(1000), (inserted, seed) => {
			const longer = new Uint8Array(file.length + inserted);
			longer.set(new SeededRandom(seed).bytes(inserted));
			longer.set(file, inserted);
			const shifted = new Set(ends(cutsOf(longer, [])).map((end) => end - inserted));
			const shared = ends(whole).findIndex((end) => shifted.has(end));
			for (const end of ends(whole).slice(shared)) expect(shifted).toContain(end);
		}),
		{ numRuns: 15 }
	);
});

/** Chunk lengths when the file is split at these places. */
function cutsOf(bytes: Uint8Array, splits: readonly number[]): number[] {
	const chunker = new Chunker();
	const lengths: number[] = [];
	let from = 0;
	for (const to of [...splits].sort((a, b) => a - b).concat(bytes.length)) {
		for (const chunk of chunker.push(bytes.subarray(from, to))) lengths.push(chunk.length);
		from = to;
	}
	const last = chunker.end();
	if (last !== undefined) lengths.push(last.length);
	return lengths;
}

function ends(lengths: readonly number[]): number[] {
	let end = 0;
	return lengths.map((length) => (end += length));
}
