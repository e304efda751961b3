/**
 * Payloads of stripes, kept while there is room, so that files that lie in one stripe cost one read. Fetches
 * are shared: who asks for a stripe that is under way waits for the same answer.
 */
import type { StripeId } from '../identifiers.ts';
import type { Geometry } from '../ports.ts';
import type { BlockSource, StripeFetch } from './block-source.ts';
import { stripeCacheBytesMax } from './limits.ts';

interface Kept {
	readonly fetch: Promise<StripeFetch>;
	bytes: number;
	/** Set when blocks were missing: the source's generation at which they were. */
	missingSince?: number;
}

type Source = Pick<BlockSource, 'fetchStripe' | 'generation'>;

export class StripeCache {
	readonly #source: Source;
	readonly #bytesMax: number;
	/** The least recently used first. */
	readonly #kept = new Map<StripeId, Kept>();
	#bytes = 0;

	constructor(source: Source, bytesMax = stripeCacheBytesMax) {
		this.#source = source;
		this.#bytesMax = bytesMax;
	}

	/** The stripe's payload, which stays the cache's: callers read it and keep no views of it. */
	get(stripe: StripeId, known?: Geometry): Promise<StripeFetch> {
		const kept = this.#kept.get(stripe);
		this.#kept.delete(stripe);
		if (kept !== undefined && !this.#isOutdated(kept)) {
			this.#kept.set(stripe, kept);
			return kept.fetch;
		}
		const fresh: Kept = { fetch: this.#source.fetchStripe(stripe, known), bytes: 0 };
		this.#kept.set(stripe, fresh);
		void this.#weigh(stripe, fresh);
		return fresh.fetch;
	}

	#isOutdated({ missingSince }: Kept): boolean {
		return missingSince !== undefined && missingSince !== this.#source.generation;
	}

	async #weigh(stripe: StripeId, kept: Kept): Promise<void> {
		const since = this.#source.generation;
		const fetched = await kept.fetch.catch(() => undefined);
		if (this.#kept.get(stripe) !== kept) return;
		if (fetched === undefined) {
			// Whoever waits gets the rejection; the next one tries again.
			this.#kept.delete(stripe);
		} else if (fetched.kind === 'missing') {
			kept.missingSince = since;
		} else {
			kept.bytes = fetched.payload.length;
			this.#bytes += kept.bytes;
			this.#shrink(stripe);
		}
	}

	/** Lets the least recently used go, but not the one that just came. */
	#shrink(newest: StripeId): void {
		for (const [stripe, kept] of this.#kept) {
			if (this.#bytes <= this.#bytesMax) return;
			if (stripe === newest || kept.bytes === 0) continue;
			this.#bytes -= kept.bytes;
			this.#kept.delete(stripe);
		}
	}
}
