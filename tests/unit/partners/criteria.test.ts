import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
	bearableOf,
	bestOf,
	risksOf,
	strain,
	traitsOf,
	type Traits
} from '../../../src/lib/engine/partners/criteria.ts';
import { unknownSystem } from '../../../src/lib/engine/system.ts';

const firefox: Traits = { network: 'a1', os: 'linux', engine: 'firefox' };
const chromium: Traits = { network: 'b2', os: 'windows', engine: 'chromium' };
const anybody: fc.Arbitrary<Traits> = fc.record(
	{
		network: fc.constantFrom('n1', 'n2', 'n3'),
		os: fc.constantFrom('windows' as const, 'linux' as const, 'macos' as const),
		engine: fc.constantFrom('chromium' as const, 'firefox' as const)
	},
	{ requiredKeys: [] }
);

describe('what partners share', () => {
	it('may be shared by k of them: ten of twenty, two of four', () => {
		expect([1, 2, 4, 20].map(bearableOf)).toEqual([1, 1, 2, 10]);
	});

	it('is counted with the newcomer in it', () => {
		const group = [chromium, chromium];
		expect(strain(chromium, group, 3)).toBe(0);
		expect(strain(chromium, group, 2)).toBe(3);
		expect(strain({ ...firefox, os: 'windows' }, group, 2)).toBe(1);
	});

	it('is nothing where it is not known', () => {
		const unknown = traitsOf(new Uint8Array(0), unknownSystem);
		expect(unknown).toEqual({});
		expect(strain(unknown, [{}, {}, {}], 1)).toBe(0);
		expect(traitsOf(Uint8Array.of(192, 168, 7), { os: 'ios', engine: 'webkit' })).toEqual({
			network: 'c0a807',
			os: 'ios',
			engine: 'webkit'
		});
	});
});

describe('the choice', () => {
	const named = (...all: readonly Traits[]) => all.map((traits) => ({ traits }));

	it('takes the first that fits', () => {
		const candidates = named(chromium, firefox, { ...firefox, network: 'c3' });
		expect(bestOf(candidates, [chromium], 1)).toEqual({ candidate: candidates[1], fits: true });
	});

	it('takes the least alike when nobody fits', () => {
		const candidates = named(chromium, { ...chromium, network: 'c3' });
		expect(bestOf(candidates, [chromium], 1)).toEqual({ candidate: candidates[1], fits: false });
		expect(bestOf([], [chromium], 1)).toBeUndefined();
	});

	it('lets no trait be shared by more than k, as long as somebody fits', () => {
		fc.assert(
			fc.property(
				fc.array(anybody, { maxLength: 24 }),
				fc.integer({ min: 1, max: 6 }),
				(all, k) => {
					const group: Traits[] = [];
					let left = named(...all);
					for (;;) {
						const best = bestOf(left, group, k);
						if (best?.fits !== true) break;
						group.push(best.candidate.traits);
						left = left.filter((other) => other !== best.candidate);
					}
					for (const trait of ['network', 'os', 'engine'] as const) {
						const values = group.flatMap((traits) => traits[trait] ?? []);
						for (const value of values) {
							expect(values.filter((other) => other === value).length).toBeLessThanOrEqual(k);
						}
					}
					for (const { traits } of left) expect(strain(traits, group, k)).toBeGreaterThan(0);
				}
			)
		);
	});
});

describe('a risk', () => {
	it('is named when more share something than may be lost', () => {
		const group = [chromium, { ...chromium, network: 'c3' }, { ...chromium, os: 'macos' as const }];
		expect(risksOf(group).map(({ trait, value, sharing }) => [trait, value, sharing])).toEqual([
			['engine', 'chromium', 3]
		]);
		expect(risksOf([chromium])).toEqual([]);
		expect(risksOf([chromium, firefox])).toEqual([]);
	});

	it('is never named of a group in which everything is shared by k at most', () => {
		fc.assert(
			fc.property(fc.array(anybody, { maxLength: 20 }), (group) => {
				for (const { sharing, bearable } of risksOf(group)) {
					expect(sharing).toBeGreaterThan(bearable);
				}
			})
		);
	});
});
