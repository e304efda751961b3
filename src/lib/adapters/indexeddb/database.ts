/**
 * The one IndexedDB database of an installation: a store for each of the engine's tables, and the index of
 * the blocks held for others. Every write is a transaction of strict durability: flushed to disk before it
 * counts as done, where Chromium's default would only hand it to the operating system.
 */
import { openDB, type IDBPDatabase, type IDBPTransaction, type StoreNames } from 'idb';
import { tableNames } from '../../engine/records.ts';
import { DatabaseUnavailable, transactionFailure } from './failures.ts';
import type { Schema } from './schema.ts';

const schemaVersion = 1;

export type Store = StoreNames<Schema>;
export type Reading = IDBPTransaction<Schema, Store[], 'readonly'>;
export type Writing = IDBPTransaction<Schema, Store[], 'readwrite'>;

/**
 * Opens the database, and makes it when it is not there. Rejects with DatabaseUnavailable when another tab
 * holds an older version of it, when a newer app wrote it, or when the browser grants none.
 */
export async function openDatabase(name: string): Promise<Database> {
	let block: (reason: DatabaseUnavailable) => void = () => undefined;
	const blocked = new Promise<never>((_, reject) => {
		block = reject;
	});
	const database = new Database();
	const opening = openDB<Schema>(name, schemaVersion, {
		upgrade: makeStores,
		blocked: () => {
			block(new DatabaseUnavailable('blocked', 'Another tab runs an older version. Close it.'));
		},
		blocking: () => {
			database.close('Another tab upgraded or deleted the database.');
		},
		terminated: () => {
			database.close('The browser closed the database.');
		}
	});
	try {
		database.attach(await Promise.race([opening, blocked]));
	} catch (error) {
		closeLate(opening);
		throw openingFailure(error);
	}
	return database;
}

/** A connection. Closed for good when another tab upgrades or deletes the database. */
export class Database {
	#connection: IDBPDatabase<Schema> | undefined;
	#closed: string | undefined;

	attach(connection: IDBPDatabase<Schema>): void {
		this.#connection = connection;
	}

	/** Runs `work` in a transaction that reads. `work` awaits nothing but the transaction's own requests. */
	async read<T>(stores: Store[], work: (transaction: Reading) => Promise<T>): Promise<T> {
		try {
			return await work(this.#open().transaction(stores, 'readonly'));
		} catch (error) {
			throw transactionFailure(error, this.#closed);
		}
	}

	/**
	 * Runs `work` in a transaction that writes; all of it is on disk when this resolves, and none of it when it
	 * rejects. Rejects with StorageFull when the platform has no room.
	 */
	async write<T>(stores: Store[], work: (transaction: Writing) => Promise<T>): Promise<T> {
		let transaction: Writing | undefined;
		try {
			transaction = this.#open().transaction(stores, 'readwrite', { durability: 'strict' });
			const result = await work(transaction);
			await transaction.done;
			return result;
		} catch (error) {
			const cause = await abandon(transaction, error);
			throw transactionFailure(cause, this.#closed);
		}
	}

	/** Transactions that run are let finish; later ones reject. */
	close(reason = 'The database is closed.'): void {
		this.#closed ??= reason;
		this.#connection?.close();
	}

	#open(): IDBPDatabase<Schema> {
		if (this.#connection === undefined || this.#closed !== undefined) {
			throw new DatabaseUnavailable('closed', this.#closed ?? 'The database is not open.');
		}
		return this.#connection;
	}
}

function makeStores(connection: IDBPDatabase<Schema>): void {
	for (const table of tableNames) connection.createObjectStore(table);
	connection.createObjectStore('packs');
	connection.createObjectStore('heldBlocks');
}

/** Undoes a transaction that failed, and finds the reason the platform gives for it, which is the better one. */
async function abandon(transaction: Writing | undefined, error: unknown): Promise<unknown> {
	if (transaction === undefined) return error;
	try {
		transaction.abort();
	} catch {
		// It was over already.
	}
	await transaction.done.catch(() => undefined);
	return transaction.error ?? error;
}

/** An opening that was given up for blocked may still succeed: nobody would close it. */
function closeLate(opening: Promise<IDBPDatabase<Schema>>): void {
	opening.then(
		(connection) => {
			connection.close();
		},
		() => undefined
	);
}

function openingFailure(error: unknown): Error {
	if (error instanceof DatabaseUnavailable) return error;
	if (error instanceof Error && error.name === 'VersionError') {
		const message = 'A newer version of Holdfast wrote the database. Reload the page.';
		return new DatabaseUnavailable('newer', message, { cause: error });
	}
	return new DatabaseUnavailable('refused', 'The browser gives no database.', { cause: error });
}
