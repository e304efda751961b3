/**
 * Partner blocks in pack files, their index in IndexedDB (docs/format/pack.md, docs/adr/0008-pack-files.md).
 * A block is written, flushed, then indexed by a strict transaction, and only then acknowledged: a crash in
 * between leaves bytes that nothing refers to and that the next block overwrites.
 */
import { BlockConflict, StorageFull } from '../../engine/failures.ts';
import type { PeerId } from '../../engine/identifiers.ts';
import type { BlockStore, HeldBlock, RecordPiece } from '../../engine/ports.ts';
import type { Database } from '../indexeddb/database.ts';
import type { HeldBlockKey, HeldBlockRow, PackContent, PackRow } from '../indexeddb/schema.ts';
import { BlockIndex, type IndexedBlock } from './block-index.ts';
import { StoreClosed } from './failures.ts';
import { JobQueue, type Job } from './job-queue.ts';
import { deletesAtOnceMax, handlesMax, packBytesMax } from './limits.ts';
import type { PackDirectory } from './pack-directory.ts';
import { PackFiles } from './pack-files.ts';
import { writeFailure } from './pack-write.ts';
import { Space, type Place } from './space.ts';
import {
	indexed,
	isPut,
	isWithin,
	joins,
	keyOf,
	placeOf,
	placesOf,
	sameBytes,
	type Delete,
	type Placed,
	type Put,
	type Task
} from './tasks.ts';
import { UsageCounter, type Usage } from './usage.ts';

type PackRows = readonly (readonly [pack: number, row: PackRow])[];

export interface BlockStoreOptions {
	readonly database: Database;
	/** Held by this store until it is closed. */
	readonly directory: PackDirectory;
	/** Capacity of new packs; those that are there keep theirs. */
	readonly packBytesMax?: number;
	readonly handlesMax?: number;
}

/** Failures beyond those of BlockStore: DatabaseUnavailable, StoreInUse, StoreClosed. */
export class OpfsBlockStore implements BlockStore {
	readonly #index: BlockIndex;
	readonly #directory: PackDirectory;
	readonly #files: PackFiles;
	readonly #space: Space;
	readonly #usage = new UsageCounter();
	readonly #queue: JobQueue<Task>;
	/** Packs that have a row in the index. */
	readonly #indexedPacks = new Set<number>();
	/** Packs of which it is unknown whether a transaction was done: what their rows say is left open. */
	readonly #doubted = new Set<number>();
	/** Grows whenever places become free, so that a read can tell whether its place was. */
	#releases = 0;
	#closed = false;

	private constructor(options: BlockStoreOptions) {
		this.#index = new BlockIndex(options.database);
		this.#directory = options.directory;
		this.#files = new PackFiles(options.directory, options.handlesMax ?? handlesMax);
		this.#space = new Space(options.packBytesMax ?? packBytesMax);
		this.#queue = new JobQueue(joins, (jobs) => this.#work(jobs));
	}

	/** Learns from the packs' rows what is free, and removes what a crash left over. */
	static async open(options: BlockStoreOptions): Promise<OpfsBlockStore> {
		const store = new OpfsBlockStore(options);
		await store.#load();
		return store;
	}

	/** `record` belongs to the store until this settles. */
	put(block: HeldBlock, record: Uint8Array): Promise<void> {
		if (record.length === 0 || record.length !== block.bytes) {
			const lengths = `${String(record.length)}, not ${String(block.bytes)}`;
			return Promise.reject(new RangeError(`The record's length is ${lengths} bytes.`));
		}
		return this.#enqueue({ kind: 'put', block, record });
	}

	async get(owner: PeerId, number: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
		for (;;) {
			this.#check();
			const releases = this.#releases;
			const row = await this.#index.find(owner, number);
			const record = row && (await this.#read(row));
			// Meanwhile the block may have been deleted and another one written in its place.
			if (releases === this.#releases) return record;
		}
	}

	async read(
		owner: PeerId,
		pieces: readonly RecordPiece[]
	): Promise<readonly (Uint8Array<ArrayBuffer> | undefined)[]> {
		const numbers = [...new Set(pieces.map(({ number }) => number))];
		for (;;) {
			this.#check();
			const releases = this.#releases;
			const found = await this.#index.findAll(numbers.map((number) => [owner, number]));
			const rows = new Map(numbers.map((number, i) => [number, found[i]]));
			const read: (Uint8Array<ArrayBuffer> | undefined)[] = [];
			// One after the other: pieces of many packs at once would close each other's files.
			for (const piece of pieces) read.push(await this.#readPiece(rows.get(piece.number), piece));
			// As in `get`.
			if (releases === this.#releases) return read;
		}
	}

	delete(owner: PeerId, numbers: readonly number[]): Promise<void> {
		return this.#enqueue({ kind: 'delete', owner, numbers });
	}

	async list(owner: PeerId, from: number, limit: number): Promise<readonly HeldBlock[]> {
		this.#check();
		return this.#index.list(owner, from, limit);
	}

	/** Bytes of records, without gaps in packs. */
	usage(owner: PeerId): Promise<Usage> {
		return Promise.resolve(this.#usage.of(owner));
	}

	/** Bytes of records, as `usage` counts them. */
	total(): Promise<Usage> {
		return Promise.resolve(this.#usage.total);
	}

	/** Ends what was begun, and lets another store have the files. */
	async close(): Promise<void> {
		this.#closed = true;
		await this.#queue.idle();
		this.#files.closeAll();
		this.#directory.release();
	}

	#check(): void {
		if (this.#closed) throw new StoreClosed('The block store is closed.');
	}

	#enqueue(task: Task): Promise<void> {
		if (this.#closed) return Promise.reject(new StoreClosed('The block store is closed.'));
		return this.#queue.add(task);
	}

	async #load(): Promise<void> {
		const packs = await this.#index.packs();
		for (const [pack] of packs) this.#indexedPacks.add(pack);
		if (packs.every(([, { content }]) => content !== undefined)) await this.#believe(packs);
		else await this.#readAll(packs);
		const leftOver = (await this.#directory.list()).filter((pack) => !this.#indexedPacks.has(pack));
		for (const pack of leftOver) {
			this.#space.avoid(pack);
			// One that cannot be removed now may be when the store opens next.
			await this.#directory.remove(pack).catch(() => undefined);
		}
	}

	/** Opens by the rows of the packs alone: a few for each GiB, where reading all blocks' takes half a minute at 100 GiB. */
	async #believe(packs: PackRows): Promise<void> {
		for (const [pack, { capacityBytes, content }] of packs) {
			this.#space.addKnown(pack, capacityBytes, content?.free ?? []);
			this.#usage.addPack(pack, content?.held ?? []);
		}
		const highest = await this.#index.highest(this.#usage.owners);
		for (const key of highest) this.#usage.reached(...key);
	}

	/** Reads the rows of all blocks, and has the packs' rows say it from now on. */
	async #readAll(packs: PackRows): Promise<void> {
		const taken = new Map<number, Place[]>();
		for (const [pack] of packs) taken.set(pack, []);
		for await (const blocks of this.#index.all()) {
			this.#usage.add(blocks);
			for (const { row } of blocks) taken.get(row.pack)?.push(placeOf(row));
		}
		for (const [pack, { capacityBytes }] of packs) {
			this.#space.addPack(pack, capacityBytes, taken.get(pack) ?? []);
		}
		await this.#index.writePacks(packs.map(([pack]) => [pack, this.#rowWith(pack, [])]));
	}

	async #work(jobs: readonly Job<Task>[]): Promise<void> {
		const puts = jobs.filter(isPut);
		if (puts.length > 0) return this.#putGroup(puts);
		for (const job of jobs) {
			if (job.task.kind === 'delete') await this.#delete(job.task);
			job.done();
		}
	}

	async #putGroup(jobs: readonly Job<Put>[]): Promise<void> {
		const placed = this.#placeAll(await this.#settleKnown(jobs));
		const written = await this.#writeAll(placed);
		const flushed = this.#flushAll(written);
		// Given back first: the rows of the packs say what is free.
		await this.#abandon(placesOf(placed.filter((put) => !flushed.includes(put))));
		if (flushed.length === 0) return;
		try {
			await this.#commit(flushed);
			for (const put of flushed) put.job.done();
		} catch (error) {
			const failure = writeFailure(error);
			// Only a full database surely kept nothing. Else the index may refer to the places, so they stay taken
			// until the store opens anew.
			if (failure instanceof StorageFull) await this.#abandon(placesOf(flushed));
			else for (const { place } of flushed) this.#doubted.add(place.pack);
			for (const put of flushed) put.job.fail(failure);
		}
	}

	/** Settles the puts whose shelf number is taken, and gives the others. */
	async #settleKnown(jobs: readonly Job<Put>[]): Promise<readonly Job<Put>[]> {
		// Owners give ascending numbers, so that hardly any put costs this look.
		const isFresh = ({ task: { block } }: Job<Put>): boolean =>
			this.#usage.isBeyond(block.owner, block.number);
		const fresh = jobs.filter(isFresh);
		const known = jobs.filter((job) => !isFresh(job));
		if (known.length === 0) return fresh;
		const rows = await this.#index.findAll(known.map(({ task }) => keyOf(task.block)));
		for (const [i, job] of known.entries()) {
			const { block, record } = job.task;
			const row = rows[i];
			const held = row && (await this.#read(row));
			if (held === undefined) {
				// What the disk lost gives its number back.
				if (row !== undefined) await this.#deleteSome(block.owner, [block.number]);
				fresh.push(job);
			} else if (sameBytes(held, record)) job.done();
			else job.fail(new BlockConflict(`Shelf number ${String(block.number)} is taken.`));
		}
		return fresh;
	}

	#placeAll(jobs: readonly Job<Put>[]): readonly Placed[] {
		return jobs.flatMap((job) => {
			const { record } = job.task;
			const place = this.#space.take(record.length);
			if (place !== undefined) return [{ job, place }];
			job.fail(new StorageFull(`A record of ${String(record.length)} bytes fits no pack.`));
			return [];
		});
	}

	/** Gives the puts that could be written; the others are told. */
	async #writeAll(placed: readonly Placed[]): Promise<readonly Placed[]> {
		const written: Placed[] = [];
		for (const put of placed) {
			const bytes = put.job.task.record as Uint8Array<ArrayBuffer>;
			try {
				await this.#files.write(put.place.pack, put.place.offset, bytes);
				written.push(put);
			} catch (error) {
				put.job.fail(writeFailure(error));
			}
		}
		return written;
	}

	/** Gives the puts that are on disk; the others are told. */
	#flushAll(written: readonly Placed[]): readonly Placed[] {
		const failures = new Map<number, Error>();
		for (const pack of new Set(written.map(({ place }) => place.pack))) {
			try {
				this.#files.flush(pack);
			} catch (error) {
				failures.set(pack, writeFailure(error));
			}
		}
		return written.filter(({ job, place }) => {
			const failure = failures.get(place.pack);
			if (failure !== undefined) job.fail(failure);
			return failure === undefined;
		});
	}

	async #commit(puts: readonly Placed[]): Promise<void> {
		const packs = [...new Set(puts.map(({ place }) => place.pack))];
		const blocks = puts.map(indexed);
		await this.#index.add(
			blocks,
			packs.map((pack) => [pack, this.#rowWith(pack, blocks)] as const)
		);
		for (const pack of packs) this.#indexedPacks.add(pack);
		this.#usage.add(blocks);
	}

	/** A pack's row once these blocks, which have their places, are indexed. */
	#rowWith(pack: number, blocks: readonly IndexedBlock[]): PackRow {
		const free = this.#space.freeWithout(pack, []);
		return this.#row(pack, { free, held: this.#usage.heldWith(pack, blocks, 1) });
	}

	/** A pack's row once these blocks are gone. */
	#rowWithout(pack: number, blocks: readonly IndexedBlock[]): PackRow {
		const free = this.#space.freeWithout(
			pack,
			blocks.map(({ row }) => placeOf(row))
		);
		return this.#row(pack, { free, held: this.#usage.heldWith(pack, blocks, -1) });
	}

	#row(pack: number, content: PackContent): PackRow {
		const capacityBytes = this.#space.capacityOf(pack);
		return this.#doubted.has(pack) ? { capacityBytes } : { capacityBytes, content };
	}

	/** Frees places that were never indexed, and removes the packs that were made for them alone. */
	async #abandon(places: readonly Place[]): Promise<void> {
		for (const place of places) this.#space.give(place);
		const packs = new Set(places.map((place) => place.pack));
		for (const pack of packs) if (this.#space.isEmpty(pack)) await this.#removePack(pack);
	}

	async #delete({ owner, numbers }: Delete): Promise<void> {
		const distinct = [...new Set(numbers)];
		for (let i = 0; i < distinct.length; i += deletesAtOnceMax) {
			await this.#deleteSome(owner, distinct.slice(i, i + deletesAtOnceMax));
		}
	}

	async #deleteSome(owner: PeerId, numbers: readonly number[]): Promise<void> {
		const keys = numbers.map((number): HeldBlockKey => [owner, number]);
		const rows = await this.#index.findAll(keys);
		const held = keys.flatMap((key, i): IndexedBlock[] => {
			const row = rows[i];
			return row === undefined ? [] : [{ key, row }];
		});
		if (held.length === 0) return;
		const places = held.map(({ row }) => placeOf(row));
		const emptied = this.#space.emptiedBy(places);
		await this.#remove(held, emptied);
		this.#usage.remove(held);
		this.#releases++;
		for (const place of places) this.#space.give(place);
		for (const pack of emptied) await this.#removePack(pack);
	}

	async #remove(held: readonly IndexedBlock[], emptied: readonly number[]): Promise<void> {
		const packs = [...new Set(held.map(({ row }) => row.pack))];
		const left = packs.filter((pack) => !emptied.includes(pack));
		try {
			await this.#index.remove(
				held.map(({ key }) => key),
				emptied,
				left.map((pack) => [pack, this.#rowWithout(pack, held)] as const)
			);
		} catch (error) {
			for (const pack of packs) this.#doubted.add(pack);
			throw error;
		}
	}

	async #removePack(pack: number): Promise<void> {
		this.#space.removePack(pack);
		this.#indexedPacks.delete(pack);
		this.#doubted.delete(pack);
		// The index refers to it no more: a file that stays is removed when the store opens next.
		await this.#files.remove(pack).catch(() => undefined);
	}

	/** Undefined when the pack is gone or too short: the disk lost the block. */
	#read(row: HeldBlockRow): Promise<Uint8Array<ArrayBuffer> | undefined> {
		return this.#files.read(row.pack, row.offset, row.bytes);
	}

	#readPiece(
		row: HeldBlockRow | undefined,
		{ offset, length }: RecordPiece
	): Promise<Uint8Array<ArrayBuffer> | undefined> {
		if (row === undefined || !isWithin(row.bytes, offset, length))
			return Promise.resolve(undefined);
		return this.#files.read(row.pack, row.offset + offset, length);
	}
}
