/**
 * Erasure-codes a payload (patent, step 288) and proves that it comes back: before any block is
 * sent, the stripe is decoded from a random choice of m of its n blocks and compared. A fault of
 * coder or memory is found here, not at a restore.
 */
import type { StripeId } from '../identifiers.ts';
import type { Geometry, Random } from '../ports.ts';
import { SelfCheckFailed } from './failures.ts';
import type { CodingTools } from './tools.ts';

export interface CodedPayload {
	/** Keyed hash of the payload, 32 bytes. */
	readonly payloadHash: Uint8Array;
	/** n blocks of one length, views of one buffer. */
	readonly blocks: readonly Uint8Array[];
}

/**
 * Takes ownership of the payload. Throws SelfCheckFailed when decoding gives other bytes, or none.
 */
export async function codePayload(
	tools: CodingTools,
	stripe: StripeId,
	geometry: Geometry,
	payload: Uint8Array
): Promise<CodedPayload> {
	const { coder } = tools;
	// The coder may detach what it is given, so the check and the hash have a copy of their own.
	const original = payload.slice();
	const [coded, payloadHash] = await Promise.all([
		coder.encode(geometry, payload),
		payloadHashOf(tools, original)
	]);
	const blocks = split(coded, geometry.blockBytes);
	const positions = choosePositions(tools.random, geometry);
	const shares = positions.map((position) => ({
		position,
		bytes: blocks[position]?.slice() ?? new Uint8Array()
	}));
	const decoded = await coder.decode(geometry, shares);
	if (blocks.length !== geometry.m + geometry.k || !sameBytes(decoded, original)) {
		throw new SelfCheckFailed(stripe, positions);
	}
	return { payloadHash, blocks };
}

/** The keyed hash of a payload, 32 bytes: what a repair from local files is compared with. */
export function payloadHashOf(
	{ ciphers, keyring }: Pick<CodingTools, 'ciphers' | 'keyring'>,
	payload: Uint8Array
): Promise<Uint8Array> {
	return ciphers.hmacSha256(keyring.content, payload);
}

/**
 * m of the m + k positions, ascending. The modulo's bias of 2^-24 does not matter for a spot check.
 */
function choosePositions(random: Random, { m, k }: Geometry): number[] {
	const bytes = random.bytes(4 * m);
	const draws = new DataView(bytes.buffer, bytes.byteOffset);
	const left = Array.from({ length: m + k }, (_, position) => position);
	const chosen: number[] = [];
	for (let i = 0; i < m; i++) {
		chosen.push(...left.splice(draws.getUint32(4 * i) % left.length, 1));
	}
	return chosen.sort((a, b) => a - b);
}

function split(coded: Uint8Array, blockBytes: number): Uint8Array[] {
	return Array.from({ length: coded.length / blockBytes }, (_, position) =>
		coded.subarray(position * blockBytes, (position + 1) * blockBytes)
	);
}

/** Four bytes at a time: a payload is compared for every stripe of a backup. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
	if (a.length !== b.length) return false;
	const [x, y] = [words(a), words(b)];
	for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
	for (let i = a.length & ~3; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
}

/** The whole words of some bytes; a copy of them where they do not lie at a word's boundary. */
function words(bytes: Uint8Array): Int32Array {
	const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
	return new Int32Array(buffer, byteOffset, bytes.length >> 2);
}
