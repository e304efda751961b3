/**
 * Index segments (docs/format/index.md): the tables of contents of many stripes in one, stored as chunks, so
 * that a restored peer learns its index from a few stripes instead of opening all. A head lists the segments
 * from the oldest to the newest; a stripe's last mention counts. Rejected: the index as one object, which every
 * backup would write whole.
 */
import { FieldReader, FieldWriter } from '../coding/fields.ts';
import { hashBytes } from '../coding/limits.ts';
import { isGeometry } from '../coding/profile.ts';
import { stripeIdBytes } from '../coding/contents.ts';
import { Malformed } from '../failures.ts';
import { bytesOf, nameOf, type StripeId } from '../identifiers.ts';
import type { Geometry } from '../ports.ts';
import { contentsBytesMax, segmentsMax } from './limits.ts';

/** The stripes that a segment is about. It stands at the segment's start, so that it can be read alone. */
export interface SegmentHead {
	/** In the order of the entries. */
	readonly added: readonly StripeId[];
	/** Stripes of older segments that were dropped since. */
	readonly removed: readonly StripeId[];
}

/** What a segment tells of one stripe. */
export interface SegmentEntry {
	/** The stripe's encoded table of contents (docs/format/stripe.md). */
	readonly contents: Uint8Array;
	readonly geometry: Geometry;
	/** Keyed hash of the payload, 32 bytes. */
	readonly payloadHash: Uint8Array;
}

/** "HFI1": an index segment of format version 1. */
const magic = 0x48464931;
const fixedBytes = 12;
/** m, k, block length, payload hash, length of the contents. */
const entryHeadBytes = 1 + 1 + 4 + hashBytes + 4;

/** Length of an encoded head. */
export function segmentHeadBytes(head: SegmentHead): number {
	return fixedBytes + (head.added.length + head.removed.length) * stripeIdBytes;
}

export function encodeSegmentHead(head: SegmentHead): Uint8Array<ArrayBuffer> {
	const fields = new FieldWriter(segmentHeadBytes(head)).u32(magic);
	fields.u32(head.added.length).u32(head.removed.length);
	for (const id of [...head.added, ...head.removed]) fields.bytes(bytesOf(id), stripeIdBytes);
	return fields.done();
}

/** Throws RangeError when the entry is impossible. */
export function encodeSegmentEntry(entry: SegmentEntry): Uint8Array<ArrayBuffer> {
	const { contents, geometry, payloadHash } = entry;
	if (!isGeometry(geometry)) throw new RangeError('an impossible geometry');
	if (contents.length > contentsBytesMax) throw new RangeError('contents too long');
	return new FieldWriter(entryHeadBytes + contents.length)
		.u8(geometry.m)
		.u8(geometry.k)
		.u32(geometry.blockBytes)
		.bytes(payloadHash, hashBytes)
		.u32(contents.length)
		.bytes(contents, contents.length)
		.done();
}

/**
 * Reads a segment from its pieces as they come, in memory for a few entries. Every method throws Malformed when
 * the bytes are none.
 */
export class SegmentParser {
	#rest = new Uint8Array(0);
	#head: SegmentHead | undefined;
	#entries = 0;

	/** The head, once it was among the pieces. */
	get head(): SegmentHead | undefined {
		return this.#head;
	}

	/** Takes the next piece, and gives the entries that it completes. */
	push(piece: Uint8Array): readonly SegmentEntry[] {
		const bytes = new Uint8Array(this.#rest.length + piece.length);
		bytes.set(this.#rest);
		bytes.set(piece, this.#rest.length);
		let at = this.#head === undefined ? this.#readHead(bytes) : 0;
		const entries: SegmentEntry[] = [];
		if (this.#head === undefined) return entries;
		for (let length = lengthOfEntry(bytes, at); length > 0; length = lengthOfEntry(bytes, at)) {
			entries.push(readEntry(bytes.subarray(at, at + length)));
			at += length;
		}
		this.#entries += entries.length;
		if (this.#entries > this.#head.added.length) throw new Malformed('too many entries');
		this.#rest = bytes.slice(at);
		return entries;
	}

	/** Requires that the segment is whole. */
	end(): SegmentHead {
		if (this.#head === undefined) throw new Malformed('a segment cut short in its head');
		if (this.#rest.length > 0 || this.#entries !== this.#head.added.length) {
			throw new Malformed(`${this.#entries} of ${this.#head.added.length} entries`);
		}
		return this.#head;
	}

	/** How many bytes the head takes; leaves everything for later while it is not whole. */
	#readHead(bytes: Uint8Array<ArrayBuffer>): number {
		this.#rest = bytes;
		if (bytes.length < fixedBytes) return 0;
		const fields = new FieldReader(bytes);
		if (fields.u32() !== magic) throw new Malformed('not an index segment');
		const added = fields.u32();
		const removed = fields.u32();
		const length = fixedBytes + (added + removed) * stripeIdBytes;
		if (bytes.length < length) return 0;
		this.#head = { added: readIds(fields, added), removed: readIds(fields, removed) };
		return length;
	}
}

/** What a segment takes part in when it is decided which ones are written anew. */
export interface ListedSegment extends SegmentHead {
	/** The stripes that its own chunks lie in: whoever reads it learns of them. */
	readonly within: readonly StripeId[];
}

export interface SegmentPlan extends SegmentHead {
	/** So many of the oldest segments stay as they are; the others are replaced by one new segment. */
	readonly keep: number;
}

/**
 * Which segments are merged into the new one, and what stands in it. Undefined when the listed segments tell
 * all that there is to tell. A segment stays while it has at least twice the stripes of everything newer:
 * sizes then triple from one to the next, so that twelve segments list 177,000 stripes, and an entry is written
 * again only into a segment half as large again. The stripes that replaced segments lay in are told as any other,
 * or, where `replaced` is 'dropped', as gone.
 */
export function planSegment(
	listed: readonly ListedSegment[],
	stripes: Iterable<StripeId>,
	replaced: 'told' | 'dropped' = 'told'
): SegmentPlan | undefined {
	const present = new Set(stripes);
	const now = newsAfter(listed, present);
	if (now.added.length === 0 && now.removed.length === 0 && listed.length <= segmentsMax) {
		return undefined;
	}
	const keep = keptCount(listed, now.added.length + now.removed.length);
	const kept = listed.slice(0, keep);
	if (replaced === 'dropped') {
		for (const id of stripesOnlyIn(listed.slice(keep), kept)) present.delete(id);
	}
	return { keep, ...newsAfter(kept, present) };
}

/** The stripes that hold chunks of these segments and of none of the others. */
export function stripesOnlyIn(
	segments: readonly Pick<ListedSegment, 'within'>[],
	others: readonly Pick<ListedSegment, 'within'>[]
): ReadonlySet<StripeId> {
	const needed = new Set(others.flatMap(({ within }) => within));
	return new Set(segments.flatMap(({ within }) => within).filter((id) => !needed.has(id)));
}

function keptCount(listed: readonly ListedSegment[], news: number): number {
	let newer = news;
	for (let keep = listed.length; keep > 0; keep--) {
		const last = listed[keep - 1];
		const size = (last?.added.length ?? 0) + (last?.removed.length ?? 0);
		if (size >= 2 * newer && keep < segmentsMax) return keep;
		newer += size;
	}
	return 0;
}

/** What these segments do not tell of the stripes that there are. */
function newsAfter(
	segments: readonly ListedSegment[],
	present: ReadonlySet<StripeId>
): SegmentHead {
	const known = new Set<StripeId>();
	const listed = new Set<StripeId>();
	for (const { added, removed, within } of segments) {
		for (const id of removed) known.delete(id);
		for (const id of removed) listed.delete(id);
		for (const id of [...added, ...within]) known.add(id);
		for (const id of added) listed.add(id);
	}
	return {
		added: [...present].filter((id) => !known.has(id)),
		removed: [...listed].filter((id) => !present.has(id))
	};
}

/** 0 while the entry is not whole. */
function lengthOfEntry(bytes: Uint8Array, at: number): number {
	if (bytes.length - at < entryHeadBytes) return 0;
	const fields = new FieldReader(bytes.subarray(at + entryHeadBytes - 4, at + entryHeadBytes));
	const contents = fields.u32();
	if (contents > contentsBytesMax) throw new Malformed(`contents of ${contents} bytes`);
	const length = entryHeadBytes + contents;
	return bytes.length - at < length ? 0 : length;
}

function readEntry(bytes: Uint8Array): SegmentEntry {
	const fields = new FieldReader(bytes);
	const geometry = { m: fields.u8(), k: fields.u8(), blockBytes: fields.u32() };
	if (!isGeometry(geometry)) throw new Malformed('an impossible geometry');
	const payloadHash = fields.bytes(hashBytes);
	const contents = fields.bytes(fields.u32());
	fields.end();
	return { contents, geometry, payloadHash };
}

function readIds(fields: FieldReader, count: number): readonly StripeId[] {
	return Array.from({ length: count }, () => nameOf<StripeId>(fields.view(stripeIdBytes)));
}
