import { StorageFull } from '../../src/lib/engine/failures.ts';
import type { RecordChange, Records, Table } from '../../src/lib/engine/ports.ts';
import type { RecordTables } from '../../src/lib/engine/records.ts';

type Row = readonly [key: string, value: unknown];

/** What outlives a crash: hand one disk to a new MemoryRecords to reopen it. */
export class RecordDisk {
	readonly tables = new Map<Table, Map<string, unknown>>();

	table(name: Table): Map<string, unknown> {
		let table = this.tables.get(name);
		if (table === undefined) this.tables.set(name, (table = new Map<string, unknown>()));
		return table;
	}
}

/** Records in memory. Values are copied both ways, as a database does it. */
export class MemoryRecords implements Records {
	readonly disk: RecordDisk;
	#failure: Error | undefined;

	constructor(disk = new RecordDisk()) {
		this.disk = disk;
	}

	/** The next write stores nothing and rejects. */
	failNextWrite(failure: Error = new StorageFull('The disk is full.')): void {
		this.#failure = failure;
	}

	get<T extends Table>(table: T, key: string): Promise<RecordTables[T] | undefined> {
		return attempt(
			() => structuredClone(this.disk.table(table).get(key)) as RecordTables[T] | undefined
		);
	}

	scan<T extends Table>(
		table: T,
		range: { readonly from?: string; readonly to?: string; readonly limit?: number } = {}
	): Promise<readonly (readonly [key: string, value: RecordTables[T]])[]> {
		const { from = '', to, limit = Infinity } = range;
		return attempt(() => {
			const rows = [...this.disk.table(table)]
				.filter(([key]) => key >= from && (to === undefined || key < to))
				.sort(byKey)
				.slice(0, limit);
			return structuredClone(rows) as [string, RecordTables[T]][];
		});
	}

	write(changes: readonly RecordChange[]): Promise<void> {
		return attempt(() => {
			const failure = this.#failure;
			this.#failure = undefined;
			if (failure !== undefined) throw failure;
			for (const change of structuredClone(changes)) {
				const table = this.disk.table(change.table);
				if ('put' in change) table.set(change.key, change.put);
				else table.delete(change.key);
			}
		});
	}
}

/** Strings compare by UTF-16 code units, which is the order of the port. */
function byKey([a]: Row, [b]: Row): number {
	return a < b ? -1 : a > b ? 1 : 0;
}

/** Runs at once; a throw becomes a rejection. */
function attempt<T>(work: () => T): Promise<T> {
	return new Promise((resolve) => {
		resolve(work());
	});
}
