import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StoreInUse } from '../../src/lib/adapters/opfs/failures.ts';
import { StorageFull } from '../../src/lib/engine/failures.ts';
import type { HandleFault } from '../doubles/faulty-directory.ts';
import { alice, blockOf, bob, put, recordOf, type BlockStoreHarness } from './blocks.ts';

/** index: the transaction finds no room. unknown: the connection breaks, and nobody knows what it did. */
export type PackFault = HandleFault | 'index' | 'unknown';

/** A store of packs of `packBytes`, at most 4 handles open. Faults come once, at the next call that they concern. */
export interface PackHarness extends BlockStoreHarness {
	reopen(): Promise<PackHarness>;
	fail(fault: PackFault): Promise<void>;
	/** The process dies as it stands; another one opens what is on disk. */
	crash(): Promise<PackHarness>;
	/** Another store opens the same files while this one holds them. */
	rival(): Promise<void>;
	/** Length of every pack file, by its number. */
	sizes(): Promise<ReadonlyMap<number, number>>;
	/** Cuts a pack file, which is not open: the disk lost its end. */
	cut(pack: number, bytes: number): Promise<void>;
}

export const packBytes = 4096;
/** What a block takes: 13 of them fill a pack. */
const placeBytes = 300;
const inPack = Math.floor(packBytes / placeBytes);

/** What a store of pack files does on top of every BlockStore: faults of the disk, crashes, reuse. */
export function packContract(name: string, open: () => Promise<PackHarness>): void {
	describe(`packs: ${name}`, () => {
		let harness: PackHarness;
		beforeEach(async () => {
			harness = await open();
		});
		afterEach(async () => {
			await harness.end();
		});
		const putAll = async (numbers: readonly number[]): Promise<void> => {
			await Promise.all(numbers.map((number) => put(harness.store, alice, number)));
		};
		const fileBytes = async (): Promise<number> => {
			const sizes = await harness.sizes();
			return [...sizes.values()].reduce((sum, size) => sum + size, 0);
		};

		test.for(['full', 'short', 'code', 'flush', 'index'] as const)(
			'declines a block that finds no room (%s), stores none of it and goes on',
			async (fault) => {
				await put(harness.store, alice, 1);
				const before = await fileBytes();
				await harness.fail(fault);
				await expect(put(harness.store, alice, 2)).rejects.toThrow(StorageFull);
				expect(await harness.store.get(alice, 2)).toBeUndefined();
				expect(await harness.store.total()).toEqual({ blocks: 1, bytes: 300 });
				if (fault !== 'flush' && fault !== 'index') expect(await fileBytes()).toBe(before);
				await put(harness.store, alice, 2);
				harness = await harness.reopen();
				expect(await harness.store.get(alice, 1)).toEqual(recordOf(alice, 1));
				expect(await harness.store.get(alice, 2)).toEqual(recordOf(alice, 2));
			}
		);

		test('leaves no file behind when the first block of a pack finds no room', async () => {
			await harness.fail('full');
			await expect(put(harness.store, alice, 1)).rejects.toThrow(StorageFull);
			expect([...(await harness.sizes())]).toEqual([]);
		});

		test('of blocks put together only the one fails that finds no room', async () => {
			await harness.fail('short');
			const puts = [1, 2, 3].map((number) => put(harness.store, alice, number));
			const settled = await Promise.allSettled(puts);
			expect(settled.filter(({ status }) => status === 'rejected')).toHaveLength(1);
			expect((await harness.store.total()).blocks).toBe(2);
		});

		test('uses the bytes again that a crash before the index left', async () => {
			await put(harness.store, alice, 1);
			await harness.fail('unknown');
			await expect(put(harness.store, alice, 2)).rejects.toThrow();
			harness = await harness.crash();
			expect(await harness.store.get(alice, 2)).toBeUndefined();
			expect(await harness.store.get(alice, 1)).toEqual(recordOf(alice, 1));
			const before = await fileBytes();
			await put(harness.store, bob, 7);
			expect(await fileBytes()).toBe(before);
			expect(await harness.store.get(bob, 7)).toEqual(recordOf(bob, 7));
		});

		test('writes nothing over a block of which it is unknown whether it was indexed', async () => {
			await put(harness.store, alice, 1);
			await harness.fail('unknown');
			await expect(put(harness.store, alice, 2)).rejects.toThrow();
			const before = await fileBytes();
			await put(harness.store, bob, 7);
			expect(await fileBytes()).toBeGreaterThan(before);
		});

		test('removes the file of a pack that a crash left without an index', async () => {
			await harness.fail('unknown');
			await expect(put(harness.store, alice, 1)).rejects.toThrow();
			harness = await harness.crash();
			expect([...(await harness.sizes())]).toEqual([]);
		});

		test('finds every acknowledged block after a crash amid puts', async () => {
			const acknowledged: number[] = [];
			const puts = Array.from({ length: 300 }, async (_, number) => {
				await put(harness.store, alice, number);
				acknowledged.push(number);
			});
			await Promise.race(puts);
			const known = [...acknowledged];
			harness = await harness.crash();
			void Promise.allSettled(puts);
			expect(known.length).toBeGreaterThan(0);
			for (const number of known) {
				expect(await harness.store.get(alice, number)).toEqual(recordOf(alice, number));
			}
		});

		test('writes record behind record, without a gap', async () => {
			await putAll([1, 2]);
			expect(await fileBytes()).toBe(2 * placeBytes);
		});

		test('opens further packs when one is full, with few handles', async () => {
			const numbers = Array.from({ length: 10 * inPack }, (_, i) => i);
			await putAll(numbers);
			expect((await harness.sizes()).size).toBe(10);
			await Promise.all(
				numbers.map(async (number) => {
					expect(await harness.store.get(alice, number)).toEqual(recordOf(alice, number));
				})
			);
		});

		test('declines a record that no pack can hold', async () => {
			await expect(put(harness.store, alice, 1, packBytes + 1)).rejects.toThrow(StorageFull);
		});

		test('uses the place of deleted blocks again, and joins neighbours', async () => {
			await putAll([0, 1, 2, 3]);
			const before = await fileBytes();
			await harness.store.delete(alice, [1]);
			await harness.store.delete(alice, [2]);
			await put(harness.store, bob, 1, 600);
			expect(await fileBytes()).toBe(before);
			for (const number of [0, 3]) {
				expect(await harness.store.get(alice, number)).toEqual(recordOf(alice, number));
			}
			expect(await harness.store.get(bob, 1)).toEqual(recordOf(bob, 1, 600));
		});

		test('knows free places again after it was opened anew', async () => {
			await putAll([0, 1, 2, 3]);
			await harness.store.delete(alice, [1, 2]);
			const before = await fileBytes();
			harness = await harness.reopen();
			await put(harness.store, bob, 1, 600);
			expect(await fileBytes()).toBe(before);
			expect(await harness.store.get(alice, 3)).toEqual(recordOf(alice, 3));
		});

		test('removes packs that became empty', async () => {
			await putAll(Array.from({ length: 2 * inPack }, (_, i) => i));
			await harness.store.delete(
				alice,
				Array.from({ length: inPack }, (_, i) => i)
			);
			expect([...(await harness.sizes()).keys()]).toEqual([1]);
			harness = await harness.reopen();
			expect((await harness.store.total()).blocks).toBe(inPack);
			await harness.store.delete(
				alice,
				Array.from({ length: inPack }, (_, i) => inPack + i)
			);
			expect([...(await harness.sizes())]).toEqual([]);
			await put(harness.store, bob, 1);
			expect(await harness.store.get(bob, 1)).toEqual(recordOf(bob, 1));
		});

		test('reads pieces out of more packs than it has handles', async () => {
			const numbers = Array.from({ length: 10 * inPack }, (_, i) => i);
			await putAll(numbers);
			const pieces = numbers.map((number) => ({ number, offset: 200, length: 50 }));
			const read = await harness.store.read(alice, pieces.toReversed());
			const expected = numbers.map((number) => recordOf(alice, number).slice(200, 250));
			expect(read).toEqual(expected.toReversed());
		});

		test('never gives another block than the one asked for while places change hands', async () => {
			await putAll([0]);
			const rounds = Array.from({ length: 50 }, (_, i) => i + 1);
			const changes = rounds.flatMap((number) => [
				harness.store.delete(alice, [number - 1]),
				put(harness.store, alice, number)
			]);
			const reads = rounds.map(async (number) => {
				const record = await harness.store.get(alice, number);
				if (record !== undefined) expect(record).toEqual(recordOf(alice, number));
				const [piece] = await harness.store.read(alice, [{ number, offset: 10, length: 20 }]);
				if (piece !== undefined) expect(piece).toEqual(recordOf(alice, number).slice(10, 30));
			});
			await Promise.all([...changes, ...reads]);
		});

		test('says that it does not hold what the disk lost, and takes it again', async () => {
			await putAll([0, 1]);
			harness = await harness.reopen();
			await harness.cut(0, placeBytes + 1);
			expect(await harness.store.get(alice, 1)).toBeUndefined();
			expect(await harness.store.get(alice, 0)).toEqual(recordOf(alice, 0));
			const pieces = [0, 1].map((number) => ({ number, offset: 0, length: 300 }));
			expect(await harness.store.read(alice, pieces)).toEqual([recordOf(alice, 0), undefined]);
			await put(harness.store, alice, 1);
			expect(await harness.store.get(alice, 1)).toEqual(recordOf(alice, 1));
			expect(await harness.store.total()).toEqual({ blocks: 2, bytes: 600 });
		});

		test('lets no second store have its files', async () => {
			await expect(harness.rival()).rejects.toThrow(StoreInUse);
			await put(harness.store, alice, 1);
			harness = await harness.reopen();
			expect(await harness.store.get(alice, 1)).toEqual(recordOf(alice, 1));
		});

		test('takes a record only with its true length', async () => {
			const block = { ...blockOf(alice, 1), bytes: 299 };
			await expect(harness.store.put(block, recordOf(alice, 1))).rejects.toThrow(RangeError);
		});
	});
}
