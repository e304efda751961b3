import { describe, expect, it } from 'vitest';
import { nameOf, type PeerId, type StripeId } from '../../../src/lib/engine/identifiers.ts';
import { Holdings, type Holding } from '../../../src/lib/engine/partners/holdings.ts';
import { droppedRanges } from '../../../src/lib/engine/partners/meeting.ts';
import { assignPositions, usablePartners } from '../../../src/lib/engine/partners/placement.ts';
import {
	reconcile,
	type ShelfEntry,
	type ShelfSituation
} from '../../../src/lib/engine/partners/reconciliation.ts';
import { ShelfNumbers } from '../../../src/lib/engine/partners/shelf-numbers.ts';
import type { StripeHolder, StripeRecord } from '../../../src/lib/engine/records.ts';
import { MemoryRecords, RecordDisk } from '../../doubles/records.ts';
import { SeededRandom } from '../../doubles/random.ts';

const [anna, bert, carl, dora] = [1, 2, 3, 4].map((n) =>
	nameOf<PeerId>(new Uint8Array(32).fill(n))
) as [PeerId, PeerId, PeerId, PeerId];
const stripe = (n: number): StripeId => nameOf<StripeId>(new Uint8Array(16).fill(n));
const geometry = { m: 1, k: 1, blockBytes: 1024 };
const candidate = (peer: PeerId, connected = true, refusing = false) => ({
	peer,
	connected,
	refusing
});
const at = (partner: PeerId, number: number): StripeHolder => ({ partner, number });

describe('placement', () => {
	it('gives each position a partner of its own, connected ones first, in a stable order', () => {
		const candidates = [
			candidate(anna, false),
			candidate(bert),
			candidate(carl),
			candidate(dora, true, true)
		];
		expect(usablePartners(candidates)).toEqual([anna, bert, carl]);
		expect(assignPositions(candidates, 2)).toEqual([bert, carl]);
		expect(assignPositions(candidates, 4)).toEqual([anna, bert, carl, undefined]);
	});
});

describe('comparing a shelf with our account of it', () => {
	const holding = (holders: Holding['holders']): Holding => ({
		stripe: stripe(1),
		geometry,
		holders
	});
	const compare = (
		entries: readonly ShelfEntry[],
		holdings: readonly Holding[],
		change: Partial<ShelfSituation> = {}
	) =>
		reconcile({
			partner: anna,
			entries,
			holdings,
			holding: (id) => holdings.find((each) => each.stripe === id),
			inFlight: new Set(),
			expected: new Set([1, 2, 3]),
			...change
		});
	const entry = (number: number, position = 0, id = stripe(1)): ShelfEntry => ({
		number,
		stripe: id,
		position
	});
	const nothing = { adopted: [], lost: [], lostSpares: [], surplus: [], unknown: [] };

	it('finds nothing to do where both agree', () => {
		expect(compare([entry(1)], [holding([at(anna, 1), at(bert, 1)])])).toEqual(nothing);
	});
	it('adopts what a lost answer left', () => {
		expect(compare([entry(1)], [holding([undefined, undefined])])).toEqual({
			...nothing,
			adopted: [entry(1)]
		});
	});
	it('notices what is lost', () => {
		expect(compare([], [holding([at(anna, 1), undefined])])).toEqual({
			...nothing,
			lost: [{ stripe: stripe(1), position: 0 }]
		});
	});
	it('does not miss what was stored while it was listed', () => {
		expect(compare([], [holding([at(anna, 9), undefined])])).toEqual(nothing);
	});
	it.each([
		['another holds this position', [entry(1)], [at(bert, 1), undefined]],
		['it holds another position', [entry(1, 1), entry(2)], [at(anna, 2), undefined]],
		['it is there under a newer number', [entry(1), entry(2)], [at(anna, 2), undefined]],
		['there is no such position', [entry(1, 7)], [undefined, undefined]]
	])('has no use for a block when %s', (_, entries, holders) => {
		expect(compare(entries, [holding(holders)])).toEqual({ ...nothing, surplus: [1] });
	});
	it('adopts one of two blocks of one position', () => {
		expect(compare([entry(1), entry(2)], [holding([undefined, undefined])])).toEqual({
			...nothing,
			adopted: [entry(1)],
			surplus: [2]
		});
	});
	it('knows copies that stand in for an absent holder, and misses those that are gone', () => {
		const holdings = [
			{
				...holding([at(bert, 7), at(carl, 1)]),
				spares: [{ ...at(anna, 1), position: 0, kind: 'temporary' as const }]
			}
		];
		expect(compare([entry(1)], holdings)).toEqual(nothing);
		expect(compare([], holdings)).toEqual({
			...nothing,
			lostSpares: [{ stripe: stripe(1), number: 1 }]
		});
		expect(compare([entry(1), entry(2)], holdings)).toEqual({ ...nothing, surplus: [2] });
	});
	it('tells unknown stripes from surplus, and leaves alone what is in flight', () => {
		const entries = [entry(1, 0, stripe(8)), entry(2, 0, stripe(9))];
		expect(compare(entries, [], { inFlight: new Set([stripe(9)]) })).toEqual({
			...nothing,
			unknown: [entries[0]]
		});
	});
});

it('names the numbers that hold nothing as half-open ranges', () => {
	expect(droppedRanges([], 0)).toEqual([]);
	expect(droppedRanges([1, 2, 5], 7)).toEqual([
		[0, 1],
		[3, 5],
		[6, 7]
	]);
});

describe('shelf numbers', () => {
	it('are never given twice, not even after a crash', async () => {
		const disk = new RecordDisk();
		const given: number[] = [];
		for (let run = 0; run < 3; run++) {
			const numbers = new ShelfNumbers(new MemoryRecords(disk));
			given.push(...(await Promise.all(Array.from({ length: 300 }, () => numbers.take(anna)))));
		}
		expect(new Set(given).size).toBe(900);
	});
	it('skip past what a partner holds', async () => {
		const numbers = new ShelfNumbers(new MemoryRecords());
		await numbers.take(anna);
		await numbers.skipPast(anna, 1000);
		expect(await numbers.take(anna)).toBe(1001);
		await numbers.skipPast(anna, 5);
		expect(await numbers.take(anna)).toBe(1002);
		expect(await numbers.take(bert)).toBe(0);
	});
	it('order drops above all orders of earlier epochs', async () => {
		const numbers = new ShelfNumbers(new MemoryRecords());
		const first = await numbers.nextDropVersion(anna, 1);
		expect(await numbers.nextDropVersion(anna, 1)).toBe(first + 1);
		expect(await new ShelfNumbers(new MemoryRecords()).nextDropVersion(anna, 2)).toBeGreaterThan(
			first + 2 ** 31
		);
	});
	it('remember the first answer to what is foreign', async () => {
		const numbers = new ShelfNumbers(new MemoryRecords());
		await numbers.noteForeign(anna, 7);
		await numbers.noteForeign(anna, 9);
		expect((await numbers.shelf(anna)).foreignBelow).toBe(7);
	});
});

describe('holdings', () => {
	const record = (n: number, holders: StripeRecord['holders']): StripeRecord => ({
		id: stripe(n),
		contents: new Uint8Array(1),
		m: 2,
		k: 2,
		blockBytes: 1024,
		payloadHash: new Uint8Array(32),
		holders,
		storedAt: 0
	});

	it('sums up at once what a count over everything would give, after any changes', async () => {
		const random = new SeededRandom('holdings');
		const holdings = await Holdings.open(new MemoryRecords());
		const partners = [anna, bert, carl, dora];
		for (let step = 0; step < 300; step++) {
			const id = stripe(random.below(12));
			const holder = random.below(3) === 0 ? undefined : at(partners[random.below(4)]!, step);
			const deed = random.below(10);
			if (deed === 0) holdings.forget(id);
			else if (deed === 1) await holdings.release(partners[random.below(4)]!);
			else if (holdings.get(id) === undefined)
				holdings.add(id, { m: 2, k: 2, blockBytes: 1024 }, [holder, holder, undefined, undefined]);
			else await holdings.assign([{ stripe: id, position: random.below(5), holder }]);
			const all = [...holdings.all()];
			const margins = all.map(
				({ holders }) => holders.filter((each) => each !== undefined).length - 2
			);
			expect(holdings.protection()).toEqual({
				survivable: Math.min(...margins),
				full: margins.every((margin) => margin === 2),
				stored: margins.every((margin) => margin >= 1)
			});
			expect(new Set(holdings.owing())).toEqual(
				new Set(all.filter(({ holders }) => holders.includes(undefined)))
			);
			for (const partner of partners) {
				expect(holdings.counts().get(partner)?.blocks ?? 0).toBe(holdings.shelf(partner).length);
			}
		}
	});

	it('answers for 40,000 stripes on 20 partners a thousand times within a moment', async () => {
		const holdings = await Holdings.open(new MemoryRecords());
		const partners = Array.from({ length: 20 }, (_, n) =>
			nameOf<PeerId>(new Uint8Array(32).fill(n))
		);
		for (let n = 0; n < 40_000; n++) {
			const id = nameOf<StripeId>(new Uint8Array(new Uint32Array([n, 0, 0, 0]).buffer));
			holdings.add(
				id,
				{ m: 10, k: 10, blockBytes: 1024 },
				partners.map((partner) => at(partner, n))
			);
		}
		let sum = 0;
		const before = process.cpuUsage().user;
		for (let i = 0; i < 1000; i++) {
			sum += holdings.protection().survivable + holdings.counts().size + holdings.owing().length;
		}
		expect(sum).toBe(30_000);
		expect((process.cpuUsage().user - before) / 1000).toBeLessThan(500);
	});

	it('keeps both of two changes of one stripe at once, also on disk', async () => {
		const records = new MemoryRecords();
		await records.write([
			{
				table: 'stripes',
				key: stripe(1),
				put: record(1, [undefined, undefined, undefined, undefined])
			}
		]);
		const holdings = await Holdings.open(records);
		await Promise.all(
			[0, 1].map((position) =>
				holdings.assign([{ stripe: stripe(1), position, holder: at(anna, position) }])
			)
		);
		expect((await Holdings.open(records)).shelf(anna).map(({ number }) => number)).toEqual([0, 1]);
	});

	describe('salts of records', () => {
		const salted = (partner: PeerId, number: number): StripeHolder => ({
			...at(partner, number),
			salt: new Uint8Array(32).fill(number)
		});
		const proven = (position: number, number: number, known = true) => ({
			number,
			stripe: stripe(1),
			position,
			...(known ? { salt: new Uint8Array(32).fill(number) } : {})
		});
		const opened = async (holders: readonly (StripeHolder | undefined)[]) => {
			const records = new MemoryRecords();
			await records.write([{ table: 'stripes', key: stripe(1), put: record(1, holders) }]);
			return { records, holdings: await Holdings.open(records) };
		};

		it('are on disk, and in memory only while they are asked for', async () => {
			const { holdings } = await opened([salted(anna, 5), salted(bert, 6), at(anna, 7)]);
			expect(holdings.get(stripe(1))?.holders).toEqual([at(anna, 5), at(bert, 6), at(anna, 7)]);
			expect(await holdings.proven(anna, [7, 5, 8])).toEqual([proven(0, 5), proven(2, 7, false)]);
		});

		it('outlive other changes of their stripe, also at once', async () => {
			const { records, holdings } = await opened([salted(anna, 5), undefined, undefined]);
			await Promise.all([
				holdings.assign([{ stripe: stripe(1), position: 1, holder: salted(bert, 6) }]),
				holdings.assign([{ stripe: stripe(1), position: 2, holder: salted(carl, 7) }])
			]);
			const holders = [salted(anna, 5), salted(bert, 6), salted(carl, 7)];
			expect((await records.get('stripes', stripe(1)))?.holders).toEqual(holders);
		});

		it('go with their block', async () => {
			const { records, holdings } = await opened([salted(anna, 5), salted(bert, 6)]);
			await holdings.assign([{ stripe: stripe(1), position: 0, holder: at(anna, 9) }]);
			await holdings.release(bert);
			expect((await records.get('stripes', stripe(1)))?.holders).toEqual([at(anna, 9), undefined]);
		});

		it('are kept when a proof brought them, for blocks that are still there', async () => {
			const { records, holdings } = await opened([at(anna, 5), at(bert, 6)]);
			await holdings.keepSalts(anna, [proven(0, 5), proven(1, 6), proven(0, 4)]);
			const holders = [salted(anna, 5), at(bert, 6)];
			expect((await records.get('stripes', stripe(1)))?.holders).toEqual(holders);
		});
	});

	it('owes what a partner held, the most endangered stripes first', async () => {
		const records = new MemoryRecords();
		const full: readonly (StripeHolder | undefined)[] = [anna, bert, carl, dora].map((peer) =>
			at(peer, 1)
		);
		await records.write([
			{ table: 'stripes', key: stripe(1), put: record(1, full) },
			{ table: 'stripes', key: stripe(2), put: record(2, full.with(3, undefined)) }
		]);
		const holdings = await Holdings.open(records);
		await holdings.release(anna);
		expect(holdings.owing().map((each) => each.stripe)).toEqual([stripe(2), stripe(1)]);
		expect(holdings.protection()).toEqual({ survivable: 0, full: false, stored: false });
		expect((await Holdings.open(records)).counts().has(anna)).toBe(false);
	});
});
