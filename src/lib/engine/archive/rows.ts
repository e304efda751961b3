/**
 * Chunk places packed into pages of bytes: 81 bytes a chunk, where objects would take some 400. Two million
 * chunks (1 TB) are 160 MB; growing adds a page and copies nothing.
 */
import type { ChunkPlace } from '../coding/contents.ts';
import { hashBytes } from '../coding/limits.ts';
import { bytesOf, nameOf, type ChunkId } from '../identifiers.ts';
import type { CompressionMethod } from '../ports.ts';

/** What stands where a removed row named its stripe. */
export const noStripe = 0xffff_ffff;

const methods: readonly CompressionMethod[] = ['stored', 'deflate', 'zstd'];
const rowsPerPage = 8192;
const hashAt = hashBytes;
const offsetAt = 2 * hashBytes;
const sealedAt = offsetAt + 4;
const rawAt = sealedAt + 4;
const stripeAt = rawAt + 4;
const methodAt = stripeAt + 4;
const rowBytes = methodAt + 1;

interface Page {
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly view: DataView;
}

/** Rows are numbered in the order in which they were added, and keep their numbers. */
export class PlaceRows {
	readonly #pages: Page[] = [];
	#count = 0;

	get count(): number {
		return this.#count;
	}

	/** Adds a place in the stripe with this ordinal, and gives the row's number. */
	add(place: ChunkPlace, stripe: number): number {
		const row = this.#count++;
		if (row % rowsPerPage === 0) this.#pages.push(emptyPage());
		const { page, at } = this.#find(row);
		page.bytes.set(bytesOf(place.chunk), at);
		page.bytes.set(place.contentHash, at + hashAt);
		page.view.setUint32(at + offsetAt, place.offset);
		page.view.setUint32(at + sealedAt, place.sealedBytes);
		page.view.setUint32(at + rawAt, place.rawBytes);
		page.view.setUint32(at + stripeAt, stripe);
		page.bytes[at + methodAt] = methods.indexOf(place.method);
		return row;
	}

	/** Forgets where the row's chunk lies. */
	clear(row: number): void {
		const { page, at } = this.#find(row);
		page.view.setUint32(at + stripeAt, noStripe);
	}

	stripe(row: number): number {
		const { page, at } = this.#find(row);
		return page.view.getUint32(at + stripeAt);
	}

	/** The first four bytes of the chunk's id: uniform, because ids are keyed hashes. */
	prefix(row: number): number {
		const { page, at } = this.#find(row);
		return page.view.getUint32(at);
	}

	sealedBytes(row: number): number {
		const { page, at } = this.#find(row);
		return page.view.getUint32(at + sealedAt);
	}

	/** Whether the row is of the chunk with these id bytes. */
	is(row: number, id: Uint8Array): boolean {
		const { page, at } = this.#find(row);
		for (let i = 0; i < hashBytes; i++) if (page.bytes[at + i] !== id[i]) return false;
		return true;
	}

	chunk(row: number): ChunkId {
		const { page, at } = this.#find(row);
		return nameOf<ChunkId>(page.bytes.subarray(at, at + hashBytes));
	}

	place(row: number): ChunkPlace {
		const { page, at } = this.#find(row);
		return {
			chunk: this.chunk(row),
			contentHash: page.bytes.slice(at + hashAt, at + offsetAt),
			offset: page.view.getUint32(at + offsetAt),
			sealedBytes: page.view.getUint32(at + sealedAt),
			rawBytes: page.view.getUint32(at + rawAt),
			method: methods[page.bytes[at + methodAt] ?? 0] ?? 'stored'
		};
	}

	#find(row: number): { page: Page; at: number } {
		const page = this.#pages[Math.floor(row / rowsPerPage)];
		if (page === undefined) throw new RangeError(`there is no row ${row}`);
		return { page, at: (row % rowsPerPage) * rowBytes };
	}
}

function emptyPage(): Page {
	const bytes = new Uint8Array(rowsPerPage * rowBytes);
	return { bytes, view: new DataView(bytes.buffer) };
}
