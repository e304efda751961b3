/**
 * The first seal (patent, step 286): secrecy for each compressed chunk, and for the stripe's
 * contents, before the erasure code. Every piece is named by a keyed hash of its bytes, with one
 * seal (claims 7, 8) as with two.
 */
import { equalBytes } from '@noble/ciphers/utils.js';
import { bytesOf, nameOf, type ChunkId, type StripeId } from '../identifiers.ts';
import { deriveKey } from '../keys/keyring.ts';
import { stripeIdBytes, type ChunkPlace, type StripeContents } from './contents.ts';
import { FieldWriter } from './fields.ts';
import { hashBytes } from './limits.ts';
import { profileBytes, writeMethod, writeProfile, type CodingProfile } from './profile.ts';
import type { SealingTools } from './tools.ts';

/** What is sealed as one: where it belongs, in the fixed form that key and tag are bound to. */
export interface Piece {
	readonly label: 'chunk' | 'contents';
	readonly seals: CodingProfile['seals'];
	readonly associated: Uint8Array;
}

/**
 * Every first-seal key is used for one plaintext only (see sealKey), so its nonce can be constant.
 */
const zeroNonce = new Uint8Array(12);

export function chunkPiece(
	{ stripe, profile }: Pick<StripeContents, 'stripe' | 'profile'>,
	{ chunk, rawBytes, method }: Pick<ChunkPlace, 'chunk' | 'rawBytes' | 'method'>
): Piece {
	const fields = new FieldWriter(stripeIdBytes + profileBytes + hashBytes + 4 + 1);
	writeProfile(fields.bytes(bytesOf(stripe), stripeIdBytes), profile);
	writeMethod(fields.bytes(bytesOf(chunk), hashBytes).u32(rawBytes), method);
	return { label: 'chunk', seals: profile.seals, associated: fields.done() };
}

export function contentsPiece(stripe: StripeId, profile: CodingProfile): Piece {
	const fields = new FieldWriter(stripeIdBytes + profileBytes);
	writeProfile(fields.bytes(bytesOf(stripe), stripeIdBytes), profile);
	return { label: 'contents', seals: profile.seals, associated: fields.done() };
}

/**
 * The keyed hash of the piece, and what goes into the payload: with one seal the bytes themselves.
 */
export async function sealPiece(
	{ keyring, ciphers }: SealingTools,
	piece: Piece,
	bytes: Uint8Array
): Promise<{ readonly hash: Uint8Array; readonly sealed: Uint8Array }> {
	const hash = await ciphers.hmacSha256(keyring.content, bytes);
	if (piece.seals === 'one') return { hash, sealed: bytes };
	const key = sealKey(keyring.seal, piece, hash);
	return { hash, sealed: await ciphers.seal(key, zeroNonce, bytes, piece.associated) };
}

/** The bytes that were sealed; undefined unless they are exactly those that the hash names. */
export async function openPiece(
	{ keyring, ciphers }: SealingTools,
	piece: Piece,
	hash: Uint8Array,
	sealed: Uint8Array
): Promise<Uint8Array | undefined> {
	const bytes =
		piece.seals === 'one'
			? sealed
			: await ciphers.open(sealKey(keyring.seal, piece, hash), zeroNonce, sealed, piece.associated);
	if (bytes === undefined) return undefined;
	const found = await ciphers.hmacSha256(keyring.content, bytes);
	return equalBytes(found, hash) ? bytes : undefined;
}

/** The name of a chunk: a keyed hash of its plain content, so that equal chunks are stored once. */
export async function chunkIdOf(
	{ keyring, ciphers }: SealingTools,
	content: Uint8Array
): Promise<ChunkId> {
	return nameOf<ChunkId>(await ciphers.hmacSha256(keyring.chunkId, content));
}

/**
 * Why (key, nonce) cannot repeat with different bytes: the key derives from everything that enters
 * the cipher, the plaintext by its keyed hash and the associated data whole. Other bytes in the
 * same stripe, or the same bytes under another chunk, method, profile or stripe, have another key;
 * the same key only ever gives the same output, also when a stripe is made again after its records
 * were lost. Both fields are of fixed length for their label.
 */
function sealKey(parent: Uint8Array, piece: Piece, hash: Uint8Array): Uint8Array {
	return deriveKey(parent, piece.label, piece.associated, hash);
}
