import 'fake-indexeddb/auto';
import { deleteDB, openDB } from 'idb';
import { afterEach, expect, test } from 'vitest';
import { openDatabase } from '../../../src/lib/adapters/indexeddb/database.ts';
import { transactionFailure } from '../../../src/lib/adapters/indexeddb/failures.ts';
import { IndexedDbRecords } from '../../../src/lib/adapters/indexeddb/records.ts';
import { StorageFull } from '../../../src/lib/engine/failures.ts';

const name = 'database-test';
const event = { at: 1, kind: 'test', detail: {} };

afterEach(async () => {
	await deleteDB(name);
});

test('a database that a newer version wrote is refused, saying so', async () => {
	(await openDB(name, 99)).close();
	await expect(openDatabase(name)).rejects.toMatchObject({
		name: 'DatabaseUnavailable',
		why: 'newer'
	});
});

test('a connection whose database is deleted makes way, and says so ever after', async () => {
	const database = await openDatabase(name);
	await deleteDB(name);
	await expect(database.read(['events'], () => Promise.resolve(1))).rejects.toMatchObject({
		name: 'DatabaseUnavailable',
		why: 'closed'
	});
});

test('a connection that makes way for an upgrade says so ever after', async () => {
	const database = await openDatabase(name);
	const records = new IndexedDbRecords(database);
	await records.write([{ table: 'events', key: 'a', put: event }]);
	const newer = await openDB(name, 2);
	const failure = { name: 'DatabaseUnavailable', why: 'closed', message: /upgraded or deleted/u };
	await expect(records.get('events', 'a')).rejects.toMatchObject({
		...failure,
		message: expect.stringMatching(failure.message) as string
	});
	await expect(records.write([{ table: 'events', key: 'b', put: event }])).rejects.toMatchObject({
		why: 'closed'
	});
	newer.close();
});

test('a transaction that finds no room is a full storage', () => {
	const quota = new DOMException('Full.', 'QuotaExceededError');
	expect(transactionFailure(quota, undefined)).toBeInstanceOf(StorageFull);
	expect(transactionFailure(quota, 'closed')).toBeInstanceOf(StorageFull);
	expect(transactionFailure(new Error('x'), 'gone')).toMatchObject({ why: 'closed' });
	expect(transactionFailure(new Error('x'), undefined).message).toBe('x');
});
