import { describe, expect, it } from 'vitest';
import { oneIn, outlook } from '../../../src/lib/ui/home/outlook.ts';

const day = 86_400_000;

describe('the outlook on Home', () => {
	it.each([
		[2.4e-8, 'about 1 in 40 million'],
		[1e-9, 'about 1 in a billion'],
		[9e-10, 'less than 1 in a billion'],
		[0, 'less than 1 in a billion'],
		[5.2e-5, 'about 1 in 20,000'],
		[3.3e-3, 'about 1 in 300'],
		[0.0105, 'about 1 in 100'],
		[0.09, 'about 1 in 10'],
		[0.3, 'about 1 in 3'],
		[1.06e-6, 'about 1 in 900,000']
	])('says %f as %s', (chance, text) => {
		expect(oneIn(chance)).toBe(text);
	});

	it('is a sentence about her files, with the reckoning behind it', () => {
		const { sentence, how } = outlook({
			chance: 2.4e-8,
			lifetimeMs: 400 * day,
			living: 8,
			ended: 1
		});
		expect(sentence).toBe(
			'If this computer’s disk died now, the chance of losing files would be about 1 in 40 million.'
		);
		expect(how[0]).toBe(
			'Your partners are taken to last 13 months on average. 1 partner has gone so far, 8 partners are there now; the longer they stay, the surer the number.'
		);
	});

	it('does not hide behind a number what is nearly certain', () => {
		const view = { chance: 1, lifetimeMs: 180 * day, living: 1, ended: 0 };
		expect(outlook(view).sentence).toContain('would probably be lost');
	});
});
