/**
 * Writes the vector files: `npx tsx tests/vectors/formats/generate.ts`. They change only with a new
 * format version.
 */
import { writeFileSync } from 'node:fs';
import { hexToBytes } from '@noble/hashes/utils.js';
import type { HeadSecrets } from '../../../src/lib/engine/archive/head.ts';
import { encodeContents } from '../../../src/lib/engine/coding/contents.ts';
import type { CodingProfile } from '../../../src/lib/engine/coding/profile.ts';
import {
	nameOf,
	type AgreementId,
	type ChunkId,
	type FolderId,
	type InstanceId,
	type SnapshotId,
	type StripeId
} from '../../../src/lib/engine/identifiers.ts';
import { deriveKeyring } from '../../../src/lib/engine/keys/keyring.ts';
import type { CompressionMethod } from '../../../src/lib/engine/ports.ts';
import { codingTools } from '../../unit/coding/tools.ts';
import * as computations from './computations.ts';
import { fromJson, toJson } from './json.ts';

const { streamOf } = computations;
const rootSecret = streamOf('holdfast vector root secret', 32);
const otherSecret = streamOf('holdfast vector other secret', 32);
const stripeId = nameOf<StripeId>(streamOf('stripe id', 16));
const base = { code: 'rs-gf256-v1', cipher: 'aes-256-gcm' } as const;
const compressor = codingTools().compressor;

async function write<Input>(
	name: string,
	compute: (input: Input) => unknown,
	inputs: readonly Input[]
): Promise<void> {
	const vectors = [];
	for (const input of inputs) vectors.push({ input, output: await compute(input) });
	const text = toJson(vectors);
	fromJson(text);
	writeFileSync(new URL(`${name}.json`, import.meta.url), text + '\n');
}

async function chunk(
	content: Uint8Array,
	method: CompressionMethod
): Promise<computations.StripeInput['chunks'][number]> {
	const { bytes } = await compressor.compress(content.slice(), method);
	return { content, method, packed: bytes };
}

function profile(compression: CompressionMethod, seals: CodingProfile['seals']): CodingProfile {
	return { ...base, compression, seals };
}

const text = new TextEncoder().encode('Hold fast that which is good. '.repeat(8));
const noise = streamOf('noise', 100);

await write('keys', computations.keys, [
	{
		rootSecret: new Uint8Array(32),
		parent: 'seal',
		label: 'contents',
		fields: [new Uint8Array(20), new Uint8Array(32)]
	},
	{
		rootSecret,
		parent: 'block',
		label: 'block',
		fields: [streamOf('a', 32), streamOf('b', 16), hexToBytes('07'), streamOf('c', 32)]
	},
	{ rootSecret, parent: 'proof', label: 'proof alpha', fields: [streamOf('a', 32)] }
]);
await write('chunker', computations.chunker, [
	{ label: 'file one', bytes: 4_000_000 },
	{ label: 'file two', bytes: 100_000 }
]);
await write(
	'geometry',
	computations.geometry,
	[1, 2, 3, 4, 5, 6, 7, 8, 12, 15, 19, 20, 21, 40, 255].map((partners) => ({ partners }))
);
await write('contents', computations.contents, [
	{ stripe: stripeId, profile: profile('zstd', 'two'), places: [] },
	{
		stripe: stripeId,
		profile: profile('deflate', 'one'),
		places: [
			{
				chunk: nameOf<ChunkId>(streamOf('chunk 1', 32)),
				contentHash: streamOf('content hash 1', 32),
				offset: 0,
				sealedBytes: 1000,
				rawBytes: 5000,
				method: 'deflate'
			},
			{
				chunk: nameOf<ChunkId>(streamOf('chunk 2', 32)),
				contentHash: streamOf('content hash 2', 32),
				offset: 1000,
				sealedBytes: 983_040,
				rawBytes: 983_040,
				method: 'stored'
			}
		]
	}
]);
const stripes = { rootSecret, stripe: stripeId, geometry: { m: 2, k: 1, blockBytes: 4096 } };
await write('stripe', computations.stripe, [
	{
		...stripes,
		profile: profile('zstd', 'two'),
		chunks: [await chunk(text, 'zstd'), await chunk(noise, 'stored')]
	},
	{ ...stripes, profile: profile('deflate', 'two'), chunks: [await chunk(text, 'deflate')] },
	{ ...stripes, profile: profile('stored', 'two'), chunks: [await chunk(noise, 'stored')] },
	{ ...stripes, profile: profile('stored', 'one'), chunks: [await chunk(noise, 'stored')] }
]);
await write('block', computations.block, [
	{
		rootSecret,
		header: {
			partner: deriveKeyring(otherSecret).peer,
			stripe: stripeId,
			position: 6,
			number: 0x0102_0304_0506,
			geometry: { m: 4, k: 4, blockBytes: 128 }
		},
		salt: streamOf('salt', 32),
		block: streamOf('block', 128)
	},
	{
		rootSecret,
		header: {
			partner: deriveKeyring(otherSecret).peer,
			stripe: stripeId,
			position: 0,
			number: 7,
			geometry: { m: 1, k: 2, blockBytes: 1000 }
		},
		salt: streamOf('other salt', 32),
		block: streamOf('longer block', 1000)
	}
]);
const live = [2, 5, 6].map((number) => ({
	number,
	stripe: nameOf<StripeId>(streamOf(`stripe ${String(number)}`, 16)),
	position: number % 4,
	bytes: 266_676
}));
const shelf: computations.ShelfInput = {
	ownerRootSecret: rootSecret,
	partnerRootSecret: otherSecret,
	version: 9,
	nextNumber: 7,
	dropped: [
		[0, 2],
		[3, 5]
	],
	live
};
await write('shelf', computations.shelf, [
	shelf,
	{ ...shelf, nextNumber: 0, dropped: [], live: [] }
]);
const secrets: HeadSecrets = {
	snapshots: [
		{
			id: nameOf<SnapshotId>(streamOf('snapshot', 8)),
			at: 1_764_000_000_000,
			kind: 'checkpoint',
			tree: [nameOf<ChunkId>(streamOf('chunk 1', 32))],
			files: 12,
			bytes: 345_678,
			leftOut: 0
		}
	],
	index: [
		[
			{
				stripe: stripeId,
				profile: profile('zstd', 'two'),
				place: {
					chunk: nameOf<ChunkId>(streamOf('chunk 1', 32)),
					contentHash: streamOf('content hash 1', 32),
					offset: 16,
					sealedBytes: 416,
					rawBytes: 900,
					method: 'zstd'
				}
			}
		]
	],
	brokers: ['wss://broker.example/'],
	circles: [{ name: 'Familie', secret: streamOf('circle', 32) }],
	geometry: { m: 4, k: 4 }
};
await write('head', computations.head, [
	{
		rootSecret,
		nonce: streamOf('nonce', 24),
		head: {
			epoch: 2,
			version: 31,
			instance: nameOf<InstanceId>(streamOf('instance', 16)),
			createdAt: 1_764_000_000_000,
			partners: [
				{
					peer: deriveKeyring(otherSecret).peer,
					agreement: nameOf<AgreementId>(streamOf('agreement', 16))
				}
			]
		},
		secrets
	}
]);
const chunkOf = (label: string): ChunkId => nameOf<ChunkId>(streamOf(label, 32));
await write('tree', computations.tree, [
	{ entries: [] },
	{
		entries: [
			{ kind: 'file', name: 'a.txt', size: 5, modified: -1, chunks: [chunkOf('chunk 1')] },
			{ kind: 'file', name: 'empty', size: 0, modified: 0, chunks: [] },
			{
				kind: 'file',
				name: 'Überfahrt 渡し船 🛶.jpg',
				size: 2_000_000,
				modified: 1_767_225_600_123,
				chunks: [chunkOf('chunk 1'), chunkOf('chunk 2'), chunkOf('chunk 1')]
			},
			{ kind: 'directory', name: 'below', modified: 1_767_225_600_123, chunks: [chunkOf('tree')] }
		]
	},
	{
		entries: [
			{
				kind: 'directory',
				name: 'Photos',
				modified: 1_767_225_600_123,
				chunks: [chunkOf('tree')],
				folder: nameOf<FolderId>(streamOf('folder', 8))
			}
		]
	}
]);
const contents = encodeContents({
	stripe: stripeId,
	profile: profile('zstd', 'two'),
	places: []
});
await write('segment', computations.segment, [
	{ head: { added: [], removed: [] }, entries: [] },
	{
		head: { added: [stripeId], removed: [nameOf<StripeId>(streamOf('gone', 16))] },
		entries: [
			{
				contents,
				geometry: { m: 4, k: 4, blockBytes: 262_144 },
				payloadHash: streamOf('payload hash', 32)
			}
		]
	}
]);
