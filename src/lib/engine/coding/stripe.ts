/**
 * Stripes: what is erasure-coded at once (patent, figure 6, steps 284 to 288). A stripe is filled
 * with whole chunks and never changes afterwards; other payload is another stripe.
 */
import { nameOf, type ChunkId, type StripeId } from '../identifiers.ts';
import type { CompressionMethod, Geometry } from '../ports.ts';
import { firstSealBytes, stripeIdBytes, type ChunkPlace, type StripeContents } from './contents.ts';
import { chunkPiece, sealPiece } from './first-seal.ts';
import { layOutPayload, stripeOverheadBytes } from './payload.ts';
import { payloadBytes, type CodingProfile } from './profile.ts';
import { codePayload } from './self-check.ts';
import type { CodingTools } from './tools.ts';

export { chunkIdOf } from './first-seal.ts';
export { openChunk, openPayload } from './payload.ts';
export type { CodingTools } from './tools.ts';

/** A chunk as the compressor left it. `rawBytes` is the length of its plain content. */
export interface PackedChunk {
	readonly chunk: ChunkId;
	readonly rawBytes: number;
	readonly method: CompressionMethod;
	readonly bytes: Uint8Array;
}

export interface CodedStripe {
	readonly contents: StripeContents;
	/** Of the blocks: the full one's m and k, with the block length that the payload needs. */
	readonly geometry: Geometry;
	/** Keyed hash of the payload, 32 bytes. */
	readonly payloadHash: Uint8Array;
	/** n blocks by position, self-checked; views of one buffer. */
	readonly blocks: readonly Uint8Array[];
}

interface SealedChunk {
	readonly place: ChunkPlace;
	readonly sealed: Uint8Array;
}

/** A stripe being filled with whole sealed chunks. */
export class StripeBuilder {
	readonly stripe: StripeId;
	readonly #tools: CodingTools;
	readonly #profile: CodingProfile;
	readonly #full: Geometry;
	readonly #chunks: Promise<SealedChunk>[] = [];
	#chunksBytes = 0;
	#finished = false;

	/**
	 * `full` is the full-size geometry. A stripe id is given only to make an existing stripe again,
	 * from the same chunks in the same order; otherwise it is drawn.
	 */
	constructor(tools: CodingTools, profile: CodingProfile, full: Geometry, stripe?: StripeId) {
		this.stripe = stripe ?? nameOf<StripeId>(tools.random.bytes(stripeIdBytes));
		this.#tools = tools;
		this.#profile = profile;
		this.#full = full;
	}

	get chunkCount(): number {
		return this.#chunks.length;
	}

	/**
	 * Seals a chunk into the stripe. Its bytes must not change until the stripe is finished. Resolves
	 * to undefined, taking nothing, when the chunk no longer fits and the stripe must be finished
	 * first. Places are given in the order of the calls, which need not wait for each other. Throws
	 * RangeError for what no stripe can hold.
	 */
	async add(chunk: PackedChunk): Promise<ChunkPlace | undefined> {
		if (this.#finished) throw new Error('the stripe is finished');
		const sealedBytes = chunk.bytes.length + firstSealBytes(this.#profile);
		if (!this.#hasRoom(sealedBytes)) {
			if (this.chunkCount > 0) return undefined;
			throw new RangeError(`a chunk of ${sealedBytes} bytes exceeds an empty stripe`);
		}
		// The place is taken before anything is awaited, so that concurrent calls cannot overlap.
		const offset = this.#chunksBytes;
		this.#chunksBytes += sealedBytes;
		const sealing = this.#seal(chunk, offset, sealedBytes);
		this.#chunks.push(sealing);
		return (await sealing).place;
	}

	/** Codes and checks the stripe; nothing can be added afterwards. Throws SelfCheckFailed. */
	async finish(): Promise<CodedStripe> {
		if (this.#finished || this.chunkCount === 0) throw new Error('nothing to finish');
		this.#finished = true;
		const chunks = await Promise.all(this.#chunks);
		const contents: StripeContents = {
			stripe: this.stripe,
			profile: this.#profile,
			places: chunks.map(({ place }) => place)
		};
		const { geometry, payload } = await layOutPayload(
			this.#tools,
			this.#full,
			contents,
			chunks.map(({ sealed }) => sealed)
		);
		const coded = await codePayload(this.#tools, this.stripe, geometry, payload);
		return { contents, geometry, ...coded };
	}

	#hasRoom(sealedBytes: number): boolean {
		const overhead = stripeOverheadBytes(this.#profile, this.chunkCount + 1);
		return this.#chunksBytes + sealedBytes + overhead <= payloadBytes(this.#full);
	}

	async #seal(
		{ chunk, rawBytes, method, bytes }: PackedChunk,
		offset: number,
		sealedBytes: number
	): Promise<SealedChunk> {
		const piece = chunkPiece(
			{ stripe: this.stripe, profile: this.#profile },
			{ chunk, rawBytes, method }
		);
		const { hash, sealed } = await sealPiece(this.#tools, piece, bytes);
		const place = { chunk, contentHash: hash, offset, sealedBytes, rawBytes, method };
		return { place, sealed };
	}
}
