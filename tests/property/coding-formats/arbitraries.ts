import fc from 'fast-check';
import type { ChunkPlace, StripeContents } from '../../../src/lib/engine/coding/contents.ts';
import type { ShelfState } from '../../../src/lib/engine/archive/head.ts';
import {
	nameOf,
	type ChunkId,
	type PeerId,
	type StripeId
} from '../../../src/lib/engine/identifiers.ts';
import type { CompressionMethod } from '../../../src/lib/engine/ports.ts';
import { profiles } from '../../unit/coding/tools.ts';

export const bytes = (length: number): fc.Arbitrary<Uint8Array> =>
	fc.uint8Array({ minLength: length, maxLength: length });

export const chunkId = bytes(32).map((raw) => nameOf<ChunkId>(raw));
export const stripeId = bytes(16).map((raw) => nameOf<StripeId>(raw));
export const peerId = bytes(32).map((raw) => nameOf<PeerId>(raw));
export const profile = fc.constantFrom(...profiles);

interface Packing {
	readonly rawBytes: number;
	readonly packedBytes: number;
	readonly method: CompressionMethod;
}

const packing: fc.Arbitrary<Packing> = fc
	.tuple(fc.integer({ min: 1, max: 960 * 1024 }), fc.constantFrom('stored', 'deflate', 'zstd'))
	.chain(([rawBytes, method]) =>
		fc.record({
			rawBytes: fc.constant(rawBytes),
			packedBytes:
				method === 'stored' ? fc.constant(rawBytes) : fc.integer({ min: 1, max: rawBytes }),
			method: fc.constant(method)
		})
	);

/** Contents as a builder makes them: places without gaps. */
export const stripeContents: fc.Arbitrary<StripeContents> = fc
	.record({
		stripe: stripeId,
		profile,
		chunks: fc.array(fc.tuple(chunkId, bytes(32), packing), { maxLength: 12 })
	})
	.map(({ stripe, profile: of, chunks }) => {
		const tag = of.seals === 'two' ? 16 : 0;
		let offset = 0;
		const places = chunks.map(
			([chunk, contentHash, { rawBytes, packedBytes, method }]): ChunkPlace => {
				const place = {
					chunk,
					contentHash,
					offset,
					sealedBytes: packedBytes + tag,
					rawBytes,
					method
				};
				offset += place.sealedBytes;
				return place;
			}
		);
		return { stripe, profile: of, places };
	});

/** Dropped ranges from gaps and lengths, so that they ascend and stand apart. */
export const shelfState: fc.Arbitrary<ShelfState> = fc
	.record({
		partner: peerId,
		version: fc.maxSafeNat(),
		steps: fc.array(
			fc.tuple(fc.integer({ min: 1, max: 9999 }), fc.integer({ min: 1, max: 9999 })),
			{
				maxLength: 20
			}
		),
		unused: fc.nat(1000),
		live: fc.nat(1000),
		liveBytes: fc.maxSafeNat(),
		liveHash: bytes(32)
	})
	.map(({ partner, version, steps, unused, live, liveBytes, liveHash }) => {
		let end = 0;
		const dropped = steps.map(([gap, length]): [number, number] => {
			const from = end + gap;
			end = from + length;
			return [from, end];
		});
		const nextNumber = end + unused + live;
		return { partner, version, nextNumber, liveCount: live, liveBytes, liveHash, dropped };
	});

/** The bytes with one bit flipped; `bit` is taken modulo their length. */
export function flipped(of: Uint8Array, bit: number): Uint8Array<ArrayBuffer> {
	const changed = new Uint8Array(of);
	const at = bit % (8 * of.length);
	changed[at >> 3] = (changed[at >> 3] ?? 0) ^ (1 << (at & 7));
	return changed;
}
