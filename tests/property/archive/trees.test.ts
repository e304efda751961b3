import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
	decodeTree,
	encodeTree,
	problemOfName,
	type TreeEntry
} from '../../../src/lib/engine/archive/tree.ts';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import type { ChunkId, FolderId } from '../../../src/lib/engine/identifiers.ts';

const hex = (bytes: number): fc.Arbitrary<string> =>
	fc
		.uint8Array({ minLength: bytes, maxLength: bytes })
		.map((each) => Buffer.from(each).toString('hex'));
const chunks = fc.array(hex(32) as fc.Arbitrary<ChunkId>, { minLength: 1, maxLength: 4 });
const name = fc
	.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
	.filter((text) => problemOfName(text) === undefined);
const modified = fc.integer({ min: -(2 ** 47), max: 2 ** 47 - 1 });
const entry: fc.Arbitrary<TreeEntry> = fc.oneof(
	fc.record({
		kind: fc.constant('file' as const),
		name,
		modified,
		size: fc.integer({ min: 4, max: 2 ** 48 - 1 }),
		chunks
	}),
	fc.record({
		kind: fc.constant('file' as const),
		name,
		modified,
		size: fc.constant(0),
		chunks: fc.constant([])
	}),
	fc.record(
		{
			kind: fc.constant('directory' as const),
			name,
			modified,
			chunks,
			folder: hex(8) as fc.Arbitrary<FolderId>
		},
		{ requiredKeys: ['kind', 'name', 'modified', 'chunks'] }
	)
);
const tree = fc.uniqueArray(entry, { selector: ({ name: of }) => of, maxLength: 30 });

test('every tree comes back, in one order whatever order it came in', () => {
	fc.assert(
		fc.property(tree, fc.nat(), (entries, turn) => {
			const at = turn % Math.max(1, entries.length);
			const turned = [...entries.slice(at), ...entries.slice(0, at)];
			const bytes = encodeTree(entries);
			expect(encodeTree(turned)).toEqual(bytes);
			const found = decodeTree(bytes);
			expect(new Set(found)).toEqual(new Set(entries));
			expect(encodeTree(found)).toEqual(bytes);
		})
	);
});

test('garbage is a tree or Malformed, and what decodes encodes to the same bytes', () => {
	const garbage = fc.oneof(
		fc.uint8Array({ maxLength: 300 }),
		// Trees with a few bytes changed, or cut short.
		fc
			.record({
				entries: tree,
				at: fc.nat(),
				byte: fc.nat(255),
				cut: fc.nat(3)
			})
			.map(({ entries, at, byte, cut }) => {
				const bytes = encodeTree(entries);
				bytes[at % bytes.length] = byte;
				return bytes.subarray(0, bytes.length - cut);
			})
	);
	fc.assert(
		fc.property(garbage, (bytes) => {
			try {
				expect(encodeTree(decodeTree(bytes))).toEqual(new Uint8Array(bytes));
			} catch (failure) {
				if (!(failure instanceof Malformed)) throw failure;
			}
		}),
		{ numRuns: 2000 }
	);
});
