import 'fake-indexeddb/auto';
import { deleteDB } from 'idb';
import { openDatabase } from '../../src/lib/adapters/indexeddb/database.ts';
import { IndexedDbRecords } from '../../src/lib/adapters/indexeddb/records.ts';
import { MemoryRecords, type RecordDisk } from '../doubles/records.ts';
import { recordsContract, type RecordsHarness } from './records.ts';

function inMemory(disk?: RecordDisk): RecordsHarness {
	const records = new MemoryRecords(disk);
	return {
		records,
		reopen: () => Promise.resolve(inMemory(records.disk)),
		fill: () => {
			records.failNextWrite();
		},
		end: () => Promise.resolve()
	};
}

async function inIndexedDb(name: string): Promise<RecordsHarness> {
	const database = await openDatabase(name);
	return {
		records: new IndexedDbRecords(database),
		reopen: () => {
			database.close();
			return inIndexedDb(name);
		},
		end: async () => {
			database.close();
			await deleteDB(name);
		}
	};
}

recordsContract('in memory', () => Promise.resolve(inMemory()));
recordsContract('IndexedDB, simulated', () => inIndexedDb('records-contract'));
