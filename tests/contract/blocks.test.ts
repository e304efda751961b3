import 'fake-indexeddb/auto';
import { deleteDB } from 'idb';
import { openDatabase } from '../../src/lib/adapters/indexeddb/database.ts';
import { OpfsBlockStore } from '../../src/lib/adapters/opfs/block-store.ts';
import { MemoryBlockStore, type BlockDisk } from '../doubles/blocks.ts';
import { FaultyDirectory } from '../doubles/faulty-directory.ts';
import { failWrite } from '../doubles/faulty-database.ts';
import { MemoryPackDirectory, PackDisk } from '../doubles/pack-directory.ts';
import { blockStoreContract, type BlockStoreHarness } from './blocks.ts';
import { packBytes, packContract, type PackHarness } from './packs.ts';

const name = 'block-store-contract';

function inMemory(disk?: BlockDisk): BlockStoreHarness {
	const store = new MemoryBlockStore(disk === undefined ? {} : { disk });
	return {
		store,
		reopen: () => Promise.resolve(inMemory(store.disk)),
		end: () => Promise.resolve()
	};
}

async function inPacks(packBytesMax: number, disk = new PackDisk()): Promise<PackHarness> {
	const database = await openDatabase(name);
	const directory = new FaultyDirectory(new MemoryPackDirectory(disk));
	const store = await OpfsBlockStore.open({ database, directory, packBytesMax, handlesMax: 4 });
	const close = async (): Promise<void> => {
		await store.close();
		database.close();
	};
	return {
		store,
		fail: (fault) => {
			if (fault === 'index' || fault === 'unknown') failWrite(database, fault);
			else directory.fail(fault);
			return Promise.resolve();
		},
		crash: () => {
			database.close();
			disk.crash();
			return inPacks(packBytesMax, disk);
		},
		reopen: async () => {
			await close();
			return inPacks(packBytesMax, disk);
		},
		rival: async () => {
			await OpfsBlockStore.open({ database, directory: new MemoryPackDirectory(disk) });
		},
		sizes: () =>
			Promise.resolve(new Map([...disk.files].map(([pack, bytes]) => [pack, bytes.length]))),
		cut: (pack, bytes) => {
			disk.files.get(pack)?.buffer.resize(bytes);
			return Promise.resolve();
		},
		end: async () => {
			await close();
			await deleteDB(name);
		}
	};
}

blockStoreContract('in memory', () => Promise.resolve(inMemory()));
blockStoreContract('packs, simulated', () => inPacks(1 << 20));
packContract('simulated', () => inPacks(packBytes));
