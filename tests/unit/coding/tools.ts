import { createHash } from 'node:crypto';
import { openDirectCoder } from '../../../src/lib/adapters/coder/direct.ts';
import { NobleCiphers } from '../../../src/lib/adapters/platform/noble-ciphers.ts';
import { WebCryptoCiphers } from '../../../src/lib/adapters/platform/webcrypto-ciphers.ts';
import type { CodingProfile } from '../../../src/lib/engine/coding/profile.ts';
import {
	chunkIdOf,
	StripeBuilder,
	type CodedStripe,
	type CodingTools,
	type PackedChunk
} from '../../../src/lib/engine/coding/stripe.ts';
import { nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import { deriveKeyring } from '../../../src/lib/engine/keys/keyring.ts';
import type { Geometry } from '../../../src/lib/engine/ports.ts';
import { SeededRandom } from '../../doubles/random.ts';

const coder = await openDirectCoder();

/** Real coder, compressor, prover and ciphers; fixed keys, and randomness from a seed. */
export function codingTools(seed: number | string = 1, rootByte = 7): CodingTools {
	return {
		keyring: deriveKeyring(new Uint8Array(32).fill(rootByte)),
		ciphers: new WebCryptoCiphers(),
		coder,
		compressor: coder,
		prover: coder,
		random: new SeededRandom(seed)
	};
}

/** The same with noble's own AES, which must give the same bytes. */
export function portableTools(seed: number | string = 1): CodingTools {
	return { ...codingTools(seed), ciphers: new NobleCiphers() };
}

export const profiles: readonly CodingProfile[] = (['stored', 'deflate', 'zstd'] as const).flatMap(
	(compression) =>
		(['one', 'two'] as const).map((seals) => ({
			code: 'rs-gf256-v1' as const,
			cipher: 'aes-256-gcm' as const,
			compression,
			seals
		}))
);

/** Bytes that compress: every second one repeats. */
export function mixedBytes(length: number, seed: number | string): Uint8Array<ArrayBuffer> {
	return new SeededRandom(seed).bytes(length).map((byte, i) => (i % 2 === 0 ? byte : i >> 8));
}

/** Names and compresses a chunk as a backup does. */
export async function pack(
	tools: CodingTools,
	profile: CodingProfile,
	content: Uint8Array
): Promise<PackedChunk> {
	const chunk = await chunkIdOf(tools, content);
	const packed = await tools.compressor.compress(content.slice(), profile.compression);
	return { chunk, rawBytes: content.length, ...packed };
}

/** One stripe of all these chunks. */
export async function stripeOf(
	tools: CodingTools,
	profile: CodingProfile,
	full: Geometry,
	contents: readonly Uint8Array[]
): Promise<CodedStripe> {
	const builder = new StripeBuilder(tools, profile, full);
	for (const content of contents) await builder.add(await pack(tools, profile, content));
	return builder.finish();
}

/** A partner's name for tests: not a key, which no format asks for. */
export function partner(byte: number): PeerId {
	return nameOf<PeerId>(new Uint8Array(32).fill(byte));
}

/**
 * Stands for bytes in expectations: comparing long arrays element by element takes vitest seconds.
 */
export function fingerprint(bytes: Uint8Array): string {
	return createHash('sha256').update(bytes).digest('hex');
}
