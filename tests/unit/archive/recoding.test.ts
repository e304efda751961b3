import { describe, expect, it, test } from 'vitest';
import { isOutdated } from '../../../src/lib/engine/archive/recoding.ts';
import { geometryFor } from '../../../src/lib/engine/coding/profile.ts';

test.each([
	['4 to 8 partners survive twice as much', 2, 2, 8, true],
	['2 to 4', 1, 1, 4, true],
	['10 to 16', 5, 5, 16, true],
	['one partner more is not worth all the traffic', 4, 4, 9, false],
	['nor are two', 5, 5, 12, false],
	['three copies take more room than a code', 1, 2, 4, true],
	['one partner less neither', 10, 10, 19, false],
	['half of them are gone: nothing more may be lost', 4, 4, 4, true],
	['more partners than a stripe has blocks', 10, 10, 30, true],
	['the code of today', 4, 4, 8, false]
])('%s', (_, m, k, partners, outdated) => {
	expect(isOutdated({ m, k }, geometryFor(partners), partners)).toBe(outdated);
});

describe('no code is outdated', () => {
	it('by itself, whatever the number of partners', () => {
		for (let n = 1; n <= 60; n++) expect(isOutdated(geometryFor(n), geometryFor(n), n)).toBe(false);
	});
	it('for one that would be coded again at once', () => {
		for (let had = 1; had <= 40; had++) {
			for (let have = 1; have <= 40; have++) {
				const wanted = geometryFor(have);
				if (!isOutdated(geometryFor(had), wanted, have)) continue;
				expect(isOutdated(wanted, wanted, have)).toBe(false);
			}
		}
	});
});
