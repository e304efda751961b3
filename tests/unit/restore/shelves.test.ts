import { describe, expect, it } from 'vitest';
import { nameOf, type PeerId, type StripeId } from '../../../src/lib/engine/identifiers.ts';
import {
	listShelf,
	recordedPlaces,
	ShelfMap,
	Shelves
} from '../../../src/lib/engine/restore/shelves.ts';
import type { ShelfEntry } from '../../../src/lib/engine/wire/messages.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { MemoryRecords } from '../../doubles/records.ts';
import { gone, type Manner, MemoryHolder, MemoryHolders, silent } from './holders.ts';

const peer = nameOf<PeerId>(new Uint8Array(32).fill(1));
const stripe = (id: number): StripeId => nameOf<StripeId>(new Uint8Array(16).fill(id));
const record = new Uint8Array(10);

describe('listing a shelf', () => {
	it('goes through all pages', async () => {
		const holder = new MemoryHolder(peer);
		for (let i = 0; i < 9000; i++) holder.put(stripe(i % 256), 3, () => record);
		const map = new ShelfMap();
		expect(await listShelf(holder, map, 10_000)).toEqual({ kind: 'listed', entries: 9000 });
		expect(holder.times('list-shelf')).toBe(3);
		expect(map.of(stripe(7))).toEqual([{ partner: peer, number: 8967, position: 3 }]);
	});

	it('says when the partner broke off, and keeps what came', async () => {
		const holder = new MemoryHolder(peer);
		for (let i = 0; i < 5000; i++) holder.put(stripe(1), i % 4, () => record);
		holder.manner = (request, honest) =>
			request.type === 'list-shelf' && request.from > 0
				? gone(request, honest)
				: Promise.resolve(honest());
		const map = new ShelfMap();
		expect(await listShelf(holder, map, 10_000)).toEqual({ kind: 'broken-off', entries: 4096 });
		expect(map.of(stripe(1))).toHaveLength(4);
	});

	it('is bounded, whatever a partner says to hold', async () => {
		const holder = new MemoryHolder(peer);
		holder.manner = endless((from, i) => [from + i, stripe(i % 256), i % 255, 100]);
		const map = new ShelfMap();
		expect(await listShelf(holder, map, 10_000)).toEqual({ kind: 'listed', entries: 10_000 });
		expect(holder.times('list-shelf')).toBe(3);
	});

	it.each<[string, (from: number, i: number) => ShelfEntry]>([
		['numbers that do not move on', (from) => [from, stripe(1), 0, 100]],
		['numbers before those asked for', () => [0, stripe(1), 0, 100]],
		['numbers that run backwards', (from, i) => [from + 5000 - i, stripe(1), 0, 100]],
		['numbers that are none', () => [Number.NaN, stripe(1), 0, 100]]
	])('ends on %s', async (_, entry) => {
		const holder = new MemoryHolder(peer);
		holder.manner = endless(entry);
		const listing = await listShelf(holder, new ShelfMap(), 1_000_000);
		expect(listing.entries).toBeLessThan(1000);
		expect(holder.times('list-shelf')).toBeLessThan(1000);
	});

	it('passes over impossible positions', async () => {
		const holder = new MemoryHolder(peer);
		for (const position of [-1, 255, 1.5, 254]) holder.put(stripe(1), position, () => record);
		const map = new ShelfMap();
		await listShelf(holder, map, 100);
		expect(map.of(stripe(1)).map(({ position }) => position)).toEqual([254]);
	});

	it('takes the higher number of two for one position', async () => {
		const holder = new MemoryHolder(peer);
		holder.put(stripe(1), 2, () => record);
		holder.put(stripe(1), 2, () => record);
		const map = new ShelfMap();
		await listShelf(holder, map, 100);
		expect(map.of(stripe(1))).toEqual([{ partner: peer, number: 1, position: 2 }]);
	});
});

describe('the shelves of all partners', () => {
	it('are listed as partners come, and a silent one holds nobody up', async () => {
		const holders = [1, 2, 3].map(
			(id) => new MemoryHolder(nameOf<PeerId>(new Uint8Array(32).fill(id)))
		);
		const [first, second, third] = holders;
		if (first === undefined || second === undefined || third === undefined) throw new Error();
		for (const [position, holder] of holders.entries())
			holder.put(stripe(1), position, () => record);
		second.manner = silent;
		const lines = new MemoryHolders([first, second]);
		const clock = new VirtualClock();
		const shelves = new Shelves(lines);
		shelves.start();
		const settled = shelves.settled(clock, 5000);
		await clock.advance(5000);
		await settled;
		expect(shelves.map.of(stripe(1)).map(({ position }) => position)).toEqual([0]);
		lines.change([first, second, third]);
		await clock.advance(0);
		expect(shelves.map.of(stripe(1)).map(({ position }) => position)).toEqual([0, 2]);
		expect(first.times('list-shelf')).toBe(1);
		shelves.stop();
	});
});

describe('places from the own records', () => {
	it('are those that the stripes were acknowledged at', async () => {
		const records = new MemoryRecords();
		const put = {
			id: stripe(4),
			contents: record,
			m: 1,
			k: 2,
			blockBytes: 64,
			payloadHash: record,
			holders: [undefined, { partner: peer, number: 12 }],
			storedAt: 0
		};
		await records.write([{ table: 'stripes', key: stripe(4), put }]);
		const map = await recordedPlaces(records);
		expect(map.of(stripe(4))).toEqual([{ partner: peer, number: 12, position: 1 }]);
		expect([...map.stripes()]).toEqual([stripe(4)]);
	});
});

function endless(entry: (from: number, i: number) => ShelfEntry): Manner {
	return (request, honest) => {
		if (request.type !== 'list-shelf') return Promise.resolve(honest());
		const { from, limit } = request;
		const entries = Array.from({ length: limit }, (_, i) => entry(from, i));
		return Promise.resolve({ type: 'shelf', entries, more: true });
	};
}
