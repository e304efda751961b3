import 'fake-indexeddb/auto';
import { deleteDB } from 'idb';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openDatabase, type Database } from '../../../src/lib/adapters/indexeddb/database.ts';
import { OpfsBlockStore } from '../../../src/lib/adapters/opfs/block-store.ts';
import { alice, blockOf, bob, put, recordOf } from '../../contract/blocks.ts';
import { failWrite } from '../../doubles/faulty-database.ts';
import { MemoryPackDirectory, PackDisk } from '../../doubles/pack-directory.ts';

const name = 'opening';
const packBytesMax = 4096;

let disk: PackDisk;
let database: Database;
let store: OpfsBlockStore;

async function open(): Promise<void> {
	database = await openDatabase(name);
	const directory = new MemoryPackDirectory(disk);
	store = await OpfsBlockStore.open({ database, directory, packBytesMax });
}

/** Closes the store and opens it again. Resolves to whether the rows of all blocks were read for it. */
async function reopen(): Promise<boolean> {
	await store.close();
	database.close();
	const read = vi.spyOn(IDBObjectStore.prototype, 'getAll');
	await open();
	const stores = read.mock.contexts.map((context) => (context as IDBObjectStore).name);
	read.mockRestore();
	return stores.includes('heldBlocks');
}

beforeEach(async () => {
	disk = new PackDisk();
	await open();
	const puts = Array.from({ length: 40 }, (_, number) => put(store, alice, number));
	await Promise.all([...puts, put(store, bob, 7, 200)]);
	await store.delete(alice, [3, 4, 5, 39]);
});

afterEach(async () => {
	await store.close();
	database.close();
	await deleteDB(name);
});

it('reads the rows of packs, not those of blocks', async () => {
	expect(await reopen()).toBe(false);
	expect(await store.usage(alice)).toEqual({ blocks: 36, bytes: 36 * 300 });
	expect(await store.usage(bob)).toEqual({ blocks: 1, bytes: 200 });
	expect(await store.total()).toEqual({ blocks: 37, bytes: 36 * 300 + 200 });
	expect(await store.get(alice, 38)).toEqual(recordOf(alice, 38));
});

it('knows numbers that are taken and places that are free', async () => {
	await reopen();
	await expect(store.put(blockOf(alice, 38), recordOf(bob, 38))).rejects.toThrow(/taken/);
	const before = disk.files.size;
	await Promise.all([3, 4, 5].map((number) => put(store, bob, number)));
	expect(disk.files.size).toBe(before);
	for (const number of [0, 6, 38]) {
		expect(await store.get(alice, number)).toEqual(recordOf(alice, number));
	}
});

it('reads those of blocks once when it is unknown whether one of them was indexed', async () => {
	failWrite(database, 'unknown');
	await expect(put(store, bob, 8)).rejects.toThrow();
	await put(store, bob, 9);
	expect(await reopen()).toBe(true);
	expect(await store.usage(bob)).toEqual({ blocks: 2, bytes: 500 });
	expect(await reopen()).toBe(false);
	expect(await store.usage(bob)).toEqual({ blocks: 2, bytes: 500 });
});

it('removes packs that become empty after it', async () => {
	await reopen();
	await store.delete(
		alice,
		Array.from({ length: 40 }, (_, number) => number)
	);
	await store.delete(bob, [7]);
	expect(disk.files.size).toBe(0);
	expect(await reopen()).toBe(false);
	expect(await store.total()).toEqual({ blocks: 0, bytes: 0 });
});
