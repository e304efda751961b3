/**
 * Learns where every chunk lies, from partners alone: from the segments that the head lists, or, when a segment is
 * lost, from the stripes' own tables of contents, which takes a look at every stripe.
 */
import type { ChunkLocation } from '../archive/head.ts';
import { ChunkIndex } from '../archive/index.ts';
import { type SegmentEntry, SegmentParser } from '../archive/segment.ts';
import { encodeContents } from '../coding/contents.ts';
import { payloadHashOf } from '../coding/self-check.ts';
import { openPayload, type CodingTools } from '../coding/stripe.ts';
import { Malformed } from '../failures.ts';
import type { StripeId } from '../identifiers.ts';
import { abortable } from './abortable.ts';
import type { BlockSource } from './block-source.ts';
import { ChunkSource } from './chunk-source.ts';
import type { StripeCache } from './stripe-cache.ts';

/** A segment is one entry of a head's index: its chunks, in order. */
export type Segment = readonly ChunkLocation[];

export interface IndexProgress {
	/** 'stripes' is the slow way. */
	readonly stage: 'segments' | 'stripes';
	readonly done: number;
	readonly total: number;
}

export interface IndexReading {
	readonly index: ChunkIndex;
	/** Segments that could not be read; their stripes were looked into one by one. */
	readonly lostSegments: number;
	/** Stripes that could not be looked into. */
	readonly lostStripes: number;
}

export interface IndexSourceOptions {
	readonly tools: Pick<CodingTools, 'keyring' | 'ciphers' | 'compressor'>;
	readonly cache: StripeCache;
	readonly blocks: Pick<BlockSource, 'reachableBlocks'>;
	/** From the oldest to the newest. */
	readonly segments: readonly Segment[];
	/** Every stripe that partners hold blocks of, for the slow way. */
	readonly stripes: () => Iterable<StripeId>;
	readonly signal?: AbortSignal;
	readonly progress?: (progress: IndexProgress) => void;
	/** Hears of every stripe that enters the index: a take-over makes its records of them. */
	readonly onStripe?: (entry: SegmentEntry) => void;
}

/** Rejects only with the signal's reason. */
export async function readIndex(options: IndexSourceOptions): Promise<IndexReading> {
	const { segments, signal, progress } = options;
	const index = new ChunkIndex();
	let lostSegments = 0;
	for (const [done, segment] of segments.entries()) {
		signal?.throwIfAborted();
		progress?.({ stage: 'segments', done, total: segments.length });
		if (!(await readSegment(options, segment, index))) lostSegments++;
	}
	const lostStripes = lostSegments === 0 ? 0 : await readAllStripes(options, index);
	return { index, lostSegments, lostStripes };
}

/** Whether the whole segment could be read. What could be read of a lost one stays in the index. */
async function readSegment(
	options: IndexSourceOptions,
	segment: Segment,
	index: ChunkIndex
): Promise<boolean> {
	const chunks = new ChunkSource({ ...options, stripes: options.cache, index });
	const parser = new SegmentParser();
	try {
		for (const location of segment) {
			const reading = await abortable(chunks.readAt(location), options.signal);
			if (reading.kind === 'lost') return false;
			for (const entry of parser.push(reading.bytes)) {
				index.add({ contents: entry.contents, ...entry.geometry });
				options.onStripe?.(entry);
			}
		}
		for (const id of parser.end().removed) index.remove(id);
	} catch (cause) {
		if (cause instanceof Malformed) return false;
		throw cause;
	}
	// The stripes that a segment lies in are in no segment: whoever reads it learns of them.
	let known = true;
	for (const id of new Set(segment.map(({ stripe }) => stripe))) {
		if (index.stripe(id) === undefined) known = (await readStripe(options, id, index)) && known;
	}
	return known;
}

/** How many could not be read. */
async function readAllStripes(options: IndexSourceOptions, index: ChunkIndex): Promise<number> {
	const unknown = [...options.stripes()].filter((id) => index.stripe(id) === undefined);
	let lost = 0;
	for (const [done, id] of unknown.entries()) {
		options.signal?.throwIfAborted();
		options.progress?.({ stage: 'stripes', done, total: unknown.length });
		if (!(await readStripe(options, id, index))) lost++;
	}
	return lost;
}

async function readStripe(
	{ tools, cache, signal, onStripe }: IndexSourceOptions,
	id: StripeId,
	index: ChunkIndex
): Promise<boolean> {
	const fetched = await abortable(cache.get(id), signal);
	if (fetched.kind === 'missing') return false;
	const { geometry, payload } = fetched;
	try {
		const contents = encodeContents(await openPayload(tools, geometry, id, payload));
		index.add({ contents, ...geometry });
		onStripe?.({ contents, geometry, payloadHash: await payloadHashOf(tools, payload) });
		return true;
	} catch (cause) {
		if (cause instanceof Malformed) return false;
		throw cause;
	}
}
