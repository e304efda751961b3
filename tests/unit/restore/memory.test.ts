/** Nothing of a restore grows with the size of a file. */
import { describe, expect, it } from 'vitest';
import type { ChunkLocation } from '../../../src/lib/engine/archive/head.ts';
import { chunkBytesMax } from '../../../src/lib/engine/coding/limits.ts';
import { defaultProfile } from '../../../src/lib/engine/coding/profile.ts';
import { type ChunkId, nameOf, type StripeId } from '../../../src/lib/engine/identifiers.ts';
import type { RestoreTarget } from '../../../src/lib/engine/ports.ts';
import { ByteBudget } from '../../../src/lib/engine/restore/byte-budget.ts';
import type { BytesReading } from '../../../src/lib/engine/restore/chunk-source.ts';
import { FileWriter } from '../../../src/lib/engine/restore/file-writer.ts';
import { readAheadBytesMax } from '../../../src/lib/engine/restore/limits.ts';
import { readAhead } from '../../../src/lib/engine/restore/read-ahead.ts';
import { nowhere } from '../../../src/lib/engine/restore/rehearsal.ts';
import { RestoreAccount } from '../../../src/lib/engine/restore/restore-account.ts';
import { StripeCache } from '../../../src/lib/engine/restore/stripe-cache.ts';
import { VirtualClock } from '../../doubles/clock.ts';

describe('a file of 8 GiB', () => {
	it('streams in order, with no more than the read-ahead in memory', async () => {
		const size = 8 * 1024 ** 3;
		const count = Math.ceil(size / chunkBytesMax);
		const memory = new VirtualFile(size);
		let written = 0;
		const target: RestoreTarget = {
			...nowhere,
			file: (path, stat) => {
				expect(stat.size).toBe(size);
				return Promise.resolve({
					write: (bytes) => {
						expect(memory.indexOf(bytes)).toBe(Math.floor(written / chunkBytesMax));
						written += bytes.length;
						memory.heldBytes -= bytes.length;
						return Promise.resolve();
					},
					close: () => Promise.resolve(),
					abort: () => Promise.reject(new Error(`${path.join('/')} was given up`))
				});
			}
		};
		const chunks = Array.from({ length: count }, (_, i) => numbered(i));
		const entry = { kind: 'file', name: 'film', size, modified: 0, chunks } as const;
		const account = new RestoreAccount({ clock: new VirtualClock(), chunks: memory }, undefined);
		account.add([{ path: ['film'], entry }]);
		await new FileWriter({ chunks: memory, target }, account).writeAll([{ path: ['film'], entry }]);
		expect(written).toBe(size);
		expect(account.restored()).toMatchObject({ files: 1, bytes: size });
		expect(memory.heldBytesMost).toBeLessThanOrEqual(readAheadBytesMax + 2 * chunkBytesMax);
		expect(memory.heldBytesMost).toBeGreaterThan(readAheadBytesMax / 2);
	});
});

describe('the cache of stripes', () => {
	const geometry = { m: 1, k: 0, blockBytes: 1000 };
	const payload = new Uint8Array(1000);

	it('holds a bounded number of bytes, the last used ones, and shares fetches', async () => {
		const fetched: StripeId[] = [];
		const source = {
			generation: 0,
			fetchStripe: (stripe: StripeId) => {
				fetched.push(stripe);
				return Promise.resolve({ kind: 'payload', geometry, payload } as const);
			}
		};
		const cache = new StripeCache(source, 3000);
		await Promise.all([cache.get(stripe(1)), cache.get(stripe(1)), cache.get(stripe(2))]);
		await cache.get(stripe(3));
		await cache.get(stripe(1));
		await cache.get(stripe(4));
		expect(fetched).toEqual([1, 2, 3, 4].map(stripe));
		await cache.get(stripe(1));
		await cache.get(stripe(2));
		expect(fetched).toEqual([1, 2, 3, 4, 2].map(stripe));
	});

	it('remembers that blocks are missing until partners change, and forgets a failure', async () => {
		let fetches = 0;
		const answers = [
			() => Promise.resolve({ kind: 'missing', have: 1, need: 2 } as const),
			() => Promise.reject(new Error('the coder failed')),
			() => Promise.resolve({ kind: 'payload', geometry, payload } as const)
		];
		const source = {
			generation: 0,
			fetchStripe: () => (answers[fetches++] ?? answers[2] ?? (() => Promise.reject(new Error())))()
		};
		const cache = new StripeCache(source);
		expect((await cache.get(stripe(1))).kind).toBe('missing');
		expect((await cache.get(stripe(1))).kind).toBe('missing');
		expect(fetches).toBe(1);
		source.generation++;
		await expect(cache.get(stripe(1))).rejects.toThrow('the coder failed');
		expect((await cache.get(stripe(1))).kind).toBe('payload');
	});
});

describe('a budget of bytes', () => {
	it('admits in the order of asking, and what is too large alone', async () => {
		const budget = new ByteBudget(10);
		const admitted: string[] = [];
		const enter = async (name: string, bytes: number): Promise<() => void> => {
			const release = await budget.take(bytes);
			admitted.push(name);
			return release;
		};
		const first = await enter('first', 6);
		const huge = enter('huge', 50);
		const small = enter('small', 1);
		await Promise.resolve();
		expect(admitted).toEqual(['first']);
		first();
		const releaseHuge = await huge;
		expect(admitted).toEqual(['first', 'huge']);
		releaseHuge();
		(await small)();
		expect(admitted).toEqual(['first', 'huge', 'small']);
		(await enter('last', 10))();
	});
});

describe('reading ahead', () => {
	const options = { weigh: () => 1, bytesMax: 3, itemsMax: 100 };

	it('keeps the order, and so many under way', async () => {
		let open = 0;
		let most = 0;
		const seen: number[] = [];
		const read = async (item: number): Promise<number> => {
			most = Math.max(most, ++open);
			await new Promise((resolve) => setImmediate(resolve));
			open--;
			return item * 10;
		};
		for await (const { item, reading } of readAhead([1, 2, 3, 4, 5, 6], read, options)) {
			expect(reading).toBe(item * 10);
			seen.push(item);
		}
		expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
		expect(most).toBe(3);
	});

	it('rejects when the turn of what failed comes, and never before', async () => {
		const seen: number[] = [];
		const read = (item: number): Promise<number> =>
			item === 3 ? Promise.reject(new Error('third')) : Promise.resolve(item);
		const all = async (): Promise<void> => {
			for await (const { item } of readAhead([1, 2, 3, 4], read, options)) seen.push(item);
		};
		await expect(all()).rejects.toThrow('third');
		expect(seen).toEqual([1, 2]);
	});
});

/** Chunks that exist only while they are held: each is a view into one buffer that tells its number. */
class VirtualFile {
	heldBytes = 0;
	heldBytesMost = 0;
	readonly #size: number;
	readonly #numbers = new WeakMap<Uint8Array, number>();
	readonly #buffer = new ArrayBuffer(chunkBytesMax);

	constructor(size: number) {
		this.#size = size;
	}

	locate(chunk: ChunkId): ChunkLocation {
		const number = numberOf(chunk);
		const rawBytes = Math.min(chunkBytesMax, this.#size - number * chunkBytesMax);
		const place = {
			chunk,
			contentHash: new Uint8Array(32),
			offset: 0,
			sealedBytes: rawBytes + 16,
			rawBytes,
			method: 'stored'
		} as const;
		return { stripe: stripe(number % 256), profile: defaultProfile, place };
	}

	foresee(): undefined {
		return undefined;
	}

	stripesWith(chunk: ChunkId): readonly StripeId[] {
		return [this.locate(chunk).stripe];
	}

	read(chunk: ChunkId): Promise<BytesReading> {
		const bytes = new Uint8Array(this.#buffer, 0, this.locate(chunk).place.rawBytes);
		this.#numbers.set(bytes, numberOf(chunk));
		this.heldBytes += bytes.length;
		this.heldBytesMost = Math.max(this.heldBytesMost, this.heldBytes);
		return Promise.resolve({ kind: 'bytes', bytes });
	}

	indexOf(bytes: Uint8Array): number | undefined {
		return this.#numbers.get(bytes);
	}
}

function numbered(number: number): ChunkId {
	const bytes = new Uint8Array(32);
	new DataView(bytes.buffer).setUint32(0, number);
	return nameOf<ChunkId>(bytes);
}

function numberOf(chunk: ChunkId): number {
	return Number.parseInt(chunk.slice(0, 8), 16);
}

function stripe(byte: number): StripeId {
	return nameOf<StripeId>(new Uint8Array(16).fill(byte));
}
