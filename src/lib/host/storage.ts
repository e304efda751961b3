/** The origin's own storage: database and block store of the one peer that lives here. */
import { openDatabase, type Database } from '../adapters/indexeddb/database.ts';
import { IndexedDbRecords } from '../adapters/indexeddb/records.ts';
import { OpfsBlockStore } from '../adapters/opfs/block-store.ts';
import { OpfsDirectory } from '../adapters/opfs/opfs-directory.ts';
import { SystemClock } from '../adapters/platform/clock.ts';
import type { BlockStore, Records } from '../engine/ports.ts';

/** How long files of an old page's worker are waited for after a reload. */
const patienceMs = 15_000;

export class Storage {
	readonly records: Records;
	readonly blocks: BlockStore;
	readonly #name: string;
	readonly #database: Database;
	readonly #store: OpfsBlockStore;

	private constructor(name: string, database: Database, store: OpfsBlockStore) {
		this.#name = name;
		this.#database = database;
		this.#store = store;
		this.records = new IndexedDbRecords(database);
		this.blocks = store;
	}

	static async open(name: string): Promise<Storage> {
		const directory = await OpfsDirectory.openWhenFree(name, new SystemClock(), patienceMs);
		const database = await openDatabase(name);
		const store = await OpfsBlockStore.open({ database, directory });
		return new Storage(name, database, store);
	}

	/** Deletes everything: the identity, and all that is held for others. */
	async erase(): Promise<void> {
		await this.#store.close();
		this.#database.close('erased');
		await new Promise<void>((resolve, reject) => {
			const request = indexedDB.deleteDatabase(this.#name);
			request.onsuccess = () => {
				resolve();
			};
			request.onerror = () => {
				reject(new Error('the browser does not delete the database'));
			};
		});
		const root = await navigator.storage.getDirectory();
		for await (const name of root.keys()) await root.removeEntry(name, { recursive: true });
	}
}
