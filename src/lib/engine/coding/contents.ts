/**
 * A stripe's own table of contents (docs/format/stripe.md): which chunks it holds and how each is
 * verified. The index is only a cache of these. Offsets are not stored: chunks lie one after the
 * other from 0, so that places can neither overlap nor point outside.
 */
import { Malformed } from '../failures.ts';
import { bytesOf, nameOf, type ChunkId, type StripeId } from '../identifiers.ts';
import type { CompressionMethod } from '../ports.ts';
import { FieldReader, FieldWriter } from './fields.ts';
import { chunkBytesMax, hashBytes, tagBytes } from './limits.ts';
import {
	profileBytes,
	readMethod,
	readProfile,
	writeMethod,
	writeProfile,
	type CodingProfile
} from './profile.ts';

/** Where a chunk lies in the payload of its stripe, and what it must be. */
export interface ChunkPlace {
	readonly chunk: ChunkId;
	/** Keyed hash of the exact compressed bytes, 32 bytes. */
	readonly contentHash: Uint8Array;
	/** From the start of the payload. */
	readonly offset: number;
	/** What it takes in the payload: compressed, and with two seals sealed. */
	readonly sealedBytes: number;
	/** Length of the plain chunk. */
	readonly rawBytes: number;
	readonly method: CompressionMethod;
}

export interface StripeContents {
	readonly stripe: StripeId;
	readonly profile: CodingProfile;
	/** In the order of the payload, without gaps. */
	readonly places: readonly ChunkPlace[];
}

/** "HFC1": contents of format version 1. */
const magic = 0x48464331;
export const stripeIdBytes = 16;
const headBytes = 4 + profileBytes + stripeIdBytes + 4;
const placeBytes = hashBytes + hashBytes + 4 + 4 + 1;

/** Length of the encoded contents of so many chunks. */
export function contentsBytes(chunks: number): number {
	return headBytes + chunks * placeBytes;
}

/** What the first seal adds to each of its pieces. */
export function firstSealBytes(profile: Pick<CodingProfile, 'seals'>): number {
	return profile.seals === 'two' ? tagBytes : 0;
}

/** Throws RangeError when a place is impossible. */
export function encodeContents(contents: StripeContents): Uint8Array<ArrayBuffer> {
	const { stripe, profile, places } = contents;
	const fields = new FieldWriter(contentsBytes(places.length)).u32(magic);
	writeProfile(fields, profile).bytes(bytesOf(stripe), stripeIdBytes).u32(places.length);
	let offset = 0;
	for (const place of places) {
		const problem = problemOfPlace(profile, place);
		if (problem !== undefined) throw new RangeError(problem);
		if (place.offset !== offset) throw new RangeError(`a chunk at ${place.offset}, not ${offset}`);
		fields.bytes(bytesOf(place.chunk), hashBytes).bytes(place.contentHash, hashBytes);
		writeMethod(fields.u32(place.sealedBytes).u32(place.rawBytes), place.method);
		offset += place.sealedBytes;
	}
	return fields.done();
}

/** Throws Malformed. Allocates in proportion to the bytes given. */
export function decodeContents(bytes: Uint8Array): StripeContents {
	const fields = new FieldReader(bytes);
	if (fields.u32() !== magic) throw new Malformed('not the contents of a stripe');
	const profile = readProfile(fields);
	const stripe = nameOf<StripeId>(fields.view(stripeIdBytes));
	const count = fields.u32();
	if (bytes.length !== contentsBytes(count)) {
		throw new Malformed(`${count} chunks do not take ${bytes.length} bytes`);
	}
	const places: ChunkPlace[] = [];
	for (let i = 0, offset = 0; i < count; i++) {
		const place = readPlace(fields, offset);
		const problem = problemOfPlace(profile, place);
		if (problem !== undefined) throw new Malformed(problem);
		places.push(place);
		offset += place.sealedBytes;
	}
	fields.end();
	return { stripe, profile, places };
}

function readPlace(fields: FieldReader, offset: number): ChunkPlace {
	return {
		chunk: nameOf<ChunkId>(fields.view(hashBytes)),
		contentHash: fields.bytes(hashBytes),
		offset,
		sealedBytes: fields.u32(),
		rawBytes: fields.u32(),
		method: readMethod(fields)
	};
}

/** Empty files have no chunks, compression never grows one, and 'stored' keeps the length. */
export function problemOfPlace(profile: CodingProfile, place: ChunkPlace): string | undefined {
	const { sealedBytes, rawBytes, method } = place;
	const packed = sealedBytes - firstSealBytes(profile);
	if (rawBytes < 1 || rawBytes > chunkBytesMax) return `a chunk of ${rawBytes} bytes`;
	if (packed < 1 || packed > rawBytes) return `${rawBytes} bytes packed into ${packed}`;
	if (method === 'stored' && packed !== rawBytes) return `${rawBytes} bytes stored as ${packed}`;
	return undefined;
}
