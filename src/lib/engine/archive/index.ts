/**
 * Where every chunk lies: chunk id -> stripe and place. Only a cache of the stripes' own tables of contents,
 * built from the records at start, or from the index segments of a head when the records were lost
 * (docs/format/index.md).
 */
import { decodeContents } from '../coding/contents.ts';
import { sameProfile, type CodingProfile } from '../coding/profile.ts';
import { bytesOf, type ChunkId, type StripeId } from '../identifiers.ts';
import type { Geometry, Records } from '../ports.ts';
import type { StripeRecord } from '../records.ts';
import type { ChunkLocation } from './head.ts';
import { recordsPerBatch } from './limits.ts';
import { noStripe, PlaceRows } from './rows.ts';

/** What the index knows of a stripe. Holders and payload hash stay in the records. */
export interface IndexedStripe {
	readonly id: StripeId;
	readonly profile: CodingProfile;
	readonly geometry: Geometry;
	/** 0 where it is not known: stripes learned from segments. */
	readonly storedAt: number;
	/** Count of the chunks in it. */
	readonly chunks: number;
	/** What its chunks take in the payload. */
	readonly sealedBytes: number;
}

/** What the index needs of a stripe; a StripeRecord has it all. */
export type IndexableStripe = Pick<StripeRecord, 'contents' | 'm' | 'k' | 'blockBytes'> & {
	readonly storedAt?: number;
};

/** How much of a stripe is needed. */
export interface Liveness {
	readonly stripe: IndexedStripe;
	/** Of `stripe.sealedBytes`. */
	readonly liveBytes: number;
}

/** A count of needed chunks over an index that stands still meanwhile. */
export interface LivenessCount {
	/** Marks a chunk as needed, at the place that `locate` gives. */
	mark(chunk: ChunkId): 'first' | 'again' | 'unknown';
	/** Every stripe with what was marked in it. */
	read(): IterableIterator<Liveness>;
	/** The stripe in which this chunk was marked; undefined when it was not. */
	markedIn(chunk: ChunkId): StripeId | undefined;
	/** The marked chunks of one stripe. */
	chunksOf(stripe: StripeId): readonly ChunkId[];
}

interface Slotted extends IndexedStripe {
	readonly ordinal: number;
	readonly firstRow: number;
	/** Of two places of one chunk, the one of the higher rank counts. */
	readonly rank: number;
}

const emptySlot = -1;
const slotsAtFirst = 1024;

export class ChunkIndex {
	readonly #rows = new PlaceRows();
	/** Open addressing: row numbers, found from the first bytes of the id. */
	#slots = new Int32Array(slotsAtFirst).fill(emptySlot);
	readonly #stripes = new Map<StripeId, Slotted>();
	readonly #byOrdinal: (Slotted | undefined)[] = [];
	readonly #profiles: CodingProfile[] = [];
	#highestRank = 0;

	/** Reads the table 'stripes'. Rejects with Malformed when a record is broken. */
	static async load(records: Records): Promise<ChunkIndex> {
		const index = new ChunkIndex();
		for (let from = ''; ;) {
			const page = await records.scan('stripes', { from, limit: recordsPerBatch });
			for (const [, record] of page) index.#insert(record, record.storedAt);
			const last = page.at(-1);
			if (last === undefined || page.length < recordsPerBatch) return index;
			// The least key after the last one.
			from = `${last[0]}\0`;
		}
	}

	get stripeCount(): number {
		return this.#stripes.size;
	}

	has(chunk: ChunkId): boolean {
		return this.#rowOf(chunk) !== undefined;
	}

	/** Where the chunk lies; of several places the one in the stripe that was stored last. */
	locate(chunk: ChunkId): ChunkLocation | undefined {
		const row = this.#rowOf(chunk);
		return row === undefined ? undefined : this.#location(row);
	}

	/** Every place of the chunk, the one in the stripe that was stored last first. */
	locations(chunk: ChunkId): readonly ChunkLocation[] {
		const id = bytesOf(chunk);
		const ranked = [...this.#rowsWith(id)].map((row) => ({
			row,
			rank: this.#stripeOfRow(row)?.rank ?? -Infinity
		}));
		// Of equal ranks the later row goes first, as it does in `locate`.
		return ranked
			.toSorted((a, b) => b.rank - a.rank || b.row - a.row)
			.flatMap(({ row }) => this.#location(row) ?? []);
	}

	stripe(id: StripeId): IndexedStripe | undefined {
		return this.#stripes.get(id);
	}

	/** All stripes in the order in which they were added. */
	stripes(): IterableIterator<IndexedStripe> {
		return this.#stripes.values();
	}

	/** The chunks of a stripe in the order of its payload. */
	chunksOf(id: StripeId): readonly ChunkId[] {
		const stripe = this.#stripes.get(id);
		return rowsOf(stripe).map((row) => this.#rows.chunk(row));
	}

	/** Takes a stripe in that was stored just now. Known stripes are passed over. Throws Malformed. */
	add(record: IndexableStripe): void {
		// What comes later counts even when the clock was set back between the two.
		this.#insert(record, Math.max(record.storedAt ?? 0, this.#highestRank));
	}

	/** Forgets a stripe and its places. Unknown ones are passed over. */
	remove(id: StripeId): void {
		const stripe = this.#stripes.get(id);
		if (stripe === undefined) return;
		for (const row of rowsOf(stripe)) this.#rows.clear(row);
		this.#stripes.delete(id);
		this.#byOrdinal[stripe.ordinal] = undefined;
	}

	/** Starts a count of what is needed. The index must not change until it is read. */
	liveness(): LivenessCount {
		const marks = new Uint8Array(this.#rows.count);
		return {
			mark: (chunk) => this.#mark(marks, chunk),
			read: () => this.#livenessOfAll(marks),
			markedIn: (chunk) => {
				const row = this.#rowOf(chunk);
				return row === undefined || marks[row] !== 1 ? undefined : this.#stripeOfRow(row)?.id;
			},
			chunksOf: (id) => {
				const rows = rowsOf(this.#stripes.get(id)).filter((row) => marks[row] === 1);
				return rows.map((row) => this.#rows.chunk(row));
			}
		};
	}

	#insert(record: IndexableStripe, rank: number): void {
		const { stripe: id, profile, places } = decodeContents(record.contents);
		if (this.#stripes.has(id)) return;
		const { m, k, blockBytes, storedAt = 0 } = record;
		this.#highestRank = Math.max(this.#highestRank, rank);
		const stripe: Slotted = {
			id,
			profile: this.#intern(profile),
			geometry: { m, k, blockBytes },
			storedAt,
			chunks: places.length,
			sealedBytes: places.reduce((sum, place) => sum + place.sealedBytes, 0),
			ordinal: this.#byOrdinal.length,
			firstRow: this.#rows.count,
			rank
		};
		this.#stripes.set(id, stripe);
		this.#byOrdinal.push(stripe);
		for (const place of places) this.#slot(this.#rows.add(place, stripe.ordinal));
	}

	#mark(marks: Uint8Array, chunk: ChunkId): 'first' | 'again' | 'unknown' {
		const row = this.#rowOf(chunk);
		if (row === undefined) return 'unknown';
		const before = marks[row];
		marks[row] = 1;
		return before === 1 ? 'again' : 'first';
	}

	*#livenessOfAll(marks: Uint8Array): IterableIterator<Liveness> {
		for (const stripe of this.#stripes.values()) {
			let liveBytes = 0;
			for (const row of rowsOf(stripe)) {
				if (marks[row] === 1) liveBytes += this.#rows.sealedBytes(row);
			}
			yield { stripe, liveBytes };
		}
	}

	#location(row: number): ChunkLocation | undefined {
		const stripe = this.#stripeOfRow(row);
		if (stripe === undefined) return undefined;
		return { stripe: stripe.id, profile: stripe.profile, place: this.#rows.place(row) };
	}

	#stripeOfRow(row: number): Slotted | undefined {
		const ordinal = this.#rows.stripe(row);
		return ordinal === noStripe ? undefined : this.#byOrdinal[ordinal];
	}

	#rowOf(chunk: ChunkId): number | undefined {
		const id = bytesOf(chunk);
		let best: number | undefined;
		let bestRank = -Infinity;
		for (const row of this.#rowsWith(id)) {
			const rank = this.#stripeOfRow(row)?.rank;
			if (rank === undefined || rank < bestRank) continue;
			best = row;
			bestRank = rank;
		}
		return best;
	}

	*#rowsWith(id: Uint8Array): IterableIterator<number> {
		for (let slot = this.#home(prefixOf(id)); ; slot = this.#after(slot)) {
			const row = this.#slots[slot] ?? emptySlot;
			if (row === emptySlot) return;
			if (this.#rows.is(row, id)) yield row;
		}
	}

	/** Half of the slots stay empty, so that searches end soon. */
	#slot(row: number): void {
		if (2 * this.#rows.count > this.#slots.length) this.#grow();
		else this.#place(row);
	}

	#grow(): void {
		this.#slots = new Int32Array(2 * this.#slots.length).fill(emptySlot);
		// Removed rows drop out here, and the rows keep their order along every search.
		for (let row = 0; row < this.#rows.count; row++) {
			if (this.#rows.stripe(row) !== noStripe) this.#place(row);
		}
	}

	#place(row: number): void {
		let slot = this.#home(this.#rows.prefix(row));
		while (this.#slots[slot] !== emptySlot) slot = this.#after(slot);
		this.#slots[slot] = row;
	}

	#home(prefix: number): number {
		return prefix & (this.#slots.length - 1);
	}

	#after(slot: number): number {
		return (slot + 1) & (this.#slots.length - 1);
	}

	/** Stripes share a few profiles: one object each. */
	#intern(profile: CodingProfile): CodingProfile {
		const known = this.#profiles.find((each) => sameProfile(each, profile));
		if (known === undefined) this.#profiles.push(profile);
		return known ?? profile;
	}
}

function rowsOf(stripe: Slotted | undefined): readonly number[] {
	if (stripe === undefined) return [];
	return Array.from({ length: stripe.chunks }, (_, i) => stripe.firstRow + i);
}

function prefixOf(id: Uint8Array): number {
	return (((id[0] ?? 0) << 24) | ((id[1] ?? 0) << 16) | ((id[2] ?? 0) << 8) | (id[3] ?? 0)) >>> 0;
}
