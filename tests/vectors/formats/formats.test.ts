import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
	decodeShelfState,
	decodeSignedShelf,
	openHead,
	verifyShelfSignature
} from '../../../src/lib/engine/archive/head.ts';
import { SegmentParser } from '../../../src/lib/engine/archive/segment.ts';
import { decodeTree } from '../../../src/lib/engine/archive/tree.ts';
import { openBlock } from '../../../src/lib/engine/coding/block.ts';
import { decodeContents, type StripeContents } from '../../../src/lib/engine/coding/contents.ts';
import { openChunk, openPayload, type CodedStripe } from '../../../src/lib/engine/coding/stripe.ts';
import { deriveKeyring } from '../../../src/lib/engine/keys/keyring.ts';
import * as computations from './computations.ts';
import { fromJson } from './json.ts';

interface Vector<Input, Output> {
	readonly input: Input;
	readonly output: Output;
}

function vectorsOf<Input, Output>(name: string): readonly Vector<Input, Output>[] {
	const text = readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8');
	return fromJson(text) as readonly Vector<Input, Output>[];
}

describe('what the vectors say is what the code writes', () => {
	const written = {
		keys: computations.keys,
		chunker: computations.chunker,
		geometry: computations.geometry,
		contents: computations.contents,
		stripe: computations.stripe,
		block: computations.block,
		shelf: computations.shelf,
		head: computations.head,
		tree: computations.tree,
		segment: computations.segment
	} as Record<string, (input: unknown) => unknown>;
	test.each(Object.entries(written))('%s', async (name, compute) => {
		const vectors = vectorsOf<unknown, unknown>(name);
		expect(vectors.length).toBeGreaterThan(0);
		for (const { input, output } of vectors) expect(await compute(input)).toEqual(output);
	});
});

describe('and what it reads back', () => {
	test('contents', () => {
		for (const { input, output } of vectorsOf<StripeContents, { encoded: Uint8Array }>(
			'contents'
		)) {
			expect(decodeContents(output.encoded)).toEqual(input);
		}
	});

	test('tree', () => {
		const vectors = vectorsOf<computations.TreeInput, { encoded: Uint8Array }>('tree');
		for (const { input, output } of vectors) {
			const found = decodeTree(output.encoded);
			expect(found).toHaveLength(input.entries.length);
			expect(found).toEqual(expect.arrayContaining([...input.entries]));
		}
	});

	test('segment, in whatever pieces it comes', () => {
		const vectors = vectorsOf<computations.SegmentInput, { encoded: Uint8Array }>('segment');
		for (const { input, output } of vectors) {
			for (const bytes of [1, 7, output.encoded.length]) {
				const parser = new SegmentParser();
				const entries: unknown[] = [];
				for (let at = 0; at < output.encoded.length; at += bytes) {
					entries.push(...parser.push(output.encoded.subarray(at, at + bytes)));
				}
				expect(parser.end()).toEqual(input.head);
				expect(entries).toEqual(input.entries);
			}
		}
	});

	test('stripe', async () => {
		for (const { input, output } of vectorsOf<computations.StripeInput, CodedStripe>('stripe')) {
			const tools = computations.toolsOf(input.rootSecret);
			const payload = Uint8Array.from(output.blocks.slice(0, 2).flatMap((block) => [...block]));
			const found = await openPayload(tools, output.geometry, input.stripe, payload);
			expect(found).toEqual(output.contents);
			for (const [i, place] of found.places.entries()) {
				const sealed = payload.subarray(place.offset, place.offset + place.sealedBytes);
				const content = await openChunk(tools, found, place, sealed);
				expect(content).toEqual(input.chunks[i]?.content);
			}
		}
	});

	test('block', async () => {
		interface Output {
			readonly record: Uint8Array;
		}
		for (const { input, output } of vectorsOf<computations.BlockInput, Output>('block')) {
			const tools = computations.toolsOf(input.rootSecret);
			const expected = { ...input.header, owner: tools.keyring.peer };
			const opened = await openBlock(tools, expected, output.record);
			expect(opened?.block).toEqual(input.block);
			expect(opened?.header.salt).toEqual(input.salt);
		}
	});

	test('shelf', () => {
		interface Output { readonly state: Uint8Array; readonly signed: Uint8Array }
		for (const { input, output } of vectorsOf<computations.ShelfInput, Output>('shelf')) {
			const owner = deriveKeyring(input.ownerRootSecret).peer;
			const { state, ownerSignature, partnerSignature } = decodeSignedShelf(output.signed);
			expect(decodeShelfState(output.state)).toEqual(state);
			const signature = partnerSignature ?? new Uint8Array();
			expect(verifyShelfSignature({ signer: 'partner', owner, state, signature })).toBe(true);
			expect(
				verifyShelfSignature({ signer: 'owner', owner, state, signature: ownerSignature })
			).toBe(true);
		}
	});

	test('head', () => {
		interface Output { readonly head: Uint8Array }
		for (const { input, output } of vectorsOf<computations.HeadInput, Output>('head')) {
			const keyring = deriveKeyring(input.rootSecret);
			const { head, secrets } = openHead(keyring, output.head);
			expect(head).toEqual({ ...input.head, owner: keyring.peer });
			expect(secrets).toEqual(input.secrets);
		}
	});
});
