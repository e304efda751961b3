/**
 * From chunks to stored stripes: identify, deduplicate, compress, seal, code, store, record (patent, figure 6,
 * steps 284 to 296). Several chunks are compressed at once, and they fill the stripes in the order in which they
 * came. In memory are the chunks on their way, one stripe that is being filled, and those that the sink takes.
 */
import { encodeContents } from '../coding/contents.ts';
import type { CodingProfile } from '../coding/profile.ts';
import {
	chunkIdOf,
	StripeBuilder,
	type CodedStripe,
	type CodingTools,
	type PackedChunk
} from '../coding/stripe.ts';
import type { ChunkId } from '../identifiers.ts';
import type { Clock, Geometry, Records } from '../ports.ts';
import type { StripeHolder, StripeRecord } from '../records.ts';
import type { ChunkIndex } from './index.ts';
import { chunksInFlightMax } from './limits.ts';
import type { StageMeter } from './progress.ts';

/** Where coded stripes go: to the partners, in the application. */
export interface StripeSink {
	/**
	 * Resolves once the stripe is stored (q acknowledgements) with the holders known by then; later
	 * acknowledgements are recorded by the sink itself. Rejects only when aborted.
	 */
	store(stripe: CodedStripe): Promise<readonly (StripeHolder | undefined)[]>;
	/** Back-pressure: resolves when another stripe may be given. Rejects when the signal is aborted. */
	room(signal: AbortSignal): Promise<void>;
}

export interface StripeWriterOptions {
	readonly tools: CodingTools;
	readonly clock: Pick<Clock, 'now'>;
	readonly records: Pick<Records, 'write'>;
	readonly index: ChunkIndex;
	readonly profile: CodingProfile;
	/** Asked for every new stripe. */
	readonly geometry: () => Geometry;
	readonly sink: StripeSink;
	readonly meter: StageMeter;
	readonly signal: AbortSignal;
}

/** What became of a chunk. Fresh: no stripe had it. */
export interface PutChunk {
	readonly chunk: ChunkId;
	readonly fresh: boolean;
}

/** After a failure every method rejects with it, and nothing more is stored. */
export class StripeWriter {
	readonly #options: StripeWriterOptions;
	/** Chunks that are on their way into a stripe, or in one that is not stored yet. */
	readonly #coming = new Set<ChunkId>();
	readonly #storing = new Set<Promise<void>>();
	readonly #packing = new Set<Promise<void>>();
	#lastPlaced: Promise<void> = Promise.resolve();
	#builder: StripeBuilder | undefined;
	#failure: { readonly cause: unknown } | undefined;
	#stripes = 0;
	#storedBytes = 0;

	constructor(options: StripeWriterOptions) {
		this.#options = options;
	}

	/** Stripes stored so far. */
	get stripes(): number {
		return this.#stripes;
	}

	/** Length of all blocks of the stripes stored so far. */
	get storedBytes(): number {
		return this.#storedBytes;
	}

	/**
	 * Takes a chunk, whose bytes become the writer's. Resolves when it is known to be stored or on its way, and
	 * there is room for another.
	 */
	async put(content: Uint8Array): Promise<PutChunk> {
		this.#check();
		const { tools, meter } = this.#options;
		const chunk = await meter.time('hash', content.length, () => chunkIdOf(tools, content));
		if (this.#isKnown(chunk)) return { chunk, fresh: false };
		await this.#write(chunk, content);
		return { chunk, fresh: true };
	}

	/** As `put`, but stores the chunk again even if a stripe has it: to move what lives out of a dying stripe. */
	async putAgain(content: Uint8Array): Promise<ChunkId> {
		this.#check();
		const chunk = await chunkIdOf(this.#options.tools, content);
		if (!this.#coming.has(chunk)) await this.#write(chunk, content);
		return chunk;
	}

	/** Resolves when everything that was put is stored, recorded and in the index. */
	async flush(): Promise<void> {
		await this.#lastPlaced;
		this.#check();
		if (this.#builder !== undefined) await this.#attempt(() => this.#finish());
		await Promise.all(this.#storing);
		this.#check();
	}

	/** Resolves, never rejects, when nothing runs any more. */
	async settled(): Promise<void> {
		await this.#lastPlaced;
		await Promise.all([...this.#packing, ...this.#storing]);
	}

	#isKnown(chunk: ChunkId): boolean {
		return this.#options.index.has(chunk) || this.#coming.has(chunk);
	}

	async #write(chunk: ChunkId, content: Uint8Array): Promise<void> {
		// Set before anything is awaited, so that an equal chunk right behind finds it.
		this.#coming.add(chunk);
		while (this.#packing.size >= chunksInFlightMax) await Promise.race(this.#packing);
		this.#check();
		const rawBytes = content.length;
		const packed = this.#compress(content);
		const before = this.#lastPlaced;
		let sealing: Promise<void> | undefined;
		this.#lastPlaced = this.#attempt(async () => {
			// Awaited together: a failure of one while the other runs must not go unheard.
			const [{ method, bytes }] = await Promise.all([packed, before]);
			this.#check();
			sealing = (await this.#place({ chunk, rawBytes, method, bytes })).sealing;
		});
		const packing = this.#lastPlaced
			.then(() => sealing)
			.finally(() => this.#packing.delete(packing));
		this.#packing.add(packing);
	}

	#compress(content: Uint8Array): ReturnType<CodingTools['compressor']['compress']> {
		const { tools, profile, meter } = this.#options;
		return meter.time('compress', content.length, () =>
			tools.compressor.compress(content, profile.compression)
		);
	}

	/** Gives the chunk its place. Its sealing goes on while the next chunks get theirs. */
	async #place(chunk: PackedChunk): Promise<{ readonly sealing: Promise<void> }> {
		const { tools, profile, geometry } = this.#options;
		this.#builder ??= new StripeBuilder(tools, profile, geometry());
		const sealing = this.#seal(this.#builder, chunk);
		if (sealing !== undefined) return { sealing };
		await this.#finish();
		this.#builder = new StripeBuilder(tools, profile, geometry());
		const again = this.#seal(this.#builder, chunk);
		if (again === undefined) throw new Error('an empty stripe has no room for a chunk');
		return { sealing: again };
	}

	/** Undefined when the stripe is full. The builder counts a chunk at once, and seals it then. */
	#seal(builder: StripeBuilder, chunk: PackedChunk): Promise<void> | undefined {
		const { meter } = this.#options;
		const before = builder.chunkCount;
		const adding = builder.add(chunk);
		const accepted = builder.chunkCount > before;
		const sealing = this.#attempt(async () => {
			if (accepted) await meter.time('seal', chunk.bytes.length, () => adding);
			else await adding;
		});
		return accepted ? sealing : undefined;
	}

	/** Codes the stripe that is being filled, and hands it on when the sink has room. */
	async #finish(): Promise<void> {
		const { meter, sink, signal } = this.#options;
		const builder = this.#builder;
		this.#builder = undefined;
		if (builder === undefined || builder.chunkCount === 0) return;
		const coded = await meter.time('code', 0, () => builder.finish());
		await sink.room(signal);
		const storing = this.#attempt(() => this.#store(coded)).finally(() =>
			this.#storing.delete(storing)
		);
		this.#storing.add(storing);
	}

	/** What partners stored is recorded even when the run was aborted meanwhile: it is never sent again. */
	async #store(coded: CodedStripe): Promise<void> {
		const { sink, records, index, meter } = this.#options;
		const bytes = coded.blocks.reduce((sum, block) => sum + block.length, 0);
		const holders = await meter.time('store', bytes, () => sink.store(coded));
		const record = this.#recordOf(coded, holders);
		await records.write([{ table: 'stripes', key: record.id, put: record }]);
		index.add(record);
		for (const { chunk } of coded.contents.places) this.#coming.delete(chunk);
		this.#stripes++;
		this.#storedBytes += bytes;
	}

	#recordOf(coded: CodedStripe, holders: StripeRecord['holders']): StripeRecord {
		const { contents, geometry, payloadHash } = coded;
		return {
			id: contents.stripe,
			contents: encodeContents(contents),
			...geometry,
			payloadHash,
			holders,
			storedAt: this.#options.clock.now()
		};
	}

	/** Never rejects: the first failure is kept for the next call of a method. */
	async #attempt(work: () => Promise<void>): Promise<void> {
		try {
			await work();
		} catch (cause) {
			this.#failure ??= { cause };
		}
	}

	#check(): void {
		if (this.#failure !== undefined) throw this.#failure.cause;
		this.#options.signal.throwIfAborted();
	}
}
