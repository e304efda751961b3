import type { PeerId } from '../../engine/identifiers.ts';
import type { HeldBlock } from '../../engine/ports.ts';
import type { Database, Reading } from '../indexeddb/database.ts';
import type { HeldBlockKey, HeldBlockRow, PackRow } from '../indexeddb/schema.ts';
import { rowsAtOnceMax } from './limits.ts';

export interface IndexedBlock {
	readonly key: HeldBlockKey;
	readonly row: HeldBlockRow;
}

/** Where every held block lies: the stores 'heldBlocks' and 'packs' of the database. */
export class BlockIndex {
	readonly #database: Database;

	constructor(database: Database) {
		this.#database = database;
	}

	find(owner: PeerId, number: number): Promise<HeldBlockRow | undefined> {
		return this.#database.read(['heldBlocks'], (transaction) =>
			transaction.objectStore('heldBlocks').get([owner, number])
		);
	}

	/** The rows of these keys, in their order. */
	findAll(keys: readonly HeldBlockKey[]): Promise<readonly (HeldBlockRow | undefined)[]> {
		return this.#database.read(['heldBlocks'], (transaction) => {
			const store = transaction.objectStore('heldBlocks');
			return Promise.all(keys.map((key) => store.get(key)));
		});
	}

	async list(owner: PeerId, from: number, limit: number): Promise<readonly HeldBlock[]> {
		if (limit <= 0) return [];
		const range = IDBKeyRange.bound([owner, from], [owner, Infinity]);
		const found = await this.#database.read(['heldBlocks'], (transaction) =>
			rowsOf(transaction, range, limit)
		);
		return found.map(({ key: [, number], row: { stripe, position, bytes } }) => {
			return { owner, number, stripe, position, bytes };
		});
	}

	/** Every row, a few thousand at a time. */
	async *all(): AsyncIterable<readonly IndexedBlock[]> {
		let range: IDBKeyRange | undefined;
		for (;;) {
			const found = await this.#database.read(['heldBlocks'], (transaction) =>
				rowsOf(transaction, range, rowsAtOnceMax)
			);
			const last = found.at(-1);
			if (last === undefined) return;
			yield found;
			range = IDBKeyRange.lowerBound(last.key, true);
		}
	}

	/** The highest number of each of these owners that has one. */
	highest(owners: readonly PeerId[]): Promise<readonly HeldBlockKey[]> {
		return this.#database.read(['heldBlocks'], async (transaction) => {
			const store = transaction.objectStore('heldBlocks');
			const cursors = owners.map((owner) =>
				store.openKeyCursor(IDBKeyRange.bound([owner, -Infinity], [owner, Infinity]), 'prev')
			);
			const found = await Promise.all(cursors);
			return found.flatMap((cursor) => (cursor === null ? [] : [cursor.primaryKey]));
		});
	}

	packs(): Promise<readonly (readonly [pack: number, row: PackRow])[]> {
		return this.#database.read(['packs'], async (transaction) => {
			const store = transaction.objectStore('packs');
			const [packs, rows] = await Promise.all([store.getAllKeys(), store.getAll()]);
			return rows.map((row, i) => [packs[i] ?? 0, row] as const);
		});
	}

	/** Writes rows of packs alone. */
	writePacks(packs: readonly (readonly [pack: number, row: PackRow])[]): Promise<void> {
		return this.add([], packs);
	}

	/** Adds blocks, and writes the rows of the packs that they lie in, durably, all or none. */
	add(
		blocks: readonly IndexedBlock[],
		packs: readonly (readonly [pack: number, row: PackRow])[]
	): Promise<void> {
		return this.#database.write(['heldBlocks', 'packs'], async (transaction) => {
			const store = transaction.objectStore('heldBlocks');
			await Promise.all([
				...packs.map(([pack, row]) => transaction.objectStore('packs').put(row, pack)),
				...blocks.map(({ key, row }) => store.put(row, key))
			]);
		});
	}

	/** Deletes blocks, and the packs that are empty without them; writes the rows of the others. Durably, all or none. */
	remove(
		keys: readonly HeldBlockKey[],
		emptied: readonly number[],
		left: readonly (readonly [pack: number, row: PackRow])[]
	): Promise<void> {
		return this.#database.write(['heldBlocks', 'packs'], async (transaction) => {
			const store = transaction.objectStore('heldBlocks');
			await Promise.all([
				...emptied.map((pack) => transaction.objectStore('packs').delete(pack)),
				...left.map(([pack, row]) => transaction.objectStore('packs').put(row, pack)),
				...keys.map((key) => store.delete(key))
			]);
		});
	}
}

async function rowsOf(
	transaction: Reading,
	range: IDBKeyRange | undefined,
	limit: number
): Promise<readonly IndexedBlock[]> {
	const store = transaction.objectStore('heldBlocks');
	const count = Math.min(limit, 2 ** 32 - 1);
	const [keys, rows] = await Promise.all([
		store.getAllKeys(range, count),
		store.getAll(range, count)
	]);
	return keys.flatMap((key, i) => {
		const row = rows[i];
		return row === undefined ? [] : [{ key, row }];
	});
}
