/** docs/format/index.md, and which segments are written anew. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import {
	encodeSegmentEntry,
	encodeSegmentHead,
	planSegment,
	SegmentParser,
	type ListedSegment,
	type SegmentEntry
} from '../../../src/lib/engine/archive/segment.ts';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import type { StripeId } from '../../../src/lib/engine/identifiers.ts';
import { stripeNamed, stripeRecord } from './stripes.ts';

function entryOf(number: number, chunks: readonly number[]): SegmentEntry {
	const { contents, m, k, blockBytes, payloadHash } = stripeRecord(number, chunks);
	return { contents, geometry: { m, k, blockBytes }, payloadHash };
}

const head = { added: [stripeNamed(1), stripeNamed(2)], removed: [stripeNamed(3)] };
const entries = [entryOf(1, [1, 2, 3]), entryOf(2, [])];
const segment = new Uint8Array(
	[encodeSegmentHead(head), ...entries.map(encodeSegmentEntry)].flatMap((piece) => [...piece])
);

test('a segment is these bytes', () => {
	expect(bytesToHex(encodeSegmentHead(head))).toBe(
		['48464931', '00000002', '00000001', ...[1, 2, 3].map(stripeNamed)].join('')
	);
	const [, second] = entries;
	const contents = second?.contents ?? new Uint8Array();
	expect(bytesToHex(encodeSegmentEntry(second ?? entryOf(2, [])))).toBe(
		['02', '01', '000000c0', '02'.repeat(32), '0000001c', bytesToHex(contents)].join('')
	);
});

test.each([1, 7, 60, 10_000])('it is read in pieces of %i bytes', (length) => {
	const parser = new SegmentParser();
	const found: SegmentEntry[] = [];
	for (let at = 0; at < segment.length; at += length) {
		found.push(...parser.push(segment.subarray(at, at + length)));
	}
	expect(parser.end()).toEqual(head);
	expect(found).toEqual(entries);
});

test('its head is known before its entries', () => {
	const parser = new SegmentParser();
	expect(parser.push(segment.subarray(0, 59))).toEqual([]);
	expect(parser.head).toBeUndefined();
	parser.push(segment.subarray(59, 60));
	expect(parser.head).toEqual(head);
});

describe('bytes that are no segment are Malformed', () => {
	function parse(bytes: Uint8Array): void {
		const parser = new SegmentParser();
		parser.push(bytes);
		parser.end();
	}
	test.each([0, 11, 12, 59, 60, 61, 200, segment.length - 1])('cut short at %i', (length) => {
		expect(() => {
			parse(segment.subarray(0, length));
		}).toThrow(Malformed);
	});
	test('one byte too many', () => {
		expect(() => {
			parse(Uint8Array.of(...segment, 0));
		}).toThrow(Malformed);
	});
	test('one entry too many', () => {
		expect(() => {
			parse(Uint8Array.of(...segment, ...encodeSegmentEntry(entryOf(3, []))));
		}).toThrow(Malformed);
	});
	test('another magic, an impossible geometry, contents without end', () => {
		for (const [at, byte] of [
			[3, 0x32],
			[60, 0],
			[60 + 38, 0xff]
		] as const) {
			const broken = segment.slice();
			broken[at] = byte;
			expect(() => {
				parse(broken);
			}).toThrow(Malformed);
		}
	});
});

describe('which segments are written anew', () => {
	const ids = (from: number, to: number): StripeId[] =>
		Array.from({ length: to - from }, (_, i) => stripeNamed(from + i));
	const listed = (
		added: readonly StripeId[],
		within: number,
		removed: readonly StripeId[] = []
	): ListedSegment => ({ added, removed, within: [stripeNamed(within)] });

	test('none, when they tell all that there is to tell', () => {
		expect(planSegment([], [])).toBeUndefined();
		const segments = [listed(ids(0, 10), 100), listed(ids(10, 12), 101)];
		expect(
			planSegment(segments, [...ids(0, 12), stripeNamed(100), stripeNamed(101)])
		).toBeUndefined();
	});

	test('a new one tells of the new stripes only, while the older ones are much larger', () => {
		const segments = [listed(ids(0, 10), 100), listed(ids(10, 14), 101)];
		const plan = planSegment(segments, [...ids(0, 16), stripeNamed(100), stripeNamed(101)]);
		expect(plan).toEqual({ keep: 2, added: ids(14, 16), removed: [] });
	});

	test('those that are not twice as large as all that is newer are merged, with the stripes that they lay in', () => {
		const segments = [listed(ids(0, 30), 100), listed(ids(30, 34), 101), listed(ids(34, 36), 102)];
		const stripes = [...ids(0, 38), ...[100, 101, 102].map(stripeNamed)];
		expect(planSegment(segments, stripes)).toEqual({
			keep: 1,
			added: [...ids(30, 38), stripeNamed(101), stripeNamed(102)],
			removed: []
		});
	});

	test('a dropped stripe is told to be gone, until its segment is written anew', () => {
		const segments = [listed(ids(0, 10), 100)];
		const rest = [...ids(1, 10), stripeNamed(100)];
		const plan = planSegment(segments, rest);
		expect(plan).toEqual({ keep: 1, added: [], removed: [stripeNamed(0)] });
		const next = [...segments, listed(plan?.added ?? [], 101, plan?.removed)];
		expect(planSegment(next, [...rest, stripeNamed(101)])).toBeUndefined();
		const all = planSegment(next, [...rest, stripeNamed(101), ...ids(20, 40)]);
		expect(all?.keep).toBe(0);
		expect(all?.removed).toEqual([]);
		expect(all?.added).not.toContain(stripeNamed(0));
	});

	test('there are never more than twelve, and what a backup writes again stays small', () => {
		let segments: ListedSegment[] = [];
		const stripes: StripeId[] = [];
		let written = 0;
		for (let backup = 0; backup < 500; backup++) {
			for (let i = 0; i < 1 + (backup % 5); i++) stripes.push(stripeNamed(stripes.length));
			const plan = planSegment(segments, stripes);
			if (plan === undefined) throw new Error('there was something to tell');
			written += plan.added.length;
			const own = stripeNamed(stripes.length);
			stripes.push(own);
			segments = [...segments.slice(0, plan.keep), { ...plan, within: [own] }];
			expect(segments.length).toBeLessThanOrEqual(12);
		}
		expect(written / stripes.length).toBeLessThan(8);
	});
});
