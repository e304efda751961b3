import {
	openChunk,
	openPayload,
	type CodedStripe,
	type CodingTools
} from '../../../src/lib/engine/coding/stripe.ts';
import type { ChunkLocation } from '../../../src/lib/engine/archive/head.ts';
import type { StripeSink } from '../../../src/lib/engine/archive/backup.ts';
import type { StripeContents } from '../../../src/lib/engine/coding/contents.ts';
import type { ChunkId, PeerId, StripeId } from '../../../src/lib/engine/identifiers.ts';
import type { Geometry } from '../../../src/lib/engine/ports.ts';
import type { StripeHolder } from '../../../src/lib/engine/records.ts';
import { partner } from '../coding/tools.ts';

interface Stored {
	readonly geometry: Geometry;
	readonly blocks: readonly Uint8Array[];
	readonly contents: StripeContents;
}

/** All partners together: they take stripes, and give chunks back from any m blocks. */
export class Partners implements StripeSink {
	readonly stripes = new Map<StripeId, Stored>();
	/** How often a chunk was read back. */
	reads = 0;
	/** The most stripes that were with the sink and not stored yet. */
	inFlightMost = 0;
	/** Called for every stripe before it is stored: may throw, wait, or abort the run. */
	onStore: (stripe: CodedStripe) => void | Promise<void> = () => undefined;
	/** Stripes that may be on their way at once. */
	roomFor = 3;
	readonly #tools: CodingTools;
	readonly #waiting: (() => void)[] = [];
	#inFlight = 0;
	#numbers = 0;

	constructor(tools: CodingTools) {
		this.#tools = tools;
	}

	async store(stripe: CodedStripe): Promise<readonly (StripeHolder | undefined)[]> {
		this.inFlightMost = Math.max(this.inFlightMost, ++this.#inFlight);
		try {
			await this.onStore(stripe);
			const { contents, geometry, blocks } = stripe;
			this.stripes.set(contents.stripe, {
				contents,
				geometry,
				blocks: blocks.map((b) => b.slice())
			});
			const number = this.#numbers++;
			return blocks.map((_, position) => ({ partner: this.partner(position), number }));
		} finally {
			this.#inFlight--;
			this.#waiting.shift()?.();
		}
	}

	async room(signal: AbortSignal): Promise<void> {
		while (this.#inFlight >= this.roomFor) {
			await new Promise<void>((resolve) => {
				this.#waiting.push(resolve);
				signal.addEventListener(
					'abort',
					() => {
						resolve();
					},
					{ once: true }
				);
			});
			signal.throwIfAborted();
		}
	}

	/** Who holds the blocks at a position. */
	partner(position: number): PeerId {
		return partner(position + 1);
	}

	/** Every chunk that was ever stored, once for each time. */
	chunks(): readonly ChunkId[] {
		return [...this.stripes.values()].flatMap(({ contents }) =>
			contents.places.map((place) => place.chunk)
		);
	}

	/** Length of all blocks. */
	get bytes(): number {
		const blocks = [...this.stripes.values()].flatMap((stored) => stored.blocks);
		return blocks.reduce((sum, block) => sum + block.length, 0);
	}

	/** A chunk as a restore gets it: from the last m blocks, decoded, opened, checked. */
	async fetch(location: ChunkLocation): Promise<Uint8Array> {
		this.reads++;
		const stored = this.stripes.get(location.stripe);
		if (stored === undefined) throw new Error(`stripe ${location.stripe} is not stored`);
		const { m, k } = stored.geometry;
		const shares = Array.from({ length: m }, (_, i) => ({
			position: k + i,
			bytes: (stored.blocks[k + i] ?? new Uint8Array()).slice()
		}));
		const payload = await this.#tools.coder.decode(stored.geometry, shares);
		const contents = await openPayload(this.#tools, stored.geometry, location.stripe, payload);
		const { offset, sealedBytes } = location.place;
		const sealed = payload.subarray(offset, offset + sealedBytes);
		return openChunk(this.#tools, contents, location.place, sealed);
	}
}
