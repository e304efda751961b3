import type { RecordChange, Records, Table } from '../../engine/ports.ts';
import type { RecordTables } from '../../engine/records.ts';
import type { Database, Writing } from './database.ts';

/** IndexedDB counts in 32 bits. */
const rowsMax = 2 ** 32 - 1;

/** The engine's tables in IndexedDB. Rejects with DatabaseUnavailable once the connection is gone. */
export class IndexedDbRecords implements Records {
	readonly #database: Database;

	constructor(database: Database) {
		this.#database = database;
	}

	get<T extends Table>(table: T, key: string): Promise<RecordTables[T] | undefined> {
		return this.#database.read([table], async (transaction) => {
			return (await transaction.objectStore(table).get(key)) as RecordTables[T] | undefined;
		});
	}

	scan<T extends Table>(
		table: T,
		range: { readonly from?: string; readonly to?: string; readonly limit?: number } = {}
	): Promise<readonly (readonly [key: string, value: RecordTables[T]])[]> {
		const { from = '', to } = range;
		const limit = Math.min(range.limit ?? Infinity, rowsMax);
		// IndexedDB calls an empty range an error, and a limit of 0 no limit.
		if ((to !== undefined && from >= to) || limit === 0) return Promise.resolve([]);
		const keys =
			to === undefined ? IDBKeyRange.lowerBound(from) : IDBKeyRange.bound(from, to, false, true);
		return this.#database.read([table], async (transaction) => {
			const store = transaction.objectStore(table);
			const [names, values] = await Promise.all([
				store.getAllKeys(keys, limit),
				store.getAll(keys, limit)
			]);
			return names.map((name, i) => [name, values[i] as RecordTables[T]] as const);
		});
	}

	async write(changes: readonly RecordChange[]): Promise<void> {
		if (changes.length === 0) return;
		const tables = [...new Set(changes.map((change) => change.table))];
		await this.#database.write(tables, async (transaction) => {
			await Promise.all(changes.map((change) => apply(transaction, change)));
		});
	}
}

async function apply(transaction: Writing, change: RecordChange): Promise<void> {
	const store = transaction.objectStore(change.table);
	if ('put' in change) await store.put(change.put, change.key);
	else await store.delete(change.key);
}
