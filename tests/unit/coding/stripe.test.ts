import { describe, expect, test } from 'vitest';
import { ChunkDamaged, SelfCheckFailed } from '../../../src/lib/engine/coding/failures.ts';
import { chunkBytesMax } from '../../../src/lib/engine/coding/limits.ts';
import {
	defaultProfile,
	geometryFor,
	payloadBytes,
	type CodingProfile
} from '../../../src/lib/engine/coding/profile.ts';
import {
	openChunk,
	openPayload,
	StripeBuilder,
	type CodedStripe,
	type CodingTools
} from '../../../src/lib/engine/coding/stripe.ts';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import { nameOf, type StripeId } from '../../../src/lib/engine/identifiers.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { codingTools, fingerprint, mixedBytes, pack, portableTools, stripeOf } from './tools.ts';

const single = geometryFor(1);
const plain: CodingProfile = { ...defaultProfile, compression: 'stored' };
const oneSeal: CodingProfile = { ...plain, seals: 'one' };

/** With one data block and no parity the only block is the payload. */
function payloadOf(coded: CodedStripe): Uint8Array {
	return coded.blocks[0] ?? new Uint8Array();
}

describe('filling', () => {
	test('takes whole chunks until one no longer fits, and that one then opens the next stripe', async () => {
		const tools = codingTools();
		const builder = new StripeBuilder(tools, plain, geometryFor(20));
		const big = await pack(tools, plain, new SeededRandom(1).bytes(chunkBytesMax));
		expect(await builder.add(big)).toMatchObject({ offset: 0, sealedBytes: chunkBytesMax + 16 });
		expect(await builder.add(big)).toMatchObject({ offset: chunkBytesMax + 16 });
		expect(await builder.add(big)).toBeUndefined();
		expect(builder.chunkCount).toBe(2);
		const coded = await builder.finish();
		expect(coded.contents.places).toHaveLength(2);
		expect(coded.geometry.blockBytes).toBeLessThan(geometryFor(20).blockBytes);
		const next = new StripeBuilder(tools, plain, geometryFor(1));
		expect(await next.add(big)).toBeDefined();
		expect((await next.finish()).geometry.blockBytes).toBeLessThanOrEqual(single.blockBytes);
	});

	test('fills a stripe to the last chunk', async () => {
		const tools = codingTools();
		const builder = new StripeBuilder(tools, plain, geometryFor(8));
		const chunk = await pack(tools, plain, new SeededRandom(2).bytes(1000));
		while ((await builder.add(chunk)) !== undefined);
		const room = payloadBytes(geometryFor(8)) - 28 - 16 - 44;
		expect(builder.chunkCount).toBe(Math.floor(room / (1016 + 73)));
		const { geometry } = await builder.finish();
		expect(geometry.blockBytes).toBeLessThanOrEqual(geometryFor(8).blockBytes);
	});

	test('gives places in the order of calls that do not wait for each other', async () => {
		const tools = codingTools();
		const builder = new StripeBuilder(tools, plain, geometryFor(8));
		const contents = [3000, 10, 500].map((length) => mixedBytes(length, length));
		const chunks = await Promise.all(contents.map((content) => pack(tools, plain, content)));
		const places = await Promise.all(chunks.map((chunk) => builder.add(chunk)));
		expect(places.map((place) => place?.offset)).toEqual([0, 3016, 3042]);
		expect((await builder.finish()).contents.places).toEqual(places);
	});

	test('refuses what no stripe can hold, and nothing to finish', async () => {
		const tools = codingTools();
		const builder = new StripeBuilder(tools, plain, single);
		const chunk = await pack(tools, plain, new Uint8Array(single.blockBytes));
		await expect(builder.add(chunk)).rejects.toThrow(RangeError);
		await expect(builder.finish()).rejects.toThrow('nothing to finish');
	});

	test('a tiny stripe has tiny blocks', async () => {
		const coded = await stripeOf(codingTools(), defaultProfile, geometryFor(8), [Uint8Array.of(1)]);
		// 17 (chunk) + 28 + 73 + 16 (contents) + 44 (footer) = 178 bytes in 4 blocks.
		expect(coded.geometry).toEqual({ m: 4, k: 4, blockBytes: 64 });
	});
});

test('made again under its id, from the same chunks, a stripe is the same', async () => {
	const tools = codingTools('first');
	const contents = [mixedBytes(9000, 1), mixedBytes(400, 2)];
	const first = await stripeOf(tools, defaultProfile, geometryFor(3), contents);
	const again = new StripeBuilder(
		codingTools('second'),
		defaultProfile,
		first.geometry,
		first.contents.stripe
	);
	for (const content of contents) await again.add(await pack(tools, defaultProfile, content));
	const second = await again.finish();
	expect(second.payloadHash).toEqual(first.payloadHash);
	expect(second.blocks.map(fingerprint)).toEqual(first.blocks.map(fingerprint));
});

test('both implementations of the ciphers give the same stripe', async () => {
	const [native, portable] = await Promise.all(
		[codingTools('same'), portableTools('same')].map((tools) =>
			stripeOf(tools, defaultProfile, single, [mixedBytes(5000, 3)])
		)
	);
	expect(portable).toEqual(native);
});

test('equal bytes under another chunk, method or stripe are sealed under another key', async () => {
	const tools = codingTools();
	const builder = new StripeBuilder(tools, defaultProfile, single);
	const bytes = new SeededRandom(5).bytes(600);
	const { chunk } = await pack(tools, plain, bytes);
	const other = await pack(tools, plain, new Uint8Array(700));
	await builder.add({ chunk, rawBytes: 600, method: 'stored', bytes });
	await builder.add({ chunk: other.chunk, rawBytes: 700, method: 'zstd', bytes });
	const coded = await builder.finish();
	const [first, second] = coded.contents.places.map(({ offset }) =>
		fingerprint(payloadOf(coded).subarray(offset, offset + 600))
	);
	expect(coded.contents.places[0]?.contentHash).toEqual(coded.contents.places[1]?.contentHash);
	expect(first).not.toBe(second);
});

describe('the self-check', () => {
	const broken = (tools: CodingTools, change: (bytes: Uint8Array) => void): CodingTools => ({
		...tools,
		coder: {
			...tools.coder,
			decode: tools.coder.decode.bind(tools.coder),
			async encode(geometry, payload) {
				const coded = await tools.coder.encode(geometry, payload);
				change(coded);
				return coded;
			}
		}
	});

	test('finds one wrong bit in any block that it draws', async () => {
		const full = { m: 1, k: 1, blockBytes: 4096 };
		let found = 0;
		for (let seed = 0; seed < 20; seed++) {
			const tools = broken(codingTools(seed), (coded) => {
				coded[coded.length - 1] = (coded[coded.length - 1] ?? 0) ^ 1;
			});
			const outcome = await stripeOf(tools, plain, full, [Uint8Array.of(7)]).catch(
				(failure: unknown) => failure
			);
			if (outcome instanceof SelfCheckFailed) found++;
		}
		// The parity block is one of two, so about half the draws must see it.
		expect(found).toBeGreaterThan(4);
		expect(found).toBeLessThan(16);
	});

	test('takes no coder for granted that returns too little', async () => {
		const tools = codingTools();
		const short = { ...tools, coder: { ...tools.coder, encode: async () => new Uint8Array(64) } };
		await expect(
			stripeOf(short as CodingTools, plain, single, [Uint8Array.of(7)])
		).rejects.toThrow();
	});
});

describe.each([plain, oneSeal])('opening, %o', (profile) => {
	const content = mixedBytes(3000, 4);

	test('finds every changed bit', async () => {
		const tools = codingTools();
		const coded = await stripeOf(tools, profile, single, [content]);
		const payload = payloadOf(coded);
		const { stripe } = coded.contents;
		const open = async (bytes: Uint8Array): Promise<string> => {
			const found = await openPayload(tools, coded.geometry, stripe, bytes);
			const [place] = found.places;
			if (place === undefined) throw new Malformed('no chunk');
			return fingerprint(
				await openChunk(tools, found, place, bytes.subarray(0, place.sealedBytes))
			);
		};
		const used = coded.contents.places[0]?.sealedBytes ?? 0;
		const contentsFrom = payload.length - 44 - (28 + 73 + (profile.seals === 'two' ? 16 : 0));
		for (let at = 0; at < payload.length; at += at < used ? 97 : 1) {
			if (at >= used && at < contentsFrom) continue;
			const changed = payload.slice();
			changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
			const failure = await open(changed).catch((cause: unknown) => cause);
			expect(failure instanceof Malformed || failure instanceof ChunkDamaged, `byte ${at}`).toBe(
				true
			);
		}
		expect(await open(payload)).toBe(fingerprint(content));
	});

	test("refuses another stripe's payload, another owner's and a short one", async () => {
		const tools = codingTools();
		const coded = await stripeOf(tools, profile, single, [content]);
		const { geometry } = coded;
		const { stripe } = coded.contents;
		const payload = payloadOf(coded);
		const other = nameOf<StripeId>(new Uint8Array(16));
		await expect(openPayload(tools, geometry, other, payload)).rejects.toThrow(Malformed);
		await expect(openPayload(codingTools(1, 8), geometry, stripe, payload)).rejects.toThrow(
			Malformed
		);
		const short = payload.subarray(64);
		await expect(openPayload(tools, geometry, stripe, short)).rejects.toThrow(Malformed);
	});

	test('refuses a chunk under a false place', async () => {
		const tools = codingTools();
		const coded = await stripeOf(tools, profile, single, [content, mixedBytes(3000, 9)]);
		const [first, second] = coded.contents.places;
		if (first === undefined || second === undefined) throw new Error('two chunks');
		const sealed = payloadOf(coded).subarray(0, first.sealedBytes);
		const places = [
			second,
			{ ...first, chunk: second.chunk },
			{ ...first, contentHash: second.contentHash },
			{ ...first, rawBytes: first.rawBytes - 1 },
			{ ...first, method: 'zstd' as const }
		];
		for (const place of places) {
			await expect(openChunk(tools, coded.contents, place, sealed)).rejects.toThrow(ChunkDamaged);
		}
	});
});
