/**
 * The block record (docs/format/block.md): what a partner stores. Clear header, the block under its
 * second seal (patent, step 290), so that a partner that lost it cannot make it again from the
 * others' blocks, and then the tags of compact proofs. The seal's tag binds owner, partner, stripe, position
 * and shelf number, which makes the block self-identifying (step 294; the H(S, D_i, B, i) of the
 * claims).
 */
import { Malformed } from '../failures.ts';
import { bytesOf, nameOf, type PeerId, type StripeId } from '../identifiers.ts';
import { deriveKey, type Keyring } from '../keys/keyring.ts';
import type { Geometry } from '../ports.ts';
import { stripeIdBytes } from './contents.ts';
import { FieldReader, FieldWriter } from './fields.ts';
import {
	blockBytesMax,
	proofSectorBytes,
	proofTagBytesPerSector,
	shelfNumberMax,
	tagBytes
} from './limits.ts';
import { isGeometry } from './profile.ts';
import { alphaKey, padKey } from './proof-keys.ts';
import type { BlockSealingTools, SealingTools } from './tools.ts';

export interface BlockHeader {
	readonly owner: PeerId;
	readonly partner: PeerId;
	readonly stripe: StripeId;
	/** 0 <= position < m + k. */
	readonly position: number;
	/** Shelf number at this partner, below 2^48, never reused. */
	readonly number: number;
	readonly geometry: Geometry;
	/** 32 random bytes, fresh at every write. */
	readonly salt: Uint8Array;
}

/** What the caller asked the partner for. */
export interface ExpectedBlock {
	readonly owner: PeerId;
	readonly partner: PeerId;
	readonly stripe: StripeId;
	readonly position: number;
	readonly number?: number;
}

/** "HFB1": a block record of format version 1. */
const magic = 0x48464231;
const code = 1;
const cipher = 1;
const peerIdBytes = 32;
/** Length of a salt. */
export const blockSaltBytes = 32;
/** magic, code, cipher, m, k, blockBytes, position, 0, number, stripe, owner, partner, salt. */
export const blockHeaderBytes =
	4 + 4 + 4 + 2 + 6 + stripeIdBytes + 2 * peerIdBytes + blockSaltBytes;
/** Where the salt stands: last in the header. */
export const blockSaltOffset = blockHeaderBytes - blockSaltBytes;

/** Every second-seal key is used once (see sealKey), so its nonce can be constant. */
const zeroNonce = new Uint8Array(12);

/** Length of the record of a block: what is sealed, and 16 bytes for each started sector of it. */
export function recordBytes(blockBytes: number): number {
	const sealed = sealedBytes(blockBytes);
	return sealed + Math.ceil(sealed / proofSectorBytes) * proofTagBytesPerSector;
}

/** Length of a record without its proof tags: header, block and tag of the seal. */
export function sealedBytes(blockBytes: number): number {
	return blockHeaderBytes + blockBytes + tagBytes;
}

/** The longest record: header, 1 MiB, tag, and 16 bytes for each of 1,093 sectors. */
export const recordBytesMax = recordBytes(blockBytesMax);

/** The record of a block for one partner. Throws RangeError for an impossible header. */
export async function sealBlock(
	{ keyring, ciphers, prover, random }: BlockSealingTools,
	header: Omit<BlockHeader, 'salt'>,
	block: Uint8Array
): Promise<Uint8Array<ArrayBuffer>> {
	const { owner, geometry } = header;
	if (owner !== keyring.peer) throw new RangeError('blocks are sealed by their owner');
	const problem = problemOf(header);
	if (problem !== undefined) throw new RangeError(problem);
	if (block.length !== geometry.blockBytes) {
		throw new RangeError(`a block of ${block.length} bytes, not ${geometry.blockBytes}`);
	}
	const salted = { ...header, salt: random.bytes(blockSaltBytes) };
	const clear = encodeHeader(salted);
	const sealed = await ciphers.seal(sealKey(keyring, salted), zeroNonce, block, clear);
	const untagged = new Uint8Array(sealedBytes(block.length));
	untagged.set(clear);
	untagged.set(sealed, blockHeaderBytes);
	const keys = { alpha: alphaKey(keyring, header.partner), pad: padKey(keyring, salted) };
	return prover.tag(keys, untagged);
}

/** A copy of the salt in a record. */
export function saltOf(record: Uint8Array): Uint8Array<ArrayBuffer> {
	return Uint8Array.from(record.subarray(blockSaltOffset, blockHeaderBytes));
}

/**
 * What a record claims to be; the partner, who cannot open it, checks no more. Throws Malformed
 * when a field or the total length is impossible.
 */
export function readBlockHeader(record: Uint8Array): BlockHeader {
	if (record.length > recordBytesMax) throw new Malformed(`a record of ${record.length} bytes`);
	const header = decodeHeader(record.subarray(0, blockHeaderBytes));
	const problem = problemOf(header);
	if (problem !== undefined) throw new Malformed(problem);
	const { blockBytes } = header.geometry;
	if (record.length !== recordBytes(blockBytes)) {
		throw new Malformed(`a record of ${record.length} bytes for blocks of ${blockBytes}`);
	}
	return header;
}

/**
 * The block, verified; undefined when the record is not the expected one or was changed in any bit before its proof
 * tags. Whether those are right is for proofs to show: a block is no worse for them.
 */
export async function openBlock(
	{ keyring, ciphers }: SealingTools,
	expected: ExpectedBlock,
	record: Uint8Array
): Promise<{ readonly header: BlockHeader; readonly block: Uint8Array } | undefined> {
	const header = headerOrNothing(record);
	if (header === undefined || !isExpected(header, expected)) return undefined;
	const end = sealedBytes(header.geometry.blockBytes);
	const block = await ciphers.open(
		sealKey(keyring, header),
		zeroNonce,
		record.subarray(blockHeaderBytes, end),
		record.subarray(0, blockHeaderBytes)
	);
	return block && { header, block };
}

/**
 * Why (key, nonce) cannot repeat with different bytes: every write draws 32 fresh random bytes into
 * the key, so each key seals one record, whatever was lost or restored before. Partner, stripe and
 * position stand in it as well: even a random port that repeated itself could not make two holders'
 * blocks, or two stripes, share a key.
 */
function sealKey(
	keyring: Keyring,
	{ partner, stripe, position, salt }: Pick<BlockHeader, 'partner' | 'stripe' | 'position' | 'salt'>
): Uint8Array {
	const place = Uint8Array.of(position);
	return deriveKey(keyring.block, 'block', bytesOf(partner), bytesOf(stripe), place, salt);
}

function encodeHeader(header: BlockHeader): Uint8Array<ArrayBuffer> {
	const { m, k, blockBytes } = header.geometry;
	return new FieldWriter(blockHeaderBytes)
		.u32(magic)
		.u8(code)
		.u8(cipher)
		.u8(m)
		.u8(k)
		.u32(blockBytes)
		.u8(header.position)
		.u8(0)
		.u48(header.number)
		.bytes(bytesOf(header.stripe), stripeIdBytes)
		.bytes(bytesOf(header.owner), peerIdBytes)
		.bytes(bytesOf(header.partner), peerIdBytes)
		.bytes(header.salt, blockSaltBytes)
		.done();
}

function decodeHeader(bytes: Uint8Array): BlockHeader {
	const fields = new FieldReader(bytes);
	if (fields.u32() !== magic) throw new Malformed('not a block record');
	if (fields.u8() !== code || fields.u8() !== cipher) throw new Malformed('unknown code or cipher');
	const geometry = { m: fields.u8(), k: fields.u8(), blockBytes: fields.u32() };
	const position = fields.u8();
	if (fields.u8() !== 0) throw new Malformed('a reserved byte is set');
	const header = {
		geometry,
		position,
		number: fields.u48(),
		stripe: nameOf<StripeId>(fields.view(stripeIdBytes)),
		owner: nameOf<PeerId>(fields.view(peerIdBytes)),
		partner: nameOf<PeerId>(fields.view(peerIdBytes)),
		salt: fields.bytes(blockSaltBytes)
	};
	fields.end();
	return header;
}

function problemOf({
	geometry,
	position,
	number
}: Pick<BlockHeader, 'geometry' | 'position' | 'number'>): string | undefined {
	const { m, k, blockBytes } = geometry;
	if (!isGeometry(geometry)) return `no geometry: ${m} + ${k} blocks of ${blockBytes} bytes`;
	if (!(position >= 0 && position < m + k)) return `position ${position} of ${m + k}`;
	if (!(number >= 0 && number <= shelfNumberMax)) return `shelf number ${number}`;
	return undefined;
}

function headerOrNothing(record: Uint8Array): BlockHeader | undefined {
	try {
		return readBlockHeader(record);
	} catch (cause) {
		if (cause instanceof Malformed) return undefined;
		throw cause;
	}
}

function isExpected(header: BlockHeader, expected: ExpectedBlock): boolean {
	return (
		header.owner === expected.owner &&
		header.partner === expected.partner &&
		header.stripe === expected.stripe &&
		header.position === expected.position &&
		(expected.number === undefined || header.number === expected.number)
	);
}
