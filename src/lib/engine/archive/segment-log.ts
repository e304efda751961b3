/** Keeps the index segments of a head up to date, and reads them back after a loss. */
import type { ChunkId, StripeId } from '../identifiers.ts';
import type { Records } from '../ports.ts';
import { Chunker } from './chunker.ts';
import type { ChunkLocation } from './head.ts';
import type { ChunkIndex } from './index.ts';
import {
	encodeSegmentEntry,
	encodeSegmentHead,
	planSegment,
	segmentHeadBytes,
	stripesOnlyIn,
	SegmentParser,
	type ListedSegment,
	type SegmentEntry,
	type SegmentPlan
} from './segment.ts';
import type { StripeWriter } from './stripe-writer.ts';
import { ChunkUnknown, type FetchChunk, type TreeReader } from './tree-reader.ts';

/** Where the chunks of one segment lie, in order. */
export type SegmentLocations = readonly ChunkLocation[];

export interface SegmentLogOptions {
	readonly reader: Pick<TreeReader, 'chunk'>;
	readonly writer: Pick<StripeWriter, 'put' | 'flush'>;
	readonly records: Pick<Records, 'get' | 'write'>;
	readonly index: Pick<ChunkIndex, 'stripes' | 'locate'>;
}

/**
 * Writes what the segments do not tell yet, and resolves to the segments of the next head: the same ones when
 * there is nothing to tell. Everything that was put into the writer before must be flushed.
 */
export async function updateSegments(
	options: SegmentLogOptions,
	segments: readonly SegmentLocations[]
): Promise<readonly SegmentLocations[]> {
	const listed = await readAllListed(options, segments);
	const plan = planSegment(listed, idsOf(options.index));
	return plan === undefined ? segments : writeSegment(options, segments, plan);
}

/**
 * As `updateSegments`, for the head that precedes a drop: these stripes are told to be gone. So are those that
 * only the replaced segments lay in: they are in `dropped` as well, so that one prune leaves nothing to the next.
 */
export async function updateSegmentsForDrop(
	options: SegmentLogOptions,
	segments: readonly SegmentLocations[],
	dropping: readonly StripeId[]
): Promise<{
	readonly segments: readonly SegmentLocations[];
	readonly dropped: readonly StripeId[];
}> {
	const listed = await readAllListed(options, segments);
	const going = new Set(dropping);
	const staying = idsOf(options.index).filter((id) => !going.has(id));
	const plan = planSegment(listed, staying, 'dropped');
	if (plan === undefined) return { segments, dropped: dropping };
	const replaced = stripesOnlyIn(listed.slice(plan.keep), listed.slice(0, plan.keep));
	const written = await writeSegment(options, segments, plan);
	// A chunk that comes out as it was before stays in the stripe that it lies in.
	const needed = new Set(written.flat().map(({ stripe }) => stripe));
	const dropped = [...new Set([...dropping, ...replaced])].filter((id) => !needed.has(id));
	return { segments: written, dropped };
}

/**
 * Every stripe that a head's segments tell of, the newest word on each: what a restored peer builds its index
 * from (`ChunkIndex.add({ ...entry, ...entry.geometry })`). The stripes that hold the segments themselves are
 * not among them: their own tables of contents tell what is in them. Rejects with Malformed, or as
 * `fetchChunk` does.
 */
export async function* readSegments(
	segments: readonly SegmentLocations[],
	fetchChunk: FetchChunk
): AsyncGenerator<SegmentEntry & { readonly stripe: StripeId }> {
	const told = new Set<StripeId>();
	// From the newest to the oldest: the first word heard on a stripe is the last one said.
	for (const segment of [...segments].reverse()) {
		const parser = new SegmentParser();
		let next = 0;
		for (const location of segment) {
			for (const entry of parser.push(await fetchChunk(location))) {
				const stripe = parser.head?.added[next++];
				if (stripe !== undefined && !told.has(stripe)) yield { stripe, ...entry };
			}
		}
		const { added, removed } = parser.end();
		for (const id of [...added, ...removed]) told.add(id);
	}
}

async function writeSegment(
	options: SegmentLogOptions,
	segments: readonly SegmentLocations[],
	plan: SegmentPlan
): Promise<readonly SegmentLocations[]> {
	const chunks = await putSegment(options, plan);
	await options.writer.flush();
	const locations = chunks.map((chunk) => {
		const location = options.index.locate(chunk);
		if (location === undefined) throw new ChunkUnknown(chunk);
		return location;
	});
	return [...segments.slice(0, plan.keep), locations];
}

function idsOf(index: Pick<ChunkIndex, 'stripes'>): readonly StripeId[] {
	return [...index.stripes()].map((stripe) => stripe.id);
}

async function readAllListed(
	{ reader }: SegmentLogOptions,
	segments: readonly SegmentLocations[]
): Promise<readonly ListedSegment[]> {
	const listed: ListedSegment[] = [];
	for (const segment of segments) listed.push(await readListed(reader, segment));
	return listed;
}

/** The head of a segment, from as few of its chunks as hold it. */
async function readListed(
	reader: Pick<TreeReader, 'chunk'>,
	segment: SegmentLocations
): Promise<ListedSegment> {
	const within = [...new Set(segment.map((location) => location.stripe))];
	const parser = new SegmentParser();
	for (const location of segment) {
		parser.push(await reader.chunk(location.place.chunk, location));
		if (parser.head !== undefined) return { ...parser.head, within };
	}
	return { ...parser.end(), within };
}

/** Puts a new segment, entry by entry, into the writer, and what will be read again into the cache. */
async function putSegment(
	{ writer, records }: SegmentLogOptions,
	plan: SegmentPlan
): Promise<readonly ChunkId[]> {
	const ids: ChunkId[] = [];
	const chunker = new Chunker();
	let headBytesLeft = segmentHeadBytes(plan);
	const put = async (bytes: Uint8Array): Promise<void> => {
		const kept = headBytesLeft > 0 ? bytes.slice() : undefined;
		headBytesLeft -= bytes.length;
		const { chunk } = await writer.put(bytes);
		ids.push(chunk);
		if (kept === undefined) return;
		await records.write([{ table: 'treeChunks', key: chunk, put: { bytes: kept } }]);
	};
	for (const bytes of chunker.push(encodeSegmentHead(plan))) await put(bytes);
	for (const id of plan.added) {
		const entry = encodeSegmentEntry(await entryOf(records, id));
		for (const bytes of chunker.push(entry)) await put(bytes);
	}
	const last = chunker.end();
	if (last !== undefined) await put(last);
	return ids;
}

async function entryOf(records: Pick<Records, 'get'>, id: StripeId): Promise<SegmentEntry> {
	const record = await records.get('stripes', id);
	if (record === undefined) throw new Error(`the index has stripe ${id}, the records do not`);
	const { contents, m, k, blockBytes, payloadHash } = record;
	return { contents, geometry: { m, k, blockBytes }, payloadHash };
}
