/** How surely a partner that lost a hundredth of a shelf is found out, against what the arithmetic promises. */
import { describe, expect, test } from 'vitest';
import { drawSamples, samplesMax } from '../../../src/lib/engine/verify/proof.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { answer, shelfAt, verdict, type Shelf } from '../../unit/verify/shelf.ts';

const blockSectors = 50;
/** Header and block fill whole sectors. */
const lengths = Array.from({ length: 200 }, () => blockSectors * 960 - 132);
const shelf = await shelfAt('anna', 'bert', lengths);
const sectors = shelf.live.length * blockSectors;
const lost = new Set([shelf.live[17]?.number, shelf.live[142]?.number]);
const lostSectors = lost.size * blockSectors;
const random = new SeededRandom('soundness');

/** That none of the lost sectors is among the samples: drawn without putting back. */
const missChance = Array.from({ length: samplesMax }, (_, i) => i).reduce(
	(chance, i) => (chance * (sectors - lostSectors - i)) / (sectors - i),
	1
);

/** Whether the samples of a seed touch what was lost. */
function touches(seed: Uint8Array): boolean {
	return drawSamples(seed, shelf.live).some(({ number }) => lost.has(number));
}

/** A partner that makes up what it lost. */
const cheating: Shelf = {
	...shelf,
	store: Object.assign(Object.create(shelf.store) as Shelf['store'], {
		read: async (...[owner, pieces]: Parameters<Shelf['store']['read']>) => {
			const read = await shelf.store.read(owner, pieces);
			return read.map((bytes, i) => (lost.has(pieces[i]?.number) ? bytes?.fill(0) : bytes));
		}
	})
};

/** How far a count of so many tries may be from what is expected: five standard deviations. */
function tolerance(tries: number): number {
	return 5 * Math.sqrt(tries * missChance * (1 - missChance));
}

describe('one sector of a hundred is lost', () => {
	test('99 of 100 challenges should find it', () => {
		expect(lostSectors / sectors).toBe(0.01);
		expect(missChance).toBeLessThan(0.01);
		expect(0.99 ** 459).toBeLessThan(0.01);
	});

	test('as many selections of samples miss it as should', () => {
		const tries = 4000;
		let missed = 0;
		for (let i = 0; i < tries; i++) if (!touches(random.bytes(32))) missed++;
		expect(Math.abs(missed - tries * missChance)).toBeLessThan(tolerance(tries));
	});

	test('the partner is found out whenever a sample is of it, and never else', async () => {
		const tries = 400;
		let missed = 0;
		for (let i = 0; i < tries; i++) {
			const seed = random.bytes(32);
			const found = (await verdict(shelf, seed, await answer(cheating, seed))) === 'wrong';
			expect(found).toBe(touches(seed));
			if (!found) missed++;
		}
		expect(missed).toBeGreaterThan(0);
		expect(missed).toBeLessThan(tries * missChance + tolerance(tries));
	});
});
