import { describe, expect, test } from 'vitest';
import {
	compareHeads,
	decodeShelfState,
	decodeSignedShelf,
	encodeHead,
	encodeShelfState,
	encodeSignedShelf,
	headBytesMax,
	liveHashOf,
	openHead,
	readHead,
	signShelfState,
	verifyShelfSignature,
	type Head,
	type HeadSecrets,
	type ShelfState
} from '../../../src/lib/engine/archive/head.ts';
import { defaultProfile } from '../../../src/lib/engine/coding/profile.ts';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import {
	nameOf,
	type AgreementId,
	type ChunkId,
	type InstanceId,
	type SnapshotId,
	type StripeId
} from '../../../src/lib/engine/identifiers.ts';
import { deriveKeyring } from '../../../src/lib/engine/keys/keyring.ts';
import { SeededRandom } from '../../doubles/random.ts';

const keyring = deriveKeyring(new Uint8Array(32).fill(1));
const partnerKeyring = deriveKeyring(new Uint8Array(32).fill(2));
const random = new SeededRandom('head');

const state: ShelfState = {
	partner: partnerKeyring.peer,
	version: 3,
	nextNumber: 40,
	liveCount: 30,
	liveBytes: 30 * 262_292,
	liveHash: random.bytes(32),
	dropped: [
		[0, 4],
		[10, 12]
	]
};
const ownerSignature = signShelfState(keyring.identity, keyring.peer, state);
const partnerSignature = signShelfState(partnerKeyring.identity, keyring.peer, state);

const head: Head = {
	owner: keyring.peer,
	epoch: 1,
	version: 12,
	instance: nameOf<InstanceId>(random.bytes(16)),
	createdAt: 1_764_000_000_000,
	partners: [
		{
			peer: partnerKeyring.peer,
			agreement: nameOf<AgreementId>(random.bytes(16)),
			shelf: { state, ownerSignature, partnerSignature }
		},
		{
			peer: deriveKeyring(new Uint8Array(32).fill(3)).peer,
			agreement: nameOf<AgreementId>(random.bytes(16))
		}
	]
};

const chunk = nameOf<ChunkId>(random.bytes(32));
const secrets: HeadSecrets = {
	snapshots: [
		{
			id: nameOf<SnapshotId>(random.bytes(8)),
			at: 1_764_000_000_000,
			kind: 'complete',
			tree: [chunk],
			files: 3,
			bytes: 2 ** 40,
			leftOut: 1
		}
	],
	index: [
		[
			{
				stripe: nameOf<StripeId>(random.bytes(16)),
				profile: defaultProfile,
				place: {
					chunk,
					contentHash: random.bytes(32),
					offset: 500_000,
					sealedBytes: 1016,
					rawBytes: 4000,
					method: 'zstd'
				}
			}
		],
		[]
	],
	brokers: ['wss://broker.example/'],
	circles: [{ name: 'Familie Müller 🌳', secret: random.bytes(32) }],
	geometry: { m: 4, k: 4 }
};
const bytes = encodeHead(keyring, random, head, secrets);

describe('a head', () => {
	test('is read by anybody and opened by its owner', () => {
		expect(readHead(bytes)).toEqual(head);
		expect(openHead(keyring, bytes)).toEqual({ head, secrets });
		expect(() => openHead(partnerKeyring, bytes)).toThrow(Malformed);
	});

	test('tells a stranger nothing of the sealed part', () => {
		const text = new TextDecoder('latin1').decode(bytes);
		expect(text).not.toContain('broker.example');
		expect(text).not.toContain('Familie');
	});

	test('is sealed differently every time', () => {
		expect(encodeHead(keyring, random, head, secrets)).not.toEqual(bytes);
	});

	test('is signed over every bit', () => {
		for (let bit = 0; bit < 8 * bytes.length; bit += 53) {
			const changed = bytes.slice();
			changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
			expect(() => readHead(changed), `bit ${bit}`).toThrow(Malformed);
		}
	});

	test('is signed and sealed by its owner only, and never too long', () => {
		expect(() => encodeHead(partnerKeyring, random, head, secrets)).toThrow(RangeError);
		const circles = Array.from({ length: 256 }, () => ({ name: 'x', secret: random.bytes(64) }));
		const tree = Array.from({ length: 4096 }, () => nameOf<ChunkId>(random.bytes(32)));
		const [snapshot] = secrets.snapshots;
		if (snapshot === undefined) throw new Error('a snapshot');
		const snapshots = Array.from({ length: 10 }, () => ({ ...snapshot, tree }));
		expect(() => encodeHead(keyring, random, head, { ...secrets, circles, snapshots })).toThrow(
			RangeError
		);
		expect(() => readHead(new Uint8Array(headBytesMax + 1))).toThrow(Malformed);
	});

	test('of one owner cannot be passed off with the sealed part of another head', () => {
		const other = encodeHead(keyring, random, { ...head, version: 13 }, secrets);
		const cut = bytes.length - 70;
		const mixed = Uint8Array.from([...bytes.subarray(0, cut), ...other.subarray(cut)]);
		expect(() => readHead(mixed)).toThrow(Malformed);
	});

	test('without partners or snapshots is a head too', () => {
		const none = { snapshots: [], index: [], brokers: [], circles: [], geometry: { m: 1, k: 0 } };
		const lone = { ...head, partners: [] };
		const opened = openHead(keyring, encodeHead(keyring, random, lone, none));
		expect(opened).toEqual({ head: lone, secrets: none });
	});

	test('is not written when it could not be read', () => {
		const circle = { name: 'x', secret: random.bytes(16) };
		const beyond: Partial<HeadSecrets>[] = [
			{ circles: Array.from({ length: 257 }, () => circle) },
			{ brokers: ['w'.repeat(2049)] },
			{ geometry: { m: 0, k: 1 } }
		];
		for (const change of beyond) {
			expect(() => encodeHead(keyring, random, head, { ...secrets, ...change })).toThrow(
				RangeError
			);
		}
	});

	test("holds a partner's shelf only under that partner", () => {
		const [first, second] = head.partners;
		if (first?.shelf === undefined || second === undefined) throw new Error('two partners');
		const wrong = { ...head, partners: [{ ...second, shelf: first.shelf }] };
		expect(() => encodeHead(keyring, random, wrong, secrets)).toThrow(RangeError);
	});
});

test('heads are ordered by epoch, version, instance', () => {
	const at = (epoch: number, version: number, byte: number): Head => ({
		...head,
		epoch,
		version,
		instance: nameOf<InstanceId>(new Uint8Array(16).fill(byte))
	});
	const ordered = [at(0, 9, 9), at(1, 1, 200), at(1, 2, 1), at(1, 2, 10), at(2, 0, 0)];
	for (const [i, a] of ordered.entries()) {
		for (const [j, b] of ordered.entries()) {
			expect(Math.sign(compareHeads(a, b))).toBe(Math.sign(i - j));
		}
	}
});

describe('a shelf state', () => {
	test('comes back, signed and bare', () => {
		expect(decodeShelfState(encodeShelfState(state))).toEqual(state);
		const both = { state, ownerSignature, partnerSignature };
		expect(decodeSignedShelf(encodeSignedShelf(both))).toEqual(both);
		const one = { state, ownerSignature };
		expect(decodeSignedShelf(encodeSignedShelf(one))).toEqual(one);
	});

	test('is signed by both ends, and for one owner', () => {
		const owner = keyring.peer;
		const by = (signer: 'owner' | 'partner', signature: Uint8Array): boolean =>
			verifyShelfSignature({ signer, owner, state, signature });
		expect(by('owner', ownerSignature)).toBe(true);
		expect(by('partner', partnerSignature)).toBe(true);
		expect(by('owner', partnerSignature)).toBe(false);
		expect(by('partner', ownerSignature)).toBe(false);
		const changed = { signer: 'owner', owner, signature: ownerSignature } as const;
		expect(verifyShelfSignature({ ...changed, state: { ...state, liveCount: 29 } })).toBe(false);
		expect(verifyShelfSignature({ ...changed, state, owner: partnerKeyring.peer })).toBe(false);
	});

	test.each<[string, ShelfState['dropped']]>([
		['empty', [[3, 3]]],
		['backwards', [[5, 4]]],
		['beyond the next number', [[0, 41]]],
		[
			'overlapping',
			[
				[0, 4],
				[3, 5]
			]
		],
		[
			'touching',
			[
				[0, 4],
				[4, 5]
			]
		],
		[
			'disordered',
			[
				[8, 9],
				[0, 4]
			]
		],
		['more than are not live', [[0, 11]]]
	])('has no dropped ranges that are %s', (_, dropped) => {
		expect(() => encodeShelfState({ ...state, dropped })).toThrow(RangeError);
	});
});

describe('the live hash', () => {
	const blocks = [3, 7, 8].map((number) => ({
		number,
		stripe: nameOf<StripeId>(new Uint8Array(16).fill(number)),
		position: 1,
		bytes: 1000
	}));

	test('depends on every field and on which blocks there are', () => {
		const [first, ...rest] = blocks;
		if (first === undefined) throw new Error('blocks');
		const lists = [
			blocks,
			rest,
			[],
			[{ ...first, number: 2 }, ...rest],
			[{ ...first, position: 2 }, ...rest],
			[{ ...first, bytes: 1001 }, ...rest],
			[{ ...first, stripe: nameOf<StripeId>(new Uint8Array(16)) }, ...rest]
		];
		expect(new Set(lists.map((list) => liveHashOf(list).join())).size).toBe(lists.length);
	});

	test('is of an ascending list', () => {
		expect(() => liveHashOf(blocks.toReversed())).toThrow(RangeError);
	});
});
