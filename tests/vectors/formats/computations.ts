/**
 * What each vector file says: from an input, by the project's code, its output.
 * docs/format/README.md explains them.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { Chunker } from '../../../src/lib/engine/archive/chunker.ts';
import {
	encodeHead,
	encodeShelfState,
	encodeSignedShelf,
	liveHashOf,
	signShelfState,
	type Head,
	type HeadSecrets,
	type LiveBlock,
	type ShelfState
} from '../../../src/lib/engine/archive/head.ts';
import {
	encodeSegmentEntry,
	encodeSegmentHead,
	type SegmentEntry,
	type SegmentHead
} from '../../../src/lib/engine/archive/segment.ts';
import { encodeTree, type TreeEntry } from '../../../src/lib/engine/archive/tree.ts';
import { sealBlock, type BlockHeader } from '../../../src/lib/engine/coding/block.ts';
import { encodeContents, type StripeContents } from '../../../src/lib/engine/coding/contents.ts';
import {
	geometryFor,
	payloadBytes,
	quorum,
	type CodingProfile
} from '../../../src/lib/engine/coding/profile.ts';
import {
	chunkIdOf,
	StripeBuilder,
	type CodingTools
} from '../../../src/lib/engine/coding/stripe.ts';
import type { StripeId } from '../../../src/lib/engine/identifiers.ts';
import { deriveKey, deriveKeyring } from '../../../src/lib/engine/keys/keyring.ts';
import type { CompressionMethod, Geometry, Random } from '../../../src/lib/engine/ports.ts';
import { codingTools } from '../../unit/coding/tools.ts';

/**
 * Reproducible bytes: SHA-256(label || i), i = 0, 1, … as four bytes big-endian, one after the
 * other.
 */
export function streamOf(label: string, length: number): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(Math.ceil(length / 32) * 32);
	const counter = new DataView(new ArrayBuffer(4));
	for (let i = 0; 32 * i < length; i++) {
		counter.setUint32(0, i);
		const seed = concatBytes(utf8ToBytes(label), new Uint8Array(counter.buffer));
		bytes.set(sha256(seed), 32 * i);
	}
	return bytes.subarray(0, length);
}

/** Gives out exactly these bytes. */
export function fixedRandom(bytes: Uint8Array): Random {
	return { bytes: (length) => Uint8Array.from(bytes.subarray(0, length)) };
}

export function toolsOf(rootSecret: Uint8Array): CodingTools {
	return { ...codingTools(), keyring: deriveKeyring(rootSecret) };
}

export interface KeysInput {
	readonly rootSecret: Uint8Array;
	readonly parent: 'seal' | 'block' | 'proof';
	readonly label: string;
	readonly fields: readonly Uint8Array[];
}

export function keys({ rootSecret, parent, label, fields }: KeysInput): unknown {
	const keyring = deriveKeyring(rootSecret);
	return { keyring, derived: deriveKey(keyring[parent], label, ...fields) };
}

export interface ChunkerInput {
	readonly label: string;
	readonly bytes: number;
}

export function chunker({ label, bytes }: ChunkerInput): unknown {
	const cutter = new Chunker();
	const chunks = cutter.push(streamOf(label, bytes));
	const last = cutter.end();
	if (last !== undefined) chunks.push(last);
	return { lengths: chunks.map(({ length }) => length) };
}

export function geometry({ partners }: { readonly partners: number }): unknown {
	const full = geometryFor(partners);
	return { geometry: full, quorum: quorum(full), payloadBytes: payloadBytes(full) };
}

export function contents(input: StripeContents): unknown {
	return { encoded: encodeContents(input) };
}

export interface StripeInput {
	readonly rootSecret: Uint8Array;
	readonly stripe: StripeId;
	readonly profile: CodingProfile;
	readonly geometry: Geometry;
	readonly chunks: readonly {
		readonly content: Uint8Array;
		readonly method: CompressionMethod;
		readonly packed: Uint8Array;
	}[];
}

export async function stripe(input: StripeInput): Promise<unknown> {
	const tools = toolsOf(input.rootSecret);
	const builder = new StripeBuilder(tools, input.profile, input.geometry, input.stripe);
	for (const { content, method, packed } of input.chunks) {
		const chunk = await chunkIdOf(tools, content);
		await builder.add({ chunk, rawBytes: content.length, method, bytes: packed });
	}
	return builder.finish();
}

export interface BlockInput {
	readonly rootSecret: Uint8Array;
	readonly header: Omit<BlockHeader, 'owner' | 'salt'>;
	readonly salt: Uint8Array;
	readonly block: Uint8Array;
}

export async function block(input: BlockInput): Promise<unknown> {
	const tools = { ...toolsOf(input.rootSecret), random: fixedRandom(input.salt) };
	const header = { ...input.header, owner: tools.keyring.peer };
	return { record: await sealBlock(tools, header, input.block) };
}

export interface HeadInput {
	readonly rootSecret: Uint8Array;
	readonly nonce: Uint8Array;
	readonly head: Omit<Head, 'owner'>;
	readonly secrets: HeadSecrets;
}

export function head(input: HeadInput): unknown {
	const keyring = deriveKeyring(input.rootSecret);
	const whole = { ...input.head, owner: keyring.peer };
	return { head: encodeHead(keyring, fixedRandom(input.nonce), whole, input.secrets) };
}

export interface ShelfInput {
	readonly ownerRootSecret: Uint8Array;
	readonly partnerRootSecret: Uint8Array;
	readonly version: number;
	readonly nextNumber: number;
	readonly dropped: ShelfState['dropped'];
	readonly live: readonly LiveBlock[];
}

export function shelf(input: ShelfInput): unknown {
	const owner = deriveKeyring(input.ownerRootSecret);
	const partner = deriveKeyring(input.partnerRootSecret);
	const state: ShelfState = {
		partner: partner.peer,
		version: input.version,
		nextNumber: input.nextNumber,
		liveCount: input.live.length,
		liveBytes: input.live.reduce((sum, { bytes }) => sum + bytes, 0),
		liveHash: liveHashOf(input.live),
		dropped: input.dropped
	};
	const ownerSignature = signShelfState(owner.identity, owner.peer, state);
	const partnerSignature = signShelfState(partner.identity, owner.peer, state);
	const signed = encodeSignedShelf({ state, ownerSignature, partnerSignature });
	return { state: encodeShelfState(state), signed };
}

export interface TreeInput {
	readonly entries: readonly TreeEntry[];
}

export function tree({ entries }: TreeInput): { readonly encoded: Uint8Array } {
	return { encoded: encodeTree(entries) };
}

export interface SegmentInput {
	readonly head: SegmentHead;
	readonly entries: readonly SegmentEntry[];
}

export function segment({ head, entries }: SegmentInput): { readonly encoded: Uint8Array } {
	return { encoded: concatBytes(encodeSegmentHead(head), ...entries.map(encodeSegmentEntry)) };
}
