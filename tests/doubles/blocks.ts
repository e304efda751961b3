import { BlockConflict, StorageFull } from '../../src/lib/engine/failures.ts';
import type { PeerId } from '../../src/lib/engine/identifiers.ts';
import type { BlockStore, HeldBlock, RecordPiece } from '../../src/lib/engine/ports.ts';

interface Held {
	readonly block: HeldBlock;
	readonly record: Uint8Array<ArrayBuffer>;
}

/** What outlives a crash: hand one disk to a new MemoryBlockStore to reopen it. */
export class BlockDisk {
	readonly shelves = new Map<PeerId, Map<number, Held>>();
}

export interface MemoryBlockStoreOptions {
	readonly disk?: BlockDisk;
	/** Puts that would take more than this reject with StorageFull. */
	readonly bytesMax?: number;
}

/** Blocks in memory, with faults to order. */
export class MemoryBlockStore implements BlockStore {
	readonly disk: BlockDisk;
	bytesMax: number;
	#bytes = 0;
	#failure: Error | undefined;

	constructor(options: MemoryBlockStoreOptions = {}) {
		this.disk = options.disk ?? new BlockDisk();
		this.bytesMax = options.bytesMax ?? Infinity;
		for (const shelf of this.disk.shelves.values()) this.#bytes += sum(shelf).bytes;
	}

	/** The next put stores nothing and rejects. */
	failNextPut(failure: Error = new StorageFull('The disk is full.')): void {
		this.#failure = failure;
	}

	/** Flips one bit of a held record. */
	rot(owner: PeerId, number: number, offset?: number): void {
		const record = this.#held(owner, number).record;
		const at = offset ?? record.length >> 1;
		record[at] = (record[at] ?? 0) ^ 1;
	}

	/** The disk loses a block without a word. */
	lose(owner: PeerId, number: number): void {
		this.#bytes -= this.#held(owner, number).block.bytes;
		this.disk.shelves.get(owner)?.delete(number);
	}

	/** The disk loses everything. */
	loseAll(): void {
		this.disk.shelves.clear();
		this.#bytes = 0;
	}

	// Executors run at once, and a throw inside one is a rejection.
	put(block: HeldBlock, record: Uint8Array): Promise<void> {
		return new Promise((resolve) => {
			this.#put(block, record);
			resolve();
		});
	}

	get(owner: PeerId, number: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
		return Promise.resolve(this.disk.shelves.get(owner)?.get(number)?.record.slice());
	}

	read(
		owner: PeerId,
		pieces: readonly RecordPiece[]
	): Promise<readonly (Uint8Array<ArrayBuffer> | undefined)[]> {
		const shelf = this.disk.shelves.get(owner);
		const read = pieces.map(({ number, offset, length }) => {
			const piece = shelf?.get(number)?.record.slice(Math.max(offset, 0), offset + length);
			return length > 0 && piece?.length === length ? piece : undefined;
		});
		return Promise.resolve(read);
	}

	delete(owner: PeerId, numbers: readonly number[]): Promise<void> {
		const shelf = this.disk.shelves.get(owner);
		for (const number of numbers) {
			this.#bytes -= shelf?.get(number)?.block.bytes ?? 0;
			shelf?.delete(number);
		}
		return Promise.resolve();
	}

	list(owner: PeerId, from: number, limit: number): Promise<readonly HeldBlock[]> {
		const blocks = [...(this.disk.shelves.get(owner)?.values() ?? [])].map((held) => held.block);
		const rest = blocks.filter((block) => block.number >= from);
		return Promise.resolve(rest.sort((a, b) => a.number - b.number).slice(0, limit));
	}

	usage(owner: PeerId): Promise<{ readonly blocks: number; readonly bytes: number }> {
		return Promise.resolve(sum(this.disk.shelves.get(owner)));
	}

	total(): Promise<{ readonly blocks: number; readonly bytes: number }> {
		let blocks = 0;
		for (const shelf of this.disk.shelves.values()) blocks += shelf.size;
		return Promise.resolve({ blocks, bytes: this.#bytes });
	}

	#put(block: HeldBlock, record: Uint8Array): void {
		const failure = this.#failure;
		this.#failure = undefined;
		if (failure !== undefined) throw failure;
		let shelf = this.disk.shelves.get(block.owner);
		if (shelf === undefined) this.disk.shelves.set(block.owner, (shelf = new Map<number, Held>()));
		const before = shelf.get(block.number);
		if (before !== undefined) {
			if (sameBytes(before.record, record)) return;
			throw new BlockConflict(`Shelf number ${String(block.number)} is taken by other content.`);
		}
		if (this.#bytes + block.bytes > this.bytesMax) throw new StorageFull('The limit is reached.');
		shelf.set(block.number, { block: { ...block }, record: record.slice() });
		this.#bytes += block.bytes;
	}

	#held(owner: PeerId, number: number): Held {
		const held = this.disk.shelves.get(owner)?.get(number);
		if (held === undefined) throw new Error(`Block ${String(number)} is not held.`);
		return held;
	}
}

function sum(shelf: ReadonlyMap<number, Held> | undefined): { blocks: number; bytes: number } {
	let bytes = 0;
	for (const held of shelf?.values() ?? []) bytes += held.block.bytes;
	return { blocks: shelf?.size ?? 0, bytes };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
