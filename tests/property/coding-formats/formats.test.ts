import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
	decodeShelfState,
	decodeSignedShelf,
	encodeShelfState,
	readHead
} from '../../../src/lib/engine/archive/head.ts';
import { decodeSecrets } from '../../../src/lib/engine/archive/head-secrets.ts';
import {
	openBlock,
	readBlockHeader,
	sealBlock,
	sealedBytes
} from '../../../src/lib/engine/coding/block.ts';
import { decodeContents, encodeContents } from '../../../src/lib/engine/coding/contents.ts';
import { defaultProfile } from '../../../src/lib/engine/coding/profile.ts';
import { openPayload } from '../../../src/lib/engine/coding/stripe.ts';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import { nameOf, type StripeId } from '../../../src/lib/engine/identifiers.ts';
import { codingTools, stripeOf } from '../../unit/coding/tools.ts';
import { bytes, flipped, peerId, shelfState, stripeContents, stripeId } from './arbitraries.ts';

const bit = fc.nat(1 << 30);
const tools = codingTools();

describe('round trips', () => {
	test('contents', () => {
		fc.assert(
			fc.property(stripeContents, (contents) => {
				expect(decodeContents(encodeContents(contents))).toEqual(contents);
			}),
			{ numRuns: 60 }
		);
	});

	test('shelf state', () => {
		fc.assert(
			fc.property(shelfState, (state) => {
				expect(decodeShelfState(encodeShelfState(state))).toEqual(state);
			}),
			{ numRuns: 60 }
		);
	});

	test('block records, two of which never share their sealed bytes', async () => {
		const header = fc.record({
			partner: peerId,
			stripe: stripeId,
			number: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
			place: fc.tuple(fc.integer({ min: 1, max: 128 }), fc.nat(127)).chain(([m, k]) =>
				fc.record({
					m: fc.constant(m),
					k: fc.constant(k),
					position: fc.nat(m + k - 1)
				})
			),
			block: fc.uint8Array({ minLength: 1, maxLength: 500 })
		});
		await fc.assert(
			fc.asyncProperty(header, bit, async ({ partner, stripe, number, place, block }, wrong) => {
				const { m, k, position } = place;
				const expected = { owner: tools.keyring.peer, partner, stripe, position, number };
				const geometry = { m, k, blockBytes: block.length };
				const [record, again] = await Promise.all([
					sealBlock(tools, { ...expected, geometry }, block),
					sealBlock(tools, { ...expected, geometry }, block)
				]);
				const opened = await openBlock(tools, expected, record);
				expect(opened?.block).toEqual(block);
				expect(opened?.header).toMatchObject({ ...expected, geometry });
				expect(again.subarray(132)).not.toEqual(record.subarray(132));
				const sealed = record.slice(0, sealedBytes(block.length));
				const changed = record.slice();
				changed.set(flipped(sealed, wrong));
				expect(await openBlock(tools, expected, changed)).toBeUndefined();
				const elsewhere = { ...expected, number: (number + 1) % 2 ** 48 };
				expect(await openBlock(tools, elsewhere, record)).toBeUndefined();
			}),
			{ numRuns: 40 }
		);
	});
});

test('one bit flipped never decodes to the same contents', () => {
	fc.assert(
		fc.property(stripeContents, bit, (contents, at) => {
			const changed = flipped(encodeContents(contents), at);
			const decoded = outcome(() => decodeContents(changed));
			if (decoded !== 'malformed') expect(decoded).not.toEqual(contents);
		}),
		{ numRuns: 100 }
	);
});

describe('garbage is Malformed and nothing else', () => {
	const readers = {
		decodeContents,
		decodeShelfState,
		decodeSignedShelf,
		readBlockHeader,
		readHead,
		decodeSecrets: (garbage: Uint8Array) => decodeSecrets(garbage, 1 << 20)
	};
	const valid = {
		contents: encodeContents({
			stripe: nameOf<StripeId>(new Uint8Array(16)),
			profile: defaultProfile,
			places: []
		}),
		state: Uint8Array.of(0x88, 1, 0x58, 32)
	};

	test.each(Object.entries(readers))('%s', (_, read) => {
		const anything = fc.oneof(
			fc.uint8Array({ maxLength: 300 }),
			// What starts right gets further.
			fc
				.uint8Array({ minLength: 1, maxLength: 200 })
				.map((rest) => Uint8Array.of(...valid.contents, ...rest)),
			fc
				.uint8Array({ minLength: 1, maxLength: 200 })
				.map((rest) => Uint8Array.of(...valid.state, ...rest)),
			fc
				.tuple(fc.constantFrom(0x9b, 0xbb, 0x5b, 0x7b, 0x9a, 0x5a), bytes(8))
				.map(([major, length]) => Uint8Array.of(0x84, major, ...length)),
			// Nested beyond the stack.
			fc.integer({ min: 1, max: 60_000 }).map((depth) => new Uint8Array(depth).fill(0x81))
		);
		fc.assert(
			fc.property(anything, (garbage) => {
				expect(outcome(() => read(garbage))).toBe('malformed');
			}),
			{ numRuns: 150 }
		);
	});

	test('changed payloads', async () => {
		const full = { m: 1, k: 0, blockBytes: 4096 };
		const coded = await stripeOf(tools, defaultProfile, full, [Uint8Array.of(1, 2, 3)]);
		const payload = coded.blocks[0] ?? new Uint8Array();
		const footer = payload.length - 44;
		await fc.assert(
			fc.asyncProperty(fc.nat(8 * 44 - 1), async (at) => {
				const changed = flipped(payload, 8 * footer + at);
				const { stripe } = coded.contents;
				await expect(openPayload(tools, coded.geometry, stripe, changed)).rejects.toThrow(
					Malformed
				);
			}),
			{ numRuns: 60 }
		);
	});
});

test('CBOR that is not the deterministic encoding is refused', () => {
	const state = Uint8Array.from(
		encodeShelfState({
			partner: nameOf(new Uint8Array(32)),
			version: 1,
			nextNumber: 0,
			liveCount: 0,
			liveBytes: 0,
			liveHash: new Uint8Array(32),
			dropped: []
		})
	);
	// Field 2 is the version, behind 1 + 1 + 2 + 32 bytes.
	expect(state[36]).toBe(1);
	const spelt = (...bytesOfOne: number[]): Uint8Array =>
		Uint8Array.of(...state.subarray(0, 36), ...bytesOfOne, ...state.subarray(37));
	expect(outcome(() => decodeShelfState(spelt(1)))).not.toBe('malformed');
	for (const longer of [
		[0x18, 1],
		[0x19, 0, 1],
		[0xf9, 0x3c, 0],
		[0xc1, 1]
	]) {
		expect(outcome(() => decodeShelfState(spelt(...longer)))).toBe('malformed');
	}
	expect(outcome(() => decodeShelfState(Uint8Array.of(...state, 0)))).toBe('malformed');
});

/** What reading gives: a value, or 'malformed'. Any other failure fails the test. */
function outcome(read: () => unknown): unknown {
	try {
		return read();
	} catch (cause) {
		if (cause instanceof Malformed) return 'malformed';
		throw cause;
	}
}
