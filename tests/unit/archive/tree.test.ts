/** docs/format/tree.md. */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import {
	decodeTree,
	encodeTree,
	keptTime,
	problemOfName,
	type TreeEntry
} from '../../../src/lib/engine/archive/tree.ts';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import type { ChunkId, FolderId } from '../../../src/lib/engine/identifiers.ts';

const chunk = (byte: string): ChunkId => byte.repeat(32) as ChunkId;

const example: readonly TreeEntry[] = [
	{ kind: 'directory', name: 'b', modified: 1000, chunks: [chunk('0b')] },
	{ kind: 'file', name: 'a.txt', size: 5, modified: -1, chunks: [chunk('0a')] },
	{ kind: 'file', name: 'é', size: 0, modified: 0, chunks: [] },
	{
		kind: 'directory',
		name: 'z',
		modified: 2 ** 47 - 1,
		chunks: [chunk('01'), chunk('02')],
		folder: '0102030405060708' as FolderId
	}
];

/** The same, byte by byte. */
const encoded = [
	'48465431', // magic
	'00000004', // entries
	'01 00000005 612e747874 7fffffffffff 000000000005 00000001',
	'0a'.repeat(32),
	'02 00000001 62 8000000003e8 00000001',
	'0b'.repeat(32),
	'03 00000001 7a ffffffffffff 0102030405060708 00000002',
	'01'.repeat(32) + '02'.repeat(32),
	'01 00000002 c3a9 800000000000 000000000000 00000000'
]
	.join('')
	.replaceAll(' ', '');

test('a tree is these bytes', () => {
	expect(bytesToHex(encodeTree(example))).toBe(encoded);
	expect(decodeTree(hexToBytes(encoded))).toEqual(
		['a.txt', 'b', 'z', 'é'].map((name) => example.find((entry) => entry.name === name))
	);
});

test('names are sorted by their UTF-8 bytes, where UTF-16 has another order', () => {
	const names = ['\u{1f994}', '\uffee', 'b', 'a', 'ab'];
	const entries = names.map((name): TreeEntry => ({ ...file, name }));
	expect(decodeTree(encodeTree(entries)).map((entry) => entry.name)).toEqual([
		'a',
		'ab',
		'b',
		'\uffee',
		'\u{1f994}'
	]);
});

const file: TreeEntry = { kind: 'file', name: 'f', size: 1, modified: 0, chunks: [chunk('11')] };

describe('what no tree can hold is refused', () => {
	test.each([
		['no name', { ...file, name: '' }],
		['.', { ...file, name: '.' }],
		['..', { ...file, name: '..' }],
		['a slash', { ...file, name: 'a/b' }],
		['NUL', { ...file, name: 'a\0' }],
		['half a surrogate pair', { ...file, name: '\ud83e' }],
		['1,025 bytes of name', { ...file, name: `${'é'.repeat(512)}x` }],
		['a negative size', { ...file, size: -1 }],
		['a size beyond 6 bytes', { ...file, size: 2 ** 48 }],
		['half a byte', { ...file, size: 1.5 }],
		['content without size', { ...file, size: 0 }],
		['size without content', { ...file, chunks: [] }],
		['more chunks than bytes', { ...file, chunks: [chunk('11'), chunk('12')] }],
		['a time out of bounds', { ...file, modified: 2 ** 47 }],
		['half a millisecond', { ...file, modified: 0.5 }],
		['a directory without a tree', { kind: 'directory', name: 'd', modified: 0, chunks: [] }]
	] satisfies [string, TreeEntry][])('%s', (_, entry) => {
		expect(() => encodeTree([entry])).toThrow(RangeError);
	});

	test('one name twice', () => {
		expect(() => encodeTree([file, { ...file, modified: 5 }])).toThrow(RangeError);
	});
});

describe('bytes that are no tree are Malformed', () => {
	const entry = (kind: string, name: string, rest: string): string =>
		`48465431 00000001 ${kind} ${name} ${rest}`;
	const rest = `800000000000 000000000001 00000001 ${'11'.repeat(32)}`;
	test.each([
		['nothing', ''],
		['another magic', '48465432 00000000'],
		['bytes too many', '48465431 00000000 00'],
		['entries that are not there', '48465431 ffffffff'],
		['an unknown kind', entry('04', '00000001 61', rest)],
		['a name with a slash', entry('01', '00000001 2f', rest)],
		['the name ..', entry('01', '00000002 2e2e', rest)],
		['an empty name', entry('01', '00000000', rest)],
		['a name that is not UTF-8', entry('01', '00000001 ff', rest)],
		['an overlong form of /', entry('01', '00000002 c0af', rest)],
		['a name of 2 GiB', entry('01', '80000000 61', rest)],
		['more chunks than bytes', entry('01', '00000001 61', `800000000000 000000000001 ffffffff`)],
		[
			'content of an empty file',
			entry('01', '00000001 61', rest.replace('000000000001', '0'.repeat(12)))
		],
		['names out of order', `48465431 00000002 01 00000001 62 ${rest} 01 00000001 61 ${rest}`],
		['a name twice', `48465431 00000002 01 00000001 61 ${rest} 01 00000001 61 ${rest}`]
	])('%s', (_, hex) => {
		expect(() => decodeTree(hexToBytes(hex.replaceAll(' ', '')))).toThrow(Malformed);
	});
});

test('times are kept as whole milliseconds within their bounds', () => {
	expect(keptTime(12.9)).toBe(12);
	expect(keptTime(-0.5)).toBe(-1);
	expect(keptTime(Number.NaN)).toBe(0);
	expect(keptTime(Infinity)).toBe(2 ** 47 - 1);
	expect(keptTime(-Infinity)).toBe(-(2 ** 47));
});

test('a name may be anything else', () => {
	for (const name of ['...', ' ', 'a\\b', 'CON', '\uFEFFx', 'x'.repeat(1024), '~', 'a:b']) {
		expect(problemOfName(name)).toBeUndefined();
	}
});
