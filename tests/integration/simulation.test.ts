/** A small population with the real signatures, where the simulator's own runs have stand-ins. */
import { expect, it } from 'vitest';
import { laptops } from '../sim/scenarios/laptops.ts';
import { simulate } from '../sim/simulation.ts';

it('loses nothing among five laptops in five days, and gives everything back from the words', async () => {
	const { outcome, violations } = await simulate({
		scenario: laptops,
		peers: 5,
		days: 5,
		seed: 'real signatures',
		restores: 2
	});
	expect(violations).toEqual([]);
	expect(outcome).toMatchObject({ restores: 2, lostSnapshots: 0, expelledHonest: 0 });
	expect(outcome.backups).toBeGreaterThan(5);
});
