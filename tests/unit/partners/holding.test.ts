import { describe, expect, it } from 'vitest';
import { nameOf, type PeerId, type StripeId } from '../../../src/lib/engine/identifiers.ts';
import {
	partnersOf,
	withFormer,
	withHolder,
	withSpare,
	withoutPartner,
	withoutSpare,
	type Holding
} from '../../../src/lib/engine/partners/holding.ts';
import { Holdings } from '../../../src/lib/engine/partners/holdings.ts';
import type { StripeHolder } from '../../../src/lib/engine/records.ts';
import { MemoryRecords } from '../../doubles/records.ts';

const [anna, bert, carl, dora] = [1, 2, 3, 4].map((n) =>
	nameOf<PeerId>(new Uint8Array(32).fill(n))
) as [PeerId, PeerId, PeerId, PeerId];
const at = (partner: PeerId, number: number): StripeHolder => ({ partner, number });
const stripe = nameOf<StripeId>(new Uint8Array(16).fill(1));
const whole: Holding = {
	stripe,
	geometry: { m: 1, k: 2, blockBytes: 64 },
	holders: [at(anna, 1), at(bert, 2), at(carl, 3)]
};
const standIn = { ...at(dora, 9), position: 1, kind: 'temporary' } as const;

describe('a stand-in', () => {
	const doubled = withSpare(whole, standIn);

	it('is a partner of the stripe beside the absent holder', () => {
		expect(partnersOf(doubled)).toEqual(new Set([anna, bert, carl, dora]));
		expect(doubled.holders).toEqual(whole.holders);
	});
	it('takes the place over, without traffic, when the absent holder is given up', () => {
		const given = withoutPartner(doubled, bert);
		expect(given).toEqual({ ...whole, holders: [at(anna, 1), at(dora, 9), at(carl, 3)] });
	});
	it('takes the place over when the absent holder lost the block', () => {
		expect(withHolder(doubled, 1, undefined).holders[1]).toEqual(at(dora, 9));
	});
	it('is forgotten when it went itself', () => {
		expect(withoutPartner(doubled, dora)).toEqual(whole);
		expect(withoutSpare(doubled, at(dora, 9))).toEqual(whole);
		expect(withoutSpare(doubled, at(dora, 8))).toEqual(doubled);
	});
});

describe('a partner that leaves', () => {
	const left = withFormer(whole, bert);

	it('is no longer counted on, and its block can still be read', () => {
		expect(left.holders).toEqual([at(anna, 1), undefined, at(carl, 3)]);
		expect(left.spares).toEqual([{ ...at(bert, 2), position: 1, kind: 'former' }]);
	});
	it('is needed no more once a successor holds the block', () => {
		expect(withHolder(left, 1, at(dora, 4))).toEqual({
			...whole,
			holders: [at(anna, 1), at(dora, 4), at(carl, 3)]
		});
	});
	it('is given up with what it held when it is gone for good', () => {
		expect(withoutPartner(left, bert)).toEqual({ ...whole, holders: left.holders });
	});
	it('leaves nothing owed where somebody stood in for it', () => {
		const given = withFormer(withSpare(whole, standIn), bert);
		expect(given).toEqual({ ...whole, holders: [at(anna, 1), at(dora, 9), at(carl, 3)] });
	});
	it('that only stood in stays readable', () => {
		expect(withFormer(withSpare(whole, standIn), dora).spares).toEqual([
			{ ...standIn, kind: 'former' }
		]);
	});
});

it('copies survive a restart, are read from, counted at their partners, and gone when forgotten', async () => {
	const records = new MemoryRecords();
	const { geometry, holders } = whole;
	await records.write([
		{
			table: 'stripes',
			key: stripe,
			put: {
				id: stripe,
				contents: new Uint8Array(1),
				...geometry,
				payloadHash: new Uint8Array(32),
				holders,
				storedAt: 0
			}
		}
	]);
	const holdings = await Holdings.open(records);
	await holdings.addSpare(stripe, standIn);
	const again = await Holdings.open(records);
	expect(again.of(stripe)).toContainEqual({ partner: dora, number: 9, position: 1 });
	expect(again.shelf(dora).map(({ number }) => number)).toEqual([9]);
	expect(again.counts().get(dora)?.blocks).toBe(1);
	expect(again.protection()).toEqual({ survivable: 2, full: true, stored: true });
	await again.forgetSpares([{ ...standIn, stripe }]);
	expect(again.spared()).toEqual([]);
	expect((await Holdings.open(records)).counts().has(dora)).toBe(false);
});

it('names each set of partners once, however many stripes lie there', async () => {
	const holdings = await Holdings.open(new MemoryRecords());
	const named = (n: number): StripeId => nameOf<StripeId>(new Uint8Array(16).fill(n));
	for (const n of [1, 2, 3]) holdings.add(named(n), whole.geometry, whole.holders);
	holdings.add(named(4), whole.geometry, whole.holders.with(0, undefined));
	expect(holdings.spreads().map(({ stripes, positions }) => [stripes.size, positions])).toEqual([
		[3, [[anna], [bert], [carl]]],
		[1, [[bert], [carl]]]
	]);
	for (const n of [1, 2, 3]) holdings.forget(named(n));
	expect(holdings.spreads()).toHaveLength(1);
});
