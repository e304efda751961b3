import { describe, expect, it } from 'vitest';
import { bandPath, filled, spans } from '../../../src/lib/ui/ring/geometry.ts';
import { ringSentence, segmentsOf } from '../../../src/lib/ui/ring/segments.ts';
import { partner, states } from '../../ui/states.ts';

describe('the ring', () => {
	it('divides the circle without overlap', () => {
		for (const amount of [2, 3, 8, 20, 60]) {
			const places = spans(amount);
			expect(places).toHaveLength(amount);
			for (const [index, { from, to }] of places.entries()) {
				expect(to).toBeGreaterThan(from);
				expect(from).toBeGreaterThan(index === 0 ? 0 : (places[index - 1]?.to ?? 1));
			}
			expect(places.at(-1)?.to).toBeLessThan(1);
		}
	});

	it('draws a single partner as a closed ring', () => {
		const [whole] = spans(1);
		expect(whole).toEqual({ from: 0, to: 1 });
		expect(bandPath({ from: 0, to: 1 }).match(/A/g)).toHaveLength(4);
	});

	it('fills a span by its share', () => {
		expect(filled({ from: 0.25, to: 0.5 }, 0.5)).toEqual({ from: 0.25, to: 0.375 });
		expect(filled({ from: 0.25, to: 0.5 }, 7)).toEqual({ from: 0.25, to: 0.5 });
	});

	it('leaves out who said no or has ended', () => {
		const segments = segmentsOf([
			partner(0, { standing: 'refused' }),
			partner(1, { standing: 'ended' }),
			partner(2)
		]);
		expect(segments.map(({ look }) => look)).toEqual(['held']);
	});

	it('shows who is filled, asked and away, each in words too', () => {
		const segments = segmentsOf([
			partner(0, { owedBlocks: 23_412 }),
			partner(1, { standing: 'asked' }),
			partner(2, { standing: 'away' }),
			partner(3)
		]);
		expect(segments.map(({ look }) => look)).toEqual(['receiving', 'asked', 'away', 'held']);
		expect(segments.map(({ sentence }) => sentence)).toEqual([
			'blue-heron is being filled: 50 % of its part',
			'quiet-otter is being asked',
			'amber-finch is away and holds 6.1 GB',
			'tall-birch holds 6.1 GB'
		]);
	});

	it('has a sentence that says the same as the picture', () => {
		expect(ringSentence(segmentsOf(states.away.partners), 2)).toBe(
			'8 partners: 6 hold their part, 2 are away. Any 2 of them may vanish without losing anything.'
		);
		expect(ringSentence([], 0)).toBe('No partners yet.');
	});
});
