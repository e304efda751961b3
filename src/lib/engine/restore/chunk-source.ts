/** Plain chunks from partners: stripe, place in it, unseal, decompress (patent, figure 7, steps 310 to 314). */
import type { ChunkLocation } from '../archive/head.ts';
import type { ChunkIndex } from '../archive/index.ts';
import { ChunkDamaged } from '../coding/failures.ts';
import { openChunk, type CodingTools } from '../coding/stripe.ts';
import type { ChunkId, StripeId } from '../identifiers.ts';
import type { BlockSource } from './block-source.ts';
import { objectBytesMax } from './limits.ts';
import type { StripeCache } from './stripe-cache.ts';

/** Why bytes cannot be had. */
export type Loss =
	/** Fewer good blocks than needed; more may come with other partners. */
	| { readonly kind: 'missing'; readonly have: number; readonly need: number }
	/** No stripe that the index knows holds it. */
	| { readonly kind: 'unknown' }
	/** Its blocks verify and its content does not: it was damaged before it was sealed. */
	| { readonly kind: 'damaged' };

export type BytesReading =
	| { readonly kind: 'bytes'; readonly bytes: Uint8Array }
	| { readonly kind: 'lost'; readonly loss: Loss };

export interface ChunkSourceOptions {
	readonly tools: Pick<CodingTools, 'keyring' | 'ciphers' | 'compressor'>;
	readonly index: Pick<ChunkIndex, 'locate' | 'locations' | 'stripe'>;
	readonly stripes: StripeCache;
	readonly blocks: Pick<BlockSource, 'reachableBlocks'>;
}

export class ChunkSource {
	readonly #options: ChunkSourceOptions;

	constructor(options: ChunkSourceOptions) {
		this.#options = options;
	}

	locate(chunk: ChunkId): ChunkLocation | undefined {
		return this.#options.index.locate(chunk);
	}

	/**
	 * One plain chunk, from the first of its places that can be read: a chunk that was stored anew still lies in the old
	 * stripe until that is dropped. Never rejects for what partners did.
	 */
	async read(chunk: ChunkId): Promise<BytesReading> {
		let lost: BytesReading = { kind: 'lost', loss: { kind: 'unknown' } };
		for (const [rank, location] of this.#options.index.locations(chunk).entries()) {
			const reading = await this.readAt(location);
			if (reading.kind === 'bytes') return reading;
			if (rank === 0) lost = reading;
		}
		return lost;
	}

	/** The plain chunk at a place, for chunks that no index knows yet. */
	async readAt(location: ChunkLocation): Promise<BytesReading> {
		const { stripe, profile, place } = location;
		const { index, stripes, tools } = this.#options;
		const fetched = await stripes.get(stripe, index.stripe(stripe)?.geometry);
		if (fetched.kind === 'missing') return { kind: 'lost', loss: fetched };
		const sealed = fetched.payload.subarray(place.offset, place.offset + place.sealedBytes);
		try {
			const bytes = await openChunk(tools, { stripe, profile }, place, sealed);
			return { kind: 'bytes', bytes };
		} catch (cause) {
			if (cause instanceof ChunkDamaged) return { kind: 'lost', loss: { kind: 'damaged' } };
			throw cause;
		}
	}

	/** A tree, whole in memory. Longer ones than 256 MiB are taken for damaged. */
	async readObject(chunks: readonly ChunkId[]): Promise<BytesReading> {
		const locations = chunks.map((chunk) => this.locate(chunk));
		const length = locations.reduce((sum, found) => sum + (found?.place.rawBytes ?? 0), 0);
		if (length > objectBytesMax) return { kind: 'lost', loss: { kind: 'damaged' } };
		const bytes = new Uint8Array(length);
		let at = 0;
		for (const chunk of chunks) {
			const reading = await this.read(chunk);
			if (reading.kind === 'lost') return reading;
			bytes.set(reading.bytes, at);
			at += reading.bytes.length;
		}
		return { kind: 'bytes', bytes };
	}

	/** The stripes that the chunk can be read from. */
	stripesWith(chunk: ChunkId): readonly StripeId[] {
		return this.#options.index.locations(chunk).map(({ stripe }) => stripe);
	}

	/** What partners that are reachable now lack for a stripe, as they say themselves; undefined when nothing. */
	foresee(stripe: StripeId): Loss | undefined {
		const { index, blocks } = this.#options;
		const need = index.stripe(stripe)?.geometry.m ?? 1;
		const have = blocks.reachableBlocks(stripe);
		return have < need ? { kind: 'missing', have, need } : undefined;
	}
}

/** One sentence about a file that cannot be had. */
export function tellLoss(loss: Loss): string {
	switch (loss.kind) {
		case 'missing':
			return (
				`Partners that can be reached now hold ${loss.have} of the ${loss.need} good parts that it needs. ` +
				'It comes back when more of them are online.'
			);
		case 'unknown':
			return 'No partner that can be reached now knows where it lies.';
		case 'damaged':
			return 'It was damaged before it was backed up, and cannot be put together.';
	}
}
