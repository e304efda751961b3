import { describe, expect, it, test } from 'vitest';
import { nameOf, type PeerId, type StripeId } from '../../../src/lib/engine/identifiers.ts';
import type { Holding } from '../../../src/lib/engine/partners/holding.ts';
import {
	dangerBlocks,
	needlessSpares,
	reliefBlocks,
	repairOrders,
	seenMargin,
	standInPositions
} from '../../../src/lib/engine/partners/replacement.ts';
import type { StripeHolder } from '../../../src/lib/engine/records.ts';

const peers = Array.from({ length: 30 }, (_, n) => nameOf<PeerId>(new Uint8Array(32).fill(n)));
const peer = (n: number): PeerId => peers[n]!;
const at = (n: number): StripeHolder => ({ partner: peer(n), number: n });
const stripe = nameOf<StripeId>(new Uint8Array(16).fill(1));
/** Position j lies with partner j. */
const coded = (m: number, k: number): Holding => ({
	stripe,
	geometry: { m, k, blockBytes: 64 },
	holders: Array.from({ length: m + k }, (_, n) => at(n))
});
const seenAllBut = (...absent: readonly number[]) => {
	const gone = new Set(absent.map(peer));
	return (partner: PeerId): boolean => !gone.has(partner);
};
const candidate = (n: number, connected = true, refusing = false) => ({
	peer: peer(n),
	connected,
	refusing
});

test.each([
	[10, 10, 14, 15],
	[4, 4, 6, 7],
	[2, 2, 2, 3],
	[2, 3, 3, 4],
	[1, 2, 1, 2]
])(
	'a stripe of %i + %i is in danger at %i seen blocks, and relieved at %i',
	(m, k, danger, relief) => {
		expect(dangerBlocks({ m, k })).toBe(danger);
		expect(reliefBlocks({ m, k })).toBe(relief);
	}
);

describe('stand-ins', () => {
	it('are never asked for where one loss is all that is survived', () => {
		expect(dangerBlocks({ m: 1, k: 1 })).toBeUndefined();
		expect(standInPositions(coded(1, 1), seenAllBut(0))).toEqual([]);
		expect(standInPositions(coded(3, 0), seenAllBut(0, 1))).toEqual([]);
	});
	it('wait until the danger is there', () => {
		expect(standInPositions(coded(10, 10), seenAllBut(1, 2, 3, 4, 5))).toEqual([]);
		expect(standInPositions(coded(10, 10), seenAllBut(1, 2, 3, 4, 5, 6))).toEqual([1]);
		expect(standInPositions(coded(10, 10), seenAllBut(1, 2, 3, 4, 5, 6, 7))).toEqual([1, 2]);
	});
	it('count, so that nobody stands in twice', () => {
		const absent = [1, 2, 3, 4, 5, 6, 7];
		const one = { ...at(20), position: 1, kind: 'temporary' as const };
		const helped = { ...coded(10, 10), spares: [one] };
		expect(standInPositions(helped, seenAllBut(...absent))).toEqual([2]);
		expect(standInPositions(helped, seenAllBut(...absent, 20))).toEqual([1, 2]);
	});
	it('are not for what nobody holds: that is owed', () => {
		const owing = { ...coded(4, 4), holders: coded(4, 4).holders.with(0, undefined) };
		expect(standInPositions(owing, seenAllBut(1))).toEqual([1]);
	});
	it('are needless when the holder is back, and not while it is away', () => {
		const spare = { ...at(20), position: 1, kind: 'temporary' as const };
		const leaving = { ...at(21), position: 2, kind: 'former' as const };
		const helped = { ...coded(2, 2), spares: [spare, leaving] };
		expect(needlessSpares(helped, seenAllBut(1))).toEqual([]);
		expect(needlessSpares(helped, seenAllBut())).toEqual([spare]);
	});
});

test('the margin counts seen blocks, once each', () => {
	expect(seenMargin(coded(4, 4), seenAllBut())).toBe(4);
	expect(seenMargin(coded(4, 4), seenAllBut(0, 7))).toBe(2);
	const owing = { ...coded(4, 4), holders: coded(4, 4).holders.with(0, undefined) };
	expect(seenMargin(owing, seenAllBut(7))).toBe(2);
});

describe('repair orders', () => {
	const owing: Holding = { ...coded(2, 3), holders: [at(0), undefined, undefined, at(3), at(4)] };

	it('send the blocks of a stripe to connected partners that hold none of it and refuse none', () => {
		const candidates = [candidate(0), candidate(5, false), candidate(6, true, true), candidate(7)];
		expect(repairOrders([{ holding: owing, standIns: [] }], candidates, 9)).toEqual([
			{ holding: owing, blocks: [{ position: 1, partner: peer(7), as: 'holder' }] }
		]);
	});
	it('fill what is owed before they double what is only unseen', () => {
		const candidates = [candidate(7), candidate(8), candidate(9)];
		const [order] = repairOrders([{ holding: owing, standIns: [4] }], candidates, 9);
		expect(order?.blocks).toEqual([
			{ position: 1, partner: peer(7), as: 'holder' },
			{ position: 2, partner: peer(8), as: 'holder' },
			{ position: 4, partner: peer(9), as: 'temporary' }
		]);
	});
	it('ask nobody that has another copy of the stripe', () => {
		const spares = [{ ...at(7), position: 4, kind: 'temporary' as const }];
		const orders = repairOrders(
			[{ holding: { ...owing, spares }, standIns: [] }],
			[candidate(7)],
			9
		);
		expect(orders).toEqual([]);
	});
	it('stop at the limit', () => {
		const all = [candidate(7), candidate(8)];
		const stripes = [owing, owing].map((holding) => ({ holding, standIns: [] }));
		const orders = repairOrders(stripes, all, 3);
		expect(orders.map(({ blocks }) => blocks.length)).toEqual([2, 1]);
	});
});
