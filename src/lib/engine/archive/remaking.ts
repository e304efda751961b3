/**
 * Makes a stripe again from its chunks: the same payload, byte for byte, and so the same blocks. The payload is
 * determined by stripe id, profile and chunks (docs/format/stripe.md), and counts only when its hash is the recorded
 * one: a newer compressor that packs otherwise gives nothing.
 */
import { equalBytes } from '@noble/ciphers/utils.js';
import { decodeContents, type ChunkPlace } from '../coding/contents.ts';
import {
	StripeBuilder,
	type CodedStripe,
	type CodingTools,
	type PackedChunk
} from '../coding/stripe.ts';
import type { ChunkId } from '../identifiers.ts';
import type { StripeRecord } from '../records.ts';

export type ReadLocally = (chunk: ChunkId) => Promise<Uint8Array | undefined>;

/** Undefined when a chunk cannot be had, or the payload comes out otherwise. */
export async function remakeStripe(
	tools: CodingTools,
	record: StripeRecord,
	read: ReadLocally
): Promise<CodedStripe | undefined> {
	const { stripe, profile, places } = decodeContents(record.contents);
	const { m, k, blockBytes, payloadHash } = record;
	const builder = new StripeBuilder(tools, profile, { m, k, blockBytes }, stripe);
	for (const place of places) {
		const packed = await pack(tools, place, read);
		if (packed === undefined || (await builder.add(packed)) === undefined) return undefined;
	}
	const coded = await builder.finish();
	const same =
		coded.geometry.blockBytes === blockBytes && equalBytes(coded.payloadHash, payloadHash);
	return same ? coded : undefined;
}

async function pack(
	{ compressor }: Pick<CodingTools, 'compressor'>,
	{ chunk, rawBytes, method }: ChunkPlace,
	read: ReadLocally
): Promise<PackedChunk | undefined> {
	const content = await read(chunk);
	if (content?.length !== rawBytes) return undefined;
	if (method === 'stored') return { chunk, rawBytes, method, bytes: content };
	const packed = await compressor.compress(content, method);
	return packed.method === method ? { chunk, rawBytes, ...packed } : undefined;
}
