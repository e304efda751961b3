import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BlockConflict } from '../../src/lib/engine/failures.ts';
import { nameOf, type PeerId, type StripeId } from '../../src/lib/engine/identifiers.ts';
import type { BlockStore, HeldBlock } from '../../src/lib/engine/ports.ts';
import { SeededRandom } from '../doubles/random.ts';

/** A block store under test, over something that outlives it. */
export interface BlockStoreHarness {
	readonly store: BlockStore;
	/** Closes this store and opens what it left. */
	reopen(): Promise<BlockStoreHarness>;
	end(): Promise<void>;
}

export const alice = peer(1);
export const bob = peer(2);

/** What every adapter of BlockStore does. */
export function blockStoreContract(name: string, open: () => Promise<BlockStoreHarness>): void {
	describe(`block store: ${name}`, () => {
		let harness: BlockStoreHarness;
		beforeEach(async () => {
			harness = await open();
		});
		afterEach(async () => {
			await harness.end();
		});

		test('gives back what was put, and nothing for other numbers and owners', async () => {
			await put(harness.store, alice, 3);
			expect(await harness.store.get(alice, 3)).toEqual(recordOf(alice, 3));
			expect(await harness.store.get(alice, 4)).toBeUndefined();
			expect(await harness.store.get(bob, 3)).toBeUndefined();
		});

		test('reads pieces of records, and nothing that is not held whole', async () => {
			await Promise.all([put(harness.store, alice, 3), put(harness.store, alice, 5, 40)]);
			await put(harness.store, bob, 3);
			const piece = (number: number, offset: number, length: number) => ({
				number,
				offset,
				length
			});
			const three = recordOf(alice, 3);
			const five = recordOf(alice, 5, 40);
			const read = await harness.store.read(alice, [
				piece(5, 39, 1),
				piece(3, 299, 1),
				piece(3, 0, 300),
				piece(3, 100, 32),
				piece(3, 100, 32),
				piece(5, 0, 16)
			]);
			const held = [five.slice(39), three.slice(299), three, three.slice(100, 132)];
			expect(read).toEqual([...held, three.slice(100, 132), five.slice(0, 16)]);
			const outside = [piece(3, 299, 2), piece(3, -1, 2), piece(3, 300, 1), piece(3, 5, 0)];
			const absent = await harness.store.read(alice, [...outside, piece(4, 0, 1)]);
			expect(absent).toEqual(Array.from<undefined>({ length: 5 }));
			expect(await harness.store.read(alice, [])).toEqual([]);
		});

		test('lists the blocks of one owner in the order of their numbers', async () => {
			const numbers = [10, 2, 300, 9, 1];
			await Promise.all(numbers.map((number) => put(harness.store, alice, number)));
			await put(harness.store, bob, 5);
			const from2 = await harness.store.list(alice, 2, 3);
			expect(from2).toEqual([2, 9, 10].map((number) => blockOf(alice, number)));
			expect(await harness.store.list(alice, 301, 10)).toEqual([]);
			expect(await harness.store.list(alice, 0, 0)).toEqual([]);
			expect(await harness.store.list(bob, 0, 10)).toEqual([blockOf(bob, 5)]);
		});

		test('counts what each owner takes, and all together', async () => {
			await Promise.all([put(harness.store, alice, 1, 100), put(harness.store, alice, 2, 50)]);
			await put(harness.store, bob, 1, 7);
			expect(await harness.store.usage(alice)).toEqual({ blocks: 2, bytes: 150 });
			expect(await harness.store.usage(bob)).toEqual({ blocks: 1, bytes: 7 });
			expect(await harness.store.usage(peer(3))).toEqual({ blocks: 0, bytes: 0 });
			expect(await harness.store.total()).toEqual({ blocks: 3, bytes: 157 });
		});

		test('takes the same block again without counting it twice', async () => {
			await put(harness.store, alice, 1);
			await put(harness.store, alice, 1);
			await Promise.all([put(harness.store, alice, 2), put(harness.store, alice, 2)]);
			expect((await harness.store.usage(alice)).blocks).toBe(2);
		});

		test('refuses other content under a number that is taken, and keeps the first', async () => {
			await put(harness.store, alice, 1);
			const other = recordOf(bob, 1);
			await expect(harness.store.put(blockOf(alice, 1), other)).rejects.toThrow(BlockConflict);
			const shorter = recordOf(alice, 1).subarray(1);
			const shorterBlock = { ...blockOf(alice, 1), bytes: shorter.length };
			await expect(harness.store.put(shorterBlock, shorter)).rejects.toThrow(BlockConflict);
			expect(await harness.store.get(alice, 1)).toEqual(recordOf(alice, 1));
			expect((await harness.store.usage(alice)).blocks).toBe(1);
		});

		test('lets one of two contents win that come at once', async () => {
			const settled = await Promise.allSettled([
				harness.store.put(blockOf(alice, 1), recordOf(alice, 1)),
				harness.store.put(blockOf(alice, 1), recordOf(bob, 1))
			]);
			expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
			const winner = settled[0].status === 'fulfilled' ? alice : bob;
			expect(await harness.store.get(alice, 1)).toEqual(recordOf(winner, 1));
		});

		test('deletes some, passes over what it does not hold, and leaves the others', async () => {
			await Promise.all([1, 2, 3].map((number) => put(harness.store, alice, number)));
			await put(harness.store, bob, 2);
			await harness.store.delete(alice, [2, 2, 3, 99]);
			await harness.store.delete(alice, []);
			expect(await harness.store.get(alice, 2)).toBeUndefined();
			expect(await harness.store.list(alice, 0, 10)).toEqual([blockOf(alice, 1)]);
			expect(await harness.store.get(bob, 2)).toEqual(recordOf(bob, 2));
			expect(await harness.store.total()).toEqual({ blocks: 2, bytes: 600 });
		});

		test('does puts and deletes of one number in the order in which they came', async () => {
			const steps = [
				put(harness.store, alice, 1),
				harness.store.delete(alice, [1]),
				harness.store.put(blockOf(alice, 1), recordOf(bob, 1)),
				put(harness.store, alice, 2),
				harness.store.delete(alice, [2])
			];
			await Promise.all(steps);
			expect(await harness.store.get(alice, 1)).toEqual(recordOf(bob, 1));
			expect(await harness.store.get(alice, 2)).toBeUndefined();
		});

		test('finds everything after it was closed and opened again', async () => {
			await Promise.all([1, 2, 3].map((number) => put(harness.store, alice, number)));
			await put(harness.store, bob, 8);
			await harness.store.delete(alice, [2]);
			harness = await harness.reopen();
			expect(await harness.store.list(alice, 0, 10)).toEqual([
				blockOf(alice, 1),
				blockOf(alice, 3)
			]);
			expect(await harness.store.get(alice, 3)).toEqual(recordOf(alice, 3));
			expect(await harness.store.get(bob, 8)).toEqual(recordOf(bob, 8));
			expect(await harness.store.total()).toEqual({ blocks: 3, bytes: 900 });
		});

		test('holds 10,000 small blocks put at once', async () => {
			const numbers = Array.from({ length: 10_000 }, (_, i) => i);
			await Promise.all(numbers.map((number) => put(harness.store, alice, number, 40)));
			harness = await harness.reopen();
			expect(await harness.store.usage(alice)).toEqual({ blocks: 10_000, bytes: 400_000 });
			const listed = await harness.store.list(alice, 0, 20_000);
			expect(listed.map((block) => block.number)).toEqual(numbers);
			for (const number of [0, 4999, 9999]) {
				expect(await harness.store.get(alice, number)).toEqual(recordOf(alice, number, 40));
			}
		});
	});
}

function peer(seed: number): PeerId {
	return nameOf<PeerId>(new Uint8Array(32).fill(seed));
}

/** A block of the tests: its content follows from owner and number. */
export function blockOf(owner: PeerId, number: number, bytes = 300): HeldBlock {
	const stripe = nameOf<StripeId>(new Uint8Array(16).fill(number));
	return { owner, number, stripe, position: number % 20, bytes };
}

export function recordOf(owner: PeerId, number: number, bytes = 300): Uint8Array<ArrayBuffer> {
	return new SeededRandom(`${owner}/${String(number)}`).bytes(bytes);
}

export function put(store: BlockStore, owner: PeerId, number: number, bytes = 300): Promise<void> {
	return store.put(blockOf(owner, number, bytes), recordOf(owner, number, bytes));
}
