import { afterEach, describe, expect, test } from 'vitest';
import {
	CoderMisuse,
	CoderPanic,
	PoolClosed,
	WorkerLost
} from '../../../src/lib/adapters/coder/failures.ts';
import { Kernel } from '../../../src/lib/adapters/coder/kernel.ts';
import { openCoderPool } from '../../../src/lib/adapters/coder/pool.ts';
import type { CoderPool } from '../../../src/lib/adapters/coder/pool.ts';
import {
	compileFastest,
	compileVariant,
	variants
} from '../../../src/lib/adapters/coder/variants.ts';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import { seededBytes } from '../../vectors/coder/payload.ts';
import { coderVectors, equalBytes } from '../../vectors/coder/suite.ts';
import { proofVectors } from '../../vectors/proof/suite.ts';

const modules = await Promise.all(variants.map(compileVariant));
let pool: CoderPool | undefined;
afterEach(() => {
	pool?.close();
	pool = undefined;
});

async function opened(options: Parameters<typeof openCoderPool>[0] = {}): Promise<CoderPool> {
	pool ??= await openCoderPool(options);
	return pool;
}

for (const [i, variant] of variants.entries()) {
	const module = modules[i];
	describe.skipIf(module === undefined)(`a pool over the ${variant} build`, () => {
		if (module === undefined) return;
		coderVectors(() => opened({ module, workers: 1 }));
		proofVectors(() => opened({ module, workers: 1 }));
	});
}

describe('variants', () => {
	test('both browsers run SIMD128 at least, and the chosen one is the fastest that validates', async () => {
		const runnable = variants.filter((_, i) => modules[i] !== undefined);
		expect(runnable).toContain('simd');
		expect(new Kernel(await compileFastest()).variant).toBe(runnable[0]);
	});
});

describe('transfer', () => {
	const geometry = { m: 3, k: 2, blockBytes: 1000 };

	test('a payload that spans its buffer is detached, and the result spans its own', async () => {
		const payload = seededBytes(1, 3000);
		const stripe = await (await opened()).encode(geometry, payload);
		expect(payload.length).toBe(0);
		expect(stripe.buffer.byteLength).toBe(5000);
	});

	test('views of a larger buffer leave it whole', async () => {
		const coder = await opened();
		const stripe = await coder.encode(geometry, seededBytes(1, 3000));
		const shares = [4, 1, 3].map((position) => ({
			position,
			bytes: stripe.subarray(position * 1000, (position + 1) * 1000)
		}));
		expect(await coder.decode(geometry, shares)).toEqual(seededBytes(1, 3000));
		expect(stripe.length).toBe(5000);
	});

	test('a record that is tagged is detached, keys are not', async () => {
		const record = seededBytes(1, 3000);
		const keys = { alpha: seededBytes(2, 32), pad: seededBytes(3, 32) };
		const tagged = await (await opened()).tag(keys, record);
		expect(record.length).toBe(0);
		expect(tagged.buffer.byteLength).toBe(3000 + 4 * 16);
		expect([keys.alpha.length, keys.pad.length]).toEqual([32, 32]);
	});

	test('bytes that are detached already are a misuse, and the worker goes on', async () => {
		const coder = await opened({ workers: 1 });
		const payload = seededBytes(1, 3000);
		structuredClone(payload, { transfer: [payload.buffer] });
		await expect(coder.encode(geometry, payload)).rejects.toBeInstanceOf(CoderMisuse);
		await expect(coder.encode(geometry, seededBytes(1, 3000))).resolves.toHaveLength(5000);
	});
});

describe('failures', () => {
	const geometry = { m: 4, k: 4, blockBytes: 100 };

	test('a panic rejects its call alone, and a fresh instance does the next', async () => {
		const coder = await opened({ workers: 1 });
		const before = coder.encode(geometry, seededBytes(9, 400));
		const panic = coder.panic();
		const after = coder.encode(geometry, seededBytes(9, 400));
		await expect(panic).rejects.toSatisfy(
			(error) => error instanceof CoderPanic && error.line > 0 && !error.retry
		);
		expect(await after).toEqual(await before);
	});

	test('misuse and malformed bytes are told apart', async () => {
		const coder = await opened({ workers: 1 });
		await expect(coder.encode(geometry, seededBytes(9, 399))).rejects.toBeInstanceOf(CoderMisuse);
		await expect(coder.decode(geometry, [])).rejects.toBeInstanceOf(CoderMisuse);
		const rubbish = seededBytes(3, 50);
		await expect(coder.decompress('zstd', rubbish, 100)).rejects.toBeInstanceOf(Malformed);
	});

	test('a worker that dies takes one call with it and is replaced', async () => {
		const coder = await opened({ workers: 1 });
		// No job ends like this but by a bug of ours; the worker gives itself up then.
		const fatal = coder.decompress('unheard of' as 'zstd', seededBytes(1, 10), 10);
		const after = coder.encode(geometry, seededBytes(9, 400));
		await expect(fatal).rejects.toSatisfy((error) => error instanceof WorkerLost && error.retry);
		await expect(after).resolves.toHaveLength(800);
	});

	test('a worker that cannot start fails its call instead of hanging', async () => {
		const empty = new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
		const coder = await opened({ module: empty, workers: 1 });
		for (const seed of [1, 2]) {
			const call = coder.encode(geometry, seededBytes(seed, 400));
			await expect(call).rejects.toBeInstanceOf(WorkerLost);
		}
	});

	test('closing rejects what is under way, what waits and what comes', async () => {
		const coder = await opened({ workers: 1 });
		const calls = [1, 2, 3].map((seed) => coder.encode(geometry, seededBytes(seed, 400)));
		coder.close();
		calls.push(coder.encode(geometry, seededBytes(4, 400)));
		for (const result of await Promise.allSettled(calls)) {
			expect(result).toMatchObject({
				status: 'rejected',
				reason: expect.any(PoolClosed) as unknown
			});
		}
	});
});

describe('work', () => {
	test('many calls over few workers all find their own results', async () => {
		const coder = await opened({ workers: 3 });
		const seeds = Array.from({ length: 60 }, (_, i) => i + 1);
		await Promise.all(
			seeds.map(async (seed) => {
				const geometry = { m: 2 + (seed % 7), k: seed % 5, blockBytes: 1 + 37 * seed };
				const bytes = geometry.m * geometry.blockBytes;
				const stripe = await coder.encode(geometry, seededBytes(seed, bytes));
				const shares = Array.from({ length: geometry.m }, (_, i) => {
					const position = geometry.m + geometry.k - 1 - i;
					const begin = position * geometry.blockBytes;
					return { position, bytes: stripe.slice(begin, begin + geometry.blockBytes) };
				});
				const decoded = await coder.decode(geometry, shares);
				expect(equalBytes(decoded, seededBytes(seed, bytes))).toBe(true);
			})
		);
	});

	test.each(['zstd', 'deflate'] as const)('%s there and back', async (method) => {
		const coder = await opened();
		const text = new TextEncoder().encode('what is backed up comes back. '.repeat(9000));
		const packed = await coder.compress(text.slice(), method);
		expect(packed.method).toBe(method);
		expect(packed.bytes.length).toBeLessThan(text.length / 20);
		const unpacked = await coder.decompress(method, packed.bytes, text.length);
		expect(equalBytes(unpacked, text)).toBe(true);
	});
});
