import { deflateSync } from 'fflate';
import { beforeAll, describe, expect, test } from 'vitest';
import { ChunkCompressor } from '../../../src/lib/adapters/coder/compressor.ts';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import { seededBytes } from '../../vectors/coder/payload.ts';

let compressor: ChunkCompressor;
beforeAll(async () => {
	compressor = await ChunkCompressor.open();
});

const methods = ['deflate', 'zstd'] as const;
const text = new TextEncoder().encode('what is backed up comes back. '.repeat(5000));

describe.each(methods)('%s', (method) => {
	test('shrinks text and brings it back', () => {
		const packed = compressor.compress(text, method);
		expect(packed.method).toBe(method);
		expect(packed.bytes.length).toBeLessThan(text.length / 20);
		const unpacked = compressor.decompress(method, packed.bytes, text.length);
		expect(Buffer.compare(unpacked, text)).toBe(0);
	});

	test('stores what does not shrink: the very input', () => {
		for (const bytes of [seededBytes(1, 200_000), seededBytes(1, 100), new Uint8Array()]) {
			const stored = compressor.compress(bytes, method);
			expect(stored.method).toBe('stored');
			expect(stored.bytes).toBe(bytes);
		}
	});

	test('stores what only begins well', () => {
		const bytes = seededBytes(1, 2_000_000);
		bytes.fill(0, 0, 65536);
		expect(compressor.compress(bytes, method).method).toBe('stored');
	});

	test('stores what only begins badly: the probe decides', () => {
		const bytes = new Uint8Array(300_000);
		bytes.set(seededBytes(1, 65536));
		expect(compressor.compress(bytes, method).method).toBe('stored');
	});

	test('refuses another length than expected', () => {
		const { bytes } = compressor.compress(text, method);
		for (const rawBytes of [0, 1, text.length - 1, text.length + 1, -1, NaN, 2 ** 52]) {
			expect(() => compressor.decompress(method, bytes, rawBytes)).toThrow(Malformed);
		}
	});

	test('refuses what is cut short, and rubbish', () => {
		const { bytes } = compressor.compress(text, method);
		for (const length of [0, 1, 5, 8, bytes.length >> 1, bytes.length - 1]) {
			const cut = bytes.slice(0, length);
			expect(() => compressor.decompress(method, cut, text.length)).toThrow(Malformed);
		}
		for (let seed = 1; seed < 50; seed++) {
			const rubbish = seededBytes(seed, 200);
			expect(() => compressor.decompress(method, rubbish, 70_001)).toThrow(Malformed);
		}
		expect(compressor.decompress(method, bytes, text.length)).toHaveLength(text.length);
	});
});

test('stored bytes are checked for their length only', () => {
	expect(compressor.decompress('stored', text, text.length)).toBe(text);
	expect(() => compressor.decompress('stored', text, 3)).toThrow(Malformed);
	expect(compressor.compress(text, 'stored').bytes).toBe(text);
});

test('a bomb is refused without unpacking it', () => {
	const bomb = deflateSync(new Uint8Array(20_000_000), { level: 9 });
	expect(() => compressor.decompress('deflate', bomb, 1000)).toThrow(Malformed);
	const { bytes } = compressor.compress(new Uint8Array(20_000_000), 'zstd');
	expect(() => compressor.decompress('zstd', bytes, 1000)).toThrow('not 1000');
});
