/**
 * The payload of a stripe (docs/format/stripe.md): sealed chunks from the start, zeros, then the
 * sealed contents and a footer at the very end. It is determined by stripe id, profile and chunks
 * alone, so that a lost block can be made again from local files.
 */
import { Malformed } from '../failures.ts';
import type { StripeId } from '../identifiers.ts';
import type { Geometry } from '../ports.ts';
import {
	contentsBytes,
	decodeContents,
	encodeContents,
	firstSealBytes,
	type ChunkPlace,
	type StripeContents
} from './contents.ts';
import { ChunkDamaged } from './failures.ts';
import { FieldReader, FieldWriter } from './fields.ts';
import { chunkIdOf, chunkPiece, contentsPiece, openPiece, sealPiece } from './first-seal.ts';
import { hashBytes } from './limits.ts';
import {
	geometryHolding,
	payloadBytes,
	profileBytes,
	readProfile,
	sameProfile,
	writeProfile,
	type CodingProfile
} from './profile.ts';
import type { CodingTools, SealingTools } from './tools.ts';

/** "HFS1": a stripe of format version 1. */
const magic = 0x48465331;
const footerBytes = 4 + profileBytes + 4 + hashBytes;

interface Footer {
	readonly profile: CodingProfile;
	/** What the contents take in the payload. */
	readonly sealedBytes: number;
	/** Keyed hash of the encoded contents, 32 bytes. */
	readonly hash: Uint8Array;
}

/** What so many chunks cost beside their own sealed bytes. */
export function stripeOverheadBytes(profile: CodingProfile, chunks: number): number {
	return contentsBytes(chunks) + firstSealBytes(profile) + footerBytes;
}

/** Lays out the payload in the smallest geometry that holds it, not above the full one. */
export async function layOutPayload(
	tools: SealingTools,
	full: Geometry,
	contents: StripeContents,
	sealedChunks: readonly Uint8Array[]
): Promise<{ readonly geometry: Geometry; readonly payload: Uint8Array<ArrayBuffer> }> {
	const { stripe, profile, places } = contents;
	const piece = contentsPiece(stripe, profile);
	const { hash, sealed } = await sealPiece(tools, piece, encodeContents(contents));
	const chunksBytes = places.reduce((sum, place) => sum + place.sealedBytes, 0);
	const geometry = geometryHolding(full, chunksBytes + sealed.length + footerBytes);
	const payload = new Uint8Array(payloadBytes(geometry));
	places.forEach((place, i) => {
		payload.set(sealedChunks[i] ?? new Uint8Array(), place.offset);
	});
	const footer = encodeFooter({ profile, sealedBytes: sealed.length, hash });
	payload.set(sealed, payload.length - footerBytes - sealed.length);
	payload.set(footer, payload.length - footerBytes);
	return { geometry, payload };
}

/**
 * The verified contents of a decoded payload. Throws Malformed when the payload is not that
 * stripe's, whole and of this owner.
 */
export async function openPayload(
	tools: SealingTools,
	geometry: Geometry,
	stripe: StripeId,
	payload: Uint8Array
): Promise<StripeContents> {
	const wanted = payloadBytes(geometry);
	if (payload.length !== wanted || wanted < footerBytes) {
		throw new Malformed(`a payload of ${payload.length} bytes, not ${wanted}`);
	}
	const end = payload.length - footerBytes;
	const { profile, sealedBytes, hash } = decodeFooter(payload.subarray(end));
	if (sealedBytes > end) throw new Malformed(`contents of ${sealedBytes} bytes before ${end}`);
	const sealed = payload.subarray(end - sealedBytes, end);
	const encoded = await openPiece(tools, contentsPiece(stripe, profile), hash, sealed);
	if (encoded === undefined) throw new Malformed('the contents do not verify');
	const contents = decodeContents(encoded);
	if (contents.stripe !== stripe || !sameProfile(contents.profile, profile)) {
		throw new Malformed('the contents are of another stripe or profile');
	}
	const last = contents.places.at(-1);
	if (last !== undefined && last.offset + last.sealedBytes > end - sealedBytes) {
		throw new Malformed('the chunks reach into the contents');
	}
	return contents;
}

/**
 * The plain chunk behind its sealed bytes, `payload.subarray(place.offset, place.offset +
 * place.sealedBytes)` (patent, steps 312 and 314). Throws ChunkDamaged unless tag, content hash and
 * chunk id all match.
 */
export async function openChunk(
	tools: Pick<CodingTools, 'keyring' | 'ciphers' | 'compressor'>,
	contents: Pick<StripeContents, 'stripe' | 'profile'>,
	place: ChunkPlace,
	sealed: Uint8Array
): Promise<Uint8Array> {
	const { chunk, contentHash, sealedBytes, rawBytes, method } = place;
	if (sealed.length !== sealedBytes) {
		throw new ChunkDamaged(chunk, `${sealed.length} bytes, not ${sealedBytes}`);
	}
	const packed = await openPiece(tools, chunkPiece(contents, place), contentHash, sealed);
	if (packed === undefined) throw new ChunkDamaged(chunk, 'seal or content hash does not match');
	const content = await tools.compressor
		.decompress(method, own(packed, sealed), rawBytes)
		.catch((cause: unknown) => {
			throw new ChunkDamaged(chunk, `does not decompress: ${String(cause)}`);
		});
	if ((await chunkIdOf(tools, content)) !== chunk) {
		throw new ChunkDamaged(chunk, 'the content has another id');
	}
	return content;
}

/**
 * With one seal the packed bytes are still the payload's own, which a chunk that is handed out must
 * not hold.
 */
function own(packed: Uint8Array, sealed: Uint8Array): Uint8Array {
	return packed === sealed ? packed.slice() : packed;
}

function encodeFooter({ profile, sealedBytes, hash }: Footer): Uint8Array {
	const fields = writeProfile(new FieldWriter(footerBytes).u32(magic), profile);
	return fields.u32(sealedBytes).bytes(hash, hashBytes).done();
}

function decodeFooter(bytes: Uint8Array): Footer {
	const fields = new FieldReader(bytes);
	if (fields.u32() !== magic) throw new Malformed('not the payload of a stripe');
	const footer = {
		profile: readProfile(fields),
		sealedBytes: fields.u32(),
		hash: fields.bytes(hashBytes)
	};
	fields.end();
	return footer;
}
