import { deleteDB } from 'idb';
import { expect, test } from 'vitest';
import { openDatabase } from '../../../src/lib/adapters/indexeddb/database.ts';
import { IndexedDbRecords } from '../../../src/lib/adapters/indexeddb/records.ts';
import { nameOf, type FolderId } from '../../../src/lib/engine/identifiers.ts';
import { recordsContract, type RecordsHarness } from '../../contract/records.ts';

async function open(name: string): Promise<RecordsHarness> {
	const database = await openDatabase(name);
	return {
		records: new IndexedDbRecords(database),
		reopen: () => {
			database.close();
			return open(name);
		},
		end: async () => {
			database.close();
			await deleteDB(name);
		}
	};
}

recordsContract('IndexedDB', () => open('records-contract'));

test('a directory handle is kept with its folder', async () => {
	const name = 'records-handles';
	const handle = await navigator.storage.getDirectory();
	const id = nameOf<FolderId>(new Uint8Array(8));
	const folder = { id, name: 'f', addedAt: 0, exclude: [], handle };
	const first = await openDatabase(name);
	await new IndexedDbRecords(first).write([{ table: 'folders', key: id, put: folder }]);
	first.close();
	const second = await openDatabase(name);
	const kept = await new IndexedDbRecords(second).get('folders', id);
	expect(await handle.isSameEntry(kept?.handle as FileSystemDirectoryHandle)).toBe(true);
	second.close();
	await deleteDB(name);
});
