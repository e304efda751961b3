import { encodeContents } from '../../../src/lib/engine/coding/contents.ts';
import { defaultProfile } from '../../../src/lib/engine/coding/profile.ts';
import type { ChunkId, StripeId } from '../../../src/lib/engine/identifiers.ts';
import type { StripeRecord } from '../../../src/lib/engine/records.ts';

/** A chunk id that a number stands for: its bytes are spread as a hash's are. */
export function chunkNamed(number: number): ChunkId {
	const word = (Math.imul(number + 1, 0x9e3779b1) >>> 0).toString(16).padStart(8, '0');
	return (word + number.toString(16).padStart(56, '0')) as ChunkId;
}

export function stripeNamed(number: number): StripeId {
	return number.toString(16).padStart(32, '0') as StripeId;
}

/** The record of a stripe that was never coded, with chunks of 1,000 bytes each. */
export function stripeRecord(
	number: number,
	chunks: readonly number[],
	storedAt = number
): StripeRecord {
	const places = chunks.map((chunk, i) => ({
		chunk: chunkNamed(chunk),
		contentHash: new Uint8Array(32).fill(chunk),
		offset: i * 1016,
		sealedBytes: 1016,
		rawBytes: 1000 + (chunk % 10),
		method: (['zstd', 'deflate'] as const)[chunk % 2] ?? 'zstd'
	}));
	const id = stripeNamed(number);
	return {
		id,
		contents: encodeContents({ stripe: id, profile: defaultProfile, places }),
		m: 2,
		k: 1,
		blockBytes: 64 * (number + 1),
		payloadHash: new Uint8Array(32).fill(number),
		holders: [],
		storedAt
	};
}
