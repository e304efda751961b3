/** What can go wrong with coded data, one class a cause. */
import type { ChunkId, StripeId } from '../identifiers.ts';

/**
 * A chunk's bytes do not verify. The same blocks give the same failure: fetch others, decode again.
 */
export class ChunkDamaged extends Error {
	override readonly name = 'ChunkDamaged';
	readonly chunk: ChunkId;
	constructor(chunk: ChunkId, why: string) {
		super(`chunk ${chunk}: ${why}`);
		this.chunk = chunk;
	}
}

/**
 * A stripe that was just coded does not decode to its payload. Nothing of it may be sent: code it
 * again.
 */
export class SelfCheckFailed extends Error {
	override readonly name = 'SelfCheckFailed';
	readonly stripe: StripeId;
	constructor(stripe: StripeId, positions: readonly number[]) {
		super(`stripe ${stripe} does not decode from positions ${positions.join(', ')}`);
		this.stripe = stripe;
	}
}
