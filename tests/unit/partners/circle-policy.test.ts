/** What circles lay down: friends wait for nothing, strangers hold before they are held. */
import { expect, it } from 'vitest';
import { openCircle, policyOf } from '../../../src/lib/engine/partners/circle-policy.ts';
import { circleIdOf, newCircle } from '../../../src/lib/engine/partners/invitation.ts';
import { SeededRandom } from '../../doubles/random.ts';

it('has no commitment period among friends', () => {
	expect(policyOf(newCircle('Harbour Street', new SeededRandom('circle')).id).commitmentMs).toBe(0);
});

it('makes the commitment of the open circle longer than its grace, or hopping would pay', () => {
	const { graceMs, commitmentMs } = policyOf(openCircle.id);
	expect(commitmentMs).toBeGreaterThan(graceMs);
});

it('knows the open circle by its secret, whatever somebody calls it', () => {
	expect(policyOf(circleIdOf(openCircle.secret))).toEqual(policyOf(openCircle.id));
});
