import { describe, expect, it } from 'vitest';
import { nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import {
	type Conduct,
	ConductLedger,
	expectedMs,
	hasRoom,
	patienceMs,
	rankPlaces
} from '../../../src/lib/engine/restore/conduct.ts';

const clean: Conduct = { open: 0, openBytes: 0, failures: 0, delivered: 0, rotten: 0 };
const fast: Conduct = { ...clean, bytesPerSecond: 10_000_000 };
const slow: Conduct = { ...clean, bytesPerSecond: 100_000 };
const geometry = { m: 2, blockBytes: 250_000 };

describe('whom to ask next', () => {
	it('is whoever is expected to deliver first', () => {
		expect(order([slow, clean, fast])).toEqual([2, 1, 0]);
	});

	it('prefers data blocks among equals, and the lower position', () => {
		expect(order([fast, fast, fast, fast])).toEqual([0, 1, 2, 3]);
		expect(order([slow, slow, { ...slow, bytesPerSecond: 105_000 }])).toEqual([0, 1, 2]);
	});

	it('takes a parity block that is clearly faster', () => {
		expect(order([slow, slow, fast])).toEqual([2, 0, 1]);
	});

	it('counts what a partner still owes', () => {
		expect(order([{ ...fast, open: 4, openBytes: 1_000_000 }, fast])).toEqual([1, 0]);
	});

	it('asks those that failed or returned rot after the others', () => {
		expect(order([{ ...fast, rotten: 1 }, { ...fast, failures: 1 }, fast])).toEqual([2, 1, 0]);
	});

	it('asks again only when nobody else is left', () => {
		expect(order([fast, slow], [1, 0])).toEqual([1, 0]);
	});

	it('does not depend on the order of the places', () => {
		const places = [slow, fast, clean, { ...fast, rotten: 2 }, fast].map(placed);
		const ranked = rankPlaces(places, geometry);
		expect(rankPlaces([...places].reverse(), geometry)).toEqual(ranked);
	});
});

describe('room for one more request', () => {
	it('is there for two blocks always, and for twelve at a partner that delivers them soon', () => {
		expect(hasRoom({ ...slow, open: 1, openBytes: 1_000_000 })).toBe(true);
		expect(hasRoom({ ...slow, open: 2, openBytes: 500_000 })).toBe(false);
		expect(hasRoom({ ...fast, open: 11, openBytes: 2_750_000 })).toBe(true);
		expect(hasRoom({ ...fast, open: 12, openBytes: 3_000_000 })).toBe(false);
	});
});

describe('patience', () => {
	it('is a multiple of the expected time, within bounds', () => {
		expect(expectedMs(slow, 100_000)).toBe(1000);
		expect(patienceMs(slow, 100_000)).toBe(4000);
		expect(patienceMs(fast, 1000)).toBe(1500);
		expect(patienceMs(slow, 10_000_000)).toBe(10_000);
	});
});

describe('the ledger', () => {
	const partner = nameOf<PeerId>(new Uint8Array(32).fill(1));

	it('measures speed, and counts what is open', () => {
		const ledger = new ConductLedger();
		for (let i = 0; i < 12; i++) ledger.began(partner, 1000);
		expect(ledger.of(partner)).toMatchObject({ open: 12, openBytes: 12_000 });
		expect(hasRoom(ledger.of(partner))).toBe(false);
		for (let i = 0; i < 12; i++)
			ledger.ended(partner, 1000, { kind: 'good', bytes: 1000, ms: 100 });
		expect(ledger.of(partner)).toMatchObject({ open: 0, openBytes: 0 });
		expect(ledger.of(partner).bytesPerSecond).toBeGreaterThan(10_000);
	});

	it('forgives failures after a good block, and never forgets rot', () => {
		const ledger = new ConductLedger();
		for (const kind of ['failed', 'rotten'] as const) {
			ledger.began(partner, 1);
			ledger.ended(partner, 1, { kind });
		}
		expect(ledger.of(partner)).toMatchObject({ failures: 2, rotten: 1 });
		ledger.began(partner, 1);
		ledger.ended(partner, 1, { kind: 'good', bytes: 1, ms: 0 });
		expect(ledger.of(partner)).toMatchObject({ failures: 0, rotten: 1 });
		expect([...ledger.rotten()]).toEqual([[partner, 1]]);
	});
});

/** Positions in the order in which they are asked for. */
function order(conducts: readonly Conduct[], attempts: readonly number[] = []): readonly number[] {
	const places = conducts.map((conduct, position) => ({
		...placed(conduct, position),
		attempts: attempts[position] ?? 0
	}));
	return rankPlaces(places, geometry).map(({ place }) => place.position);
}

function placed(conduct: Conduct, position: number): Parameters<typeof rankPlaces>[0][number] {
	const partner = nameOf<PeerId>(new Uint8Array(32).fill(position));
	return { place: { partner, number: 0, position }, conduct, attempts: 0 };
}
