import { deleteDB } from 'idb';
import { blockStoreContract } from '../../contract/blocks.ts';
import { packBytes, packContract, type PackHarness } from '../../contract/packs.ts';
import { RemoteStore } from './remote-store.ts';

const name = 'block-store-contract';

async function open(packBytesMax: number): Promise<PackHarness> {
	const store = new RemoteStore();
	// The browser takes the files back from a worker that was killed, but not at once.
	await store.ask({ kind: 'open', name, packBytesMax, patienceMs: 5000 });
	const close = async (): Promise<void> => {
		await store.ask({ kind: 'close' });
		store.kill();
	};
	return {
		store,
		fail: async (fault) => {
			await store.ask({ kind: 'fail', fault });
		},
		crash: async () => {
			store.kill();
			return open(packBytesMax);
		},
		reopen: async () => {
			await close();
			return open(packBytesMax);
		},
		rival: async () => {
			const rival = new RemoteStore();
			await rival.ask({ kind: 'open', name, packBytesMax, patienceMs: 0 }).finally(() => {
				rival.kill();
			});
		},
		sizes: async () => (await store.ask({ kind: 'sizes' })) as Map<number, number>,
		cut: async (pack, bytes) => {
			await store.ask({ kind: 'close' });
			await cut(pack, bytes);
			await store.ask({ kind: 'open', name, packBytesMax, patienceMs: 0 });
		},
		end: async () => {
			await close();
			await deleteDB(name);
			await (await navigator.storage.getDirectory()).removeEntry(name, { recursive: true });
		}
	};
}

/** The disk loses the end of a pack. */
async function cut(pack: number, bytes: number): Promise<void> {
	const root = await navigator.storage.getDirectory();
	const directory = await root.getDirectoryHandle(name);
	const file = await directory.getFileHandle(`pack-${String(pack).padStart(6, '0')}`);
	const writable = await file.createWritable({ keepExistingData: true });
	await writable.truncate(bytes);
	await writable.close();
}

blockStoreContract('OPFS', () => open(1 << 20));
packContract('OPFS', () => open(packBytes));
