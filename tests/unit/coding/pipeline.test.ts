/**
 * Figure 6 and back, over every profile of the claims: chunk, stripe, blocks, the loss of k,
 * decode, chunk.
 */
import { describe, expect, test } from 'vitest';
import { openBlock, sealBlock } from '../../../src/lib/engine/coding/block.ts';
import { blockBytesWide } from '../../../src/lib/engine/coding/limits.ts';
import {
	defaultProfile,
	sameProfile,
	type CodingProfile
} from '../../../src/lib/engine/coding/profile.ts';
import {
	openChunk,
	openPayload,
	type CodedStripe,
	type CodingTools
} from '../../../src/lib/engine/coding/stripe.ts';
import type { Share } from '../../../src/lib/engine/ports.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { codingTools, fingerprint, mixedBytes, partner, profiles, stripeOf } from './tools.ts';

const geometries = [
	[1, 0],
	[1, 1],
	[1, 2],
	[2, 1],
	[4, 4],
	[10, 10]
] as const;

const contents = [1, 64, 5_000, 70_000].map((length) => mixedBytes(length, length));

for (const profile of profiles) {
	describe(`compression ${profile.compression}, seals: ${profile.seals}`, () => {
		test.each(geometries)('%i + %i: any k blocks can be lost', async (m, k) => {
			const tools = codingTools(`${m}+${k}`);
			const full = { m, k, blockBytes: blockBytesWide };
			const coded = await stripeOf(tools, profile, full, contents);
			const shares = await throughPartners(tools, coded);
			// Every choice for the default profile; for the others, which code alike, a few.
			const all = sameProfile(profile, defaultProfile) && m + k <= 8;
			const subsets = all ? subsetsOf(m + k, m) : drawnSubsets(m + k, m, 4);
			for (const positions of subsets) {
				const restored = await restore(tools, coded, shares, positions);
				expect(restored.map(fingerprint)).toEqual(contents.map(fingerprint));
			}
		});
	});
}

test('a profile of the claims is what it says: nothing compressed, or nothing sealed twice', async () => {
	const text = new Uint8Array(20_000).fill(65);
	const sizes = async (profile: CodingProfile): Promise<number> => {
		const full = { m: 2, k: 1, blockBytes: blockBytesWide };
		const { contents: of } = await stripeOf(codingTools(), profile, full, [text]);
		return of.places[0]?.sealedBytes ?? 0;
	};
	const base = { code: 'rs-gf256-v1', cipher: 'aes-256-gcm' } as const;
	expect(await sizes({ ...base, compression: 'stored', seals: 'one' })).toBe(20_000);
	expect(await sizes({ ...base, compression: 'stored', seals: 'two' })).toBe(20_016);
	expect(await sizes({ ...base, compression: 'zstd', seals: 'two' })).toBeLessThan(200);
});

/** Every block sealed for its partner, and opened again from the record alone. */
async function throughPartners(tools: CodingTools, coded: CodedStripe): Promise<Share[]> {
	const { geometry, blocks, contents: of } = coded;
	return Promise.all(
		blocks.map(async (block, position) => {
			const expected = {
				owner: tools.keyring.peer,
				partner: partner(position + 1),
				stripe: of.stripe,
				position,
				number: 100 + position
			};
			const record = await sealBlock(tools, { ...expected, geometry }, block);
			const opened = await openBlock(tools, expected, record);
			expect(opened?.header.geometry).toEqual(geometry);
			return { position, bytes: opened?.block ?? new Uint8Array() };
		})
	);
}

/**
 * As a restore does it: nothing but keys, the stripe's id and geometry, and the blocks of m
 * partners.
 */
async function restore(
	tools: CodingTools,
	{ contents: { stripe }, geometry }: CodedStripe,
	shares: readonly Share[],
	positions: readonly number[]
): Promise<Uint8Array[]> {
	const chosen = shares.filter(({ position }) => positions.includes(position));
	const copies = chosen.map(({ position, bytes }) => ({ position, bytes: bytes.slice() }));
	const payload = await tools.coder.decode(geometry, copies);
	const found = await openPayload(tools, geometry, stripe, payload);
	return Promise.all(
		found.places.map((place) => {
			const sealed = payload.subarray(place.offset, place.offset + place.sealedBytes);
			return openChunk(tools, found, place, sealed);
		})
	);
}

function subsetsOf(n: number, size: number, from = 0): number[][] {
	if (size === 0) return [[]];
	return Array.from({ length: n - from }, (_, i) => from + i).flatMap((first) =>
		subsetsOf(n, size - 1, first + 1).map((rest) => [first, ...rest])
	);
}

function drawnSubsets(n: number, size: number, count: number): number[][] {
	const random = new SeededRandom(count);
	const all = Array.from({ length: n }, (_, i) => i);
	const parityOnly = all.slice(n - size);
	const drawn = Array.from({ length: count }, () =>
		all
			.map((position) => ({ position, rank: random.below(1e9) }))
			.sort((a, b) => a.rank - b.rank)
			.slice(0, size)
			.map(({ position }) => position)
	);
	return [parityOnly, ...drawn];
}
