import type { PeerId, StripeId } from '../../engine/identifiers.ts';
import type { RecordTables } from '../../engine/records.ts';

/** Key: the pack's number. A pack file without a row is left over from a crash. */
export interface PackRow {
	/** How long the pack may grow. */
	readonly capacityBytes: number;
	/**
	 * What lies in it, as of the transaction that wrote this row, so that opening the store reads no block's row. Absent
	 * while it is in doubt whether a transaction was done: then the rows of the blocks tell.
	 */
	readonly content?: PackContent;
}

export interface PackContent {
	/** The free extents, in order: start and end of each, one after the other. */
	readonly free: readonly number[];
	/** Blocks of each owner, and the bytes of their records. */
	readonly held: readonly (readonly [owner: PeerId, blocks: number, bytes: number])[];
}

/** Key: [owner, shelf number]. Where a held block lies (docs/format/pack.md). */
export interface HeldBlockRow {
	readonly pack: number;
	readonly offset: number;
	/** Length of the record. */
	readonly bytes: number;
	readonly stripe: StripeId;
	readonly position: number;
}

export type HeldBlockKey = [owner: PeerId, number: number];

type TableStores = {
	[T in keyof RecordTables]: { key: string; value: RecordTables[T] };
};

/** Version 1 of the database. */
export type Schema = TableStores & {
	packs: { key: number; value: PackRow };
	heldBlocks: { key: HeldBlockKey; value: HeldBlockRow };
};
