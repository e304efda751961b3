import { describe, expect, test } from 'vitest';
import {
	Chunker,
	chunkBytesMax,
	chunkBytesMin,
	chunkBytesNormal
} from '../../../src/lib/engine/archive/chunker.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { fingerprint } from './tools.ts';

const MiB = 1024 * 1024;

function chunksOf(bytes: Uint8Array, pieceBytes = MiB): Uint8Array[] {
	const chunker = new Chunker();
	const chunks: Uint8Array[] = [];
	for (let at = 0; at < bytes.length; at += pieceBytes) {
		chunks.push(...chunker.push(bytes.subarray(at, at + pieceBytes)));
	}
	const last = chunker.end();
	return last === undefined ? chunks : [...chunks, last];
}

const random = new SeededRandom('chunker').bytes(24 * MiB);
const chunks = chunksOf(random);

test('the chunks are the file', () => {
	const joined = new Uint8Array(random.length);
	let at = 0;
	for (const chunk of chunks) {
		joined.set(chunk, at);
		at += chunk.length;
	}
	expect(at).toBe(random.length);
	expect(fingerprint(joined)).toBe(fingerprint(random));
});

test('lengths keep to their limits and centre on the normal length', () => {
	const lengths = chunks.map(({ length }) => length);
	expect(Math.max(...lengths)).toBeLessThanOrEqual(chunkBytesMax);
	expect(Math.min(...lengths.slice(0, -1))).toBeGreaterThanOrEqual(chunkBytesMin);
	const mean = random.length / chunks.length;
	expect(mean).toBeGreaterThan(0.9 * chunkBytesNormal);
	expect(mean).toBeLessThan(1.4 * chunkBytesNormal);
	const near = lengths.filter(
		(length) => length > 0.75 * chunkBytesNormal && length < chunkBytesMax
	);
	expect(near.length).toBeGreaterThan(lengths.length / 2);
});

describe('a change', () => {
	const known = new Set(chunks.map(fingerprint));
	const unknown = (bytes: Uint8Array): number =>
		chunksOf(bytes).filter((chunk) => !known.has(fingerprint(chunk))).length;

	test('of one byte at the front changes few chunks', () => {
		const longer = new Uint8Array(random.length + 1);
		longer.set(random, 1);
		expect(unknown(longer)).toBeLessThanOrEqual(6);
	});

	test('in the middle changes few chunks', () => {
		const changed = random.slice();
		changed[12 * MiB] = (changed[12 * MiB] ?? 0) ^ 1;
		expect(unknown(changed)).toBeLessThanOrEqual(4);
	});

	test('at the end changes the last chunk only', () => {
		const longer = new Uint8Array(random.length + 10);
		longer.set(random);
		expect(unknown(longer)).toBe(1);
	});
});

test('bytes without variety are cut at the longest length', () => {
	expect(chunksOf(new Uint8Array(2.5 * MiB)).map(({ length }) => length)).toEqual([
		chunkBytesMax,
		chunkBytesMax,
		2.5 * MiB - 2 * chunkBytesMax
	]);
});

test('a file of exactly the longest length leaves nothing for the end', () => {
	const chunker = new Chunker();
	expect(chunker.push(new Uint8Array(chunkBytesMax))).toHaveLength(1);
	expect(chunker.end()).toBeUndefined();
});

test('an empty file has no chunks, a small one is one', () => {
	expect(chunksOf(new Uint8Array())).toEqual([]);
	expect(chunksOf(Uint8Array.of(1, 2, 3))).toEqual([Uint8Array.of(1, 2, 3)]);
});

test('files do not influence each other, nor share memory with the chunks given out', () => {
	const chunker = new Chunker();
	const cut = (bytes: Uint8Array): string[] => {
		const found = [...chunker.push(bytes), chunker.end() ?? new Uint8Array()];
		expect(new Set(found.map(({ buffer }) => buffer)).size).toBe(found.length);
		return found.map(fingerprint);
	};
	const first = cut(random.subarray(0, 3 * MiB));
	cut(random.subarray(5 * MiB, 7 * MiB + 5));
	expect(cut(random.subarray(0, 3 * MiB))).toEqual(first);
});
