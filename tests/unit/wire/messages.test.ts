import { describe, expect, it } from 'vitest';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import {
	nameOf,
	type CircleId,
	type PeerId,
	type StripeId
} from '../../../src/lib/engine/identifiers.ts';
import { deterministic } from '../../../src/lib/engine/wire/broker-fields.ts';
import {
	announceReply,
	announceRequest,
	decodeReply,
	decodeRequest,
	encodeMessage,
	type Message,
	type Reply,
	type Request
} from '../../../src/lib/engine/wire/messages.ts';

const bytes = (length: number, fill = 1): Uint8Array => new Uint8Array(length).fill(fill);
const stripe = nameOf<StripeId>(bytes(16));
const circle = nameOf<CircleId>(bytes(32));
const peer = nameOf<PeerId>(bytes(32));

const requests: readonly Request[] = [
	{ ...propose(), document: bytes(4096) },
	{ type: 'put-head', head: bytes(1024 * 1024) },
	{ type: 'get-heads' },
	{ type: 'put-block', number: 2 ** 48 - 1, stripe, position: 254, record: bytes(1_048_576) },
	{ type: 'get-block', number: 0, purpose: 'restore' },
	{ type: 'list-shelf', from: 7, limit: 4096 },
	{ type: 'drop', order: bytes(65_536), signature: bytes(64) },
	{ type: 'sign-shelf', state: bytes(65_536), signature: bytes(64) },
	{ type: 'notice', document: bytes(512), signature: bytes(64) },
	{ type: 'get-statements' },
	{ type: 'get-terms', circle, membership: bytes(32) },
	{ type: 'probe', filling: bytes(262_144) },
	{ type: 'get-introductions', circle, membership: bytes(32) },
	{ type: 'toss', check: 'proof', counter: 2 ** 53 - 1, shelfVersion: 0, commitment: bytes(32) },
	{ type: 'reveal', counter: 2 ** 32, coin: bytes(32), salts: true },
	{ type: 'declare-loss', declaration: bytes(40_960), signature: bytes(64) }
];

const replies: readonly Reply[] = [
	{ type: 'agreed', signature: bytes(64), rendezvous: bytes(32), membership: bytes(32) },
	agreementShown(32),
	agreementShown(0),
	{ type: 'counter', document: bytes(4096) },
	terms(),
	{ type: 'introductions', peers: [] },
	{ type: 'introductions', peers: Array.from({ length: 16 }, () => [peer, bytes(1024)] as const) },
	{ type: 'acknowledged' },
	{ type: 'declined', reason: 'full', detail: 'the limit of 10 GB is reached' },
	{ type: 'declined', reason: 'fenced', detail: '', head: bytes(900) },
	{ type: 'heads', heads: [] },
	{ type: 'heads', heads: [bytes(10, 1), bytes(20, 2), bytes(1_048_576, 3)] },
	{ type: 'block', record: bytes(300_000) },
	{ type: 'shelf', entries: [[1, stripe, 0, 262_224]], more: true },
	{
		type: 'shelf',
		entries: Array.from({ length: 4096 }, (_, i) => [2 ** 47 + i, stripe, 254, 1_114_112]),
		more: false
	},
	{ type: 'signed', signature: bytes(64) },
	{ type: 'statements', statements: [] },
	{ type: 'statements', statements: Array.from({ length: 24 }, (_, i) => bytes(5120, i)) },
	{ type: 'tossed', coin: bytes(32) },
	{ type: 'proof', proof: bytes(1296), salts: [] },
	{ type: 'proof', proof: bytes(1296), salts: Array.from({ length: 460 }, () => bytes(32)) }
];

describe('messages', () => {
	it.each(requests.map((request) => [request.type, request] as const))(
		'%s comes back as it was',
		(_type, request) => {
			expect(same(decodeRequest(encodeMessage(request)), request)).toBe(true);
		}
	);

	it.each(replies.map((reply) => [reply.type, reply] as const))(
		'%s comes back as it was',
		(_type, reply) => {
			expect(same(decodeReply(encodeMessage(reply)), reply)).toBe(true);
		}
	);

	it('carry the large fields outside their CBOR part, uncopied', () => {
		const record = bytes(1_000_000);
		const message = encodeMessage({ type: 'block', record });
		expect(message.meta.length).toBeLessThan(20);
		expect(message.body).toBe(record);
	});
});

describe('a message is refused', () => {
	const outOfBounds: readonly (readonly [string, Message])[] = [
		['a notice over 512 bytes', { type: 'notice', document: bytes(513), signature: bytes(64) }],
		[
			'25 statements',
			{ type: 'statements', statements: Array.from({ length: 25 }, () => bytes(9)) }
		],
		['a statement over 5 KiB', { type: 'statements', statements: [bytes(5121)] }],
		['a document over 4096 bytes', { ...propose(), document: bytes(4097) }],
		['a short signature', { ...propose(), signature: bytes(63) }],
		['a rendezvous of another length', { ...propose(), rendezvous: bytes(33) }],
		['a membership of another length', { ...propose(), membership: bytes(31) }],
		['a probe over 256 KiB', { type: 'probe', filling: bytes(262_145) }],
		['a probe of nothing', { type: 'probe', filling: bytes(0) }],
		['a question without proof', { type: 'get-terms', circle, membership: bytes(0) }],
		['a counter of nothing', { type: 'counter', document: bytes(0) }],
		['a week of 160 hours', { ...terms(), week: bytes(20) }],
		['a bandwidth over 64 MB/s', { ...terms(), averageKilobytesPerSecond: 65_537 }],
		['an advert over 1 KiB', { ...terms(), advert: bytes(1025) }],
		['negative space', { ...terms(), spaceBytesMax: -1 }],
		[
			'17 introductions',
			{ type: 'introductions', peers: Array.from({ length: 17 }, () => [peer, bytes(9)] as const) }
		],
		['an introduction without an advert', { type: 'introductions', peers: [[peer, bytes(0)]] }],
		['an empty head', { type: 'put-head', head: bytes(0) }],
		['a head over 1 MiB', { type: 'put-head', head: bytes(1_048_577) }],
		['a negative shelf number', { type: 'get-block', number: -1, purpose: 'restore' }],
		['half a shelf number', { type: 'get-block', number: 0.5, purpose: 'restore' }],
		['a shelf number over 2^48', { type: 'get-block', number: 2 ** 49, purpose: 'restore' }],
		['a limit of nothing', { type: 'list-shelf', from: 0, limit: 0 }],
		['a limit over 4096', { type: 'list-shelf', from: 0, limit: 4097 }],
		['four heads', { type: 'heads', heads: [1, 2, 3, 4].map((fill) => bytes(9, fill)) }],
		['a detail over 200 characters', { type: 'declined', reason: 'busy', detail: 'x'.repeat(201) }],
		['a head without a fence', { type: 'declined', reason: 'full', detail: '', head: bytes(9) }],
		['a short coin', { type: 'reveal', counter: 1, coin: bytes(31), salts: false }],
		['a short proof', { type: 'proof', proof: bytes(1295), salts: [] }],
		['461 salts', { type: 'proof', proof: bytes(1296), salts: Array(461).fill(bytes(32)) }],
		['position 255', { type: 'shelf', entries: [[1, stripe, 255, 9]], more: false }]
	];
	it.each(outOfBounds)('by its own sender: %s', (_what, message) => {
		expect(() => encodeMessage(message)).toThrow(RangeError);
	});

	const strange: readonly (readonly [string, unknown])[] = [
		['of another version', { v: 2, type: 'get-heads' }],
		['of no version', { type: 'get-heads' }],
		['of an unknown type', { v: 1, type: 'retire' }],
		['with a field too many', { v: 1, type: 'get-heads', extra: 1 }],
		['with a field too few', { v: 1, type: 'get-block' }],
		['with a field of another kind', { v: 1, type: 'get-block', number: '5', purpose: 'repair' }],
		['for an unknown purpose', { v: 1, type: 'get-block', number: 5, purpose: 'fun' }],
		['that is a reply', { v: 1, type: 'acknowledged' }],
		['that is no map', [1, 'get-heads']]
	];
	it.each(strange)('as a request: one %s', (_what, value) => {
		expect(() => announceRequest(deterministic(value), 0)).toThrow(Malformed);
	});

	it('when its keys are in another order', () => {
		const inOrder = deterministic({ v: 1, type: 'get-heads' });
		const version = inOrder.subarray(1, 4);
		const type = inOrder.subarray(4);
		expect(() => announceRequest(inOrder, 0)).not.toThrow();
		const swapped = new Uint8Array([0xa2, ...type, ...version]);
		expect(() => announceRequest(swapped, 0)).toThrow(Malformed);
	});

	it('when it nests deeply enough to exhaust a stack', () => {
		expect(() => announceReply(bytes(100_000, 0x81), 0)).toThrow(Malformed);
	});

	it('before its body is there, when the body cannot be its own', () => {
		const getHeads = encodeMessage({ type: 'get-heads' }).meta;
		expect(() => announceRequest(getHeads, 1)).toThrow(Malformed);
		const block = encodeMessage({ type: 'block', record: bytes(1) }).meta;
		expect(() => announceReply(block, 0)).toThrow(Malformed);
		expect(() => announceReply(block, 2_000_000)).toThrow(Malformed);
		const heads = encodeMessage({ type: 'heads', heads: [bytes(5)] }).meta;
		expect(() => announceReply(heads, 6)).toThrow(Malformed);
	});
});

function propose(): Message & { type: 'propose' } {
	return {
		type: 'propose',
		document: bytes(9),
		signature: bytes(64),
		rendezvous: bytes(32),
		membership: bytes(32)
	};
}

function agreementShown(membershipBytes: number): Reply {
	return {
		type: 'agreement',
		document: bytes(9),
		holderSignature: bytes(64),
		askerSignature: bytes(64),
		rendezvous: bytes(32),
		membership: bytes(membershipBytes)
	};
}

function terms(): Extract<Reply, { type: 'terms' }> {
	return {
		type: 'terms',
		membership: bytes(32),
		week: bytes(21),
		leastKilobytesPerSecond: 16,
		averageKilobytesPerSecond: 0,
		os: 'linux',
		engine: 'firefox',
		spaceBytesMin: 0,
		spaceBytesMax: 2 ** 53 - 1,
		advert: bytes(0)
	};
}

/** Deep equality that does not take a second for a megabyte. */
function same(a: unknown, b: unknown): boolean {
	if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
	if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
	const [ours, theirs] = [Object.entries(a), Object.entries(b)];
	const other = new Map<string, unknown>(theirs);
	return ours.length === theirs.length && ours.every(([key, value]) => same(value, other.get(key)));
}
