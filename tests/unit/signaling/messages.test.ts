import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import { nameOf } from '../../../src/lib/engine/identifiers.ts';
import { brokerBounds } from '../../../src/lib/engine/wire/broker-bounds.ts';
import {
	decodeBrokerMessage,
	decodeClientMessage,
	encodeBrokerMessage,
	encodeClientMessage,
	type BrokerMessage,
	type ClientMessage
} from '../../../src/lib/engine/wire/broker-messages.ts';
import { proofMessage } from '../../../src/lib/engine/wire/broker-proof.ts';
import { name32, peer } from './relay.ts';

const connection = new Uint8Array(16).fill(3);

/** A message written by somebody who follows no rules. */
function raw(fields: Record<string, unknown>): Uint8Array {
	return encode(fields);
}

const find = { type: 'find', request: 1, peer: name32(1) };
const relay = { type: 'relay', to: connection, payload: Uint8Array.of(1) };

describe('a message to the broker', () => {
	it('of the greatest size fits into one frame', () => {
		const publish: ClientMessage = {
			type: 'publish',
			request: brokerBounds.requestMax,
			circles: Array.from({ length: 32 }, (_, i) => nameOf(name32(i))),
			advert: new Uint8Array(1024),
			tokens: Array.from({ length: 256 }, (_, i) => name32(i))
		};
		const handed: ClientMessage = {
			type: 'relay',
			to: nameOf(connection),
			payload: new Uint8Array(16 * 1024)
		};
		for (const message of [publish, handed]) {
			const bytes = encodeClientMessage(message);
			expect(bytes.length).toBeLessThanOrEqual(brokerBounds.requestBytesMax);
			expect(decodeClientMessage(bytes)).toEqual(message);
		}
	});

	it.each([
		['a name that is too short', { ...find, peer: new Uint8Array(31) }],
		['a name as text', { ...find, peer: 'aa'.repeat(32) }],
		['a request below zero', { ...find, request: -1 }],
		['a request over 32 bits', { ...find, request: 2 ** 32 }],
		['a request that is no whole number', { ...find, request: 1.5 }],
		['a field too many', { ...find, extra: 1 }],
		['a field too few', { type: 'find', request: 1 }],
		['another type', { ...find, type: 'found' }],
		['a count of nothing', { type: 'sample', request: 1, circle: name32(1), count: 0 }],
		['a count over 32', { type: 'sample', request: 1, circle: name32(1), count: 33 }],
		['no tokens', { type: 'rendezvous', request: 1, tokens: [] }],
		['65 tokens', { type: 'rendezvous', request: 1, tokens: new Array(65).fill(name32(1)) }],
		['a token too long', { type: 'rendezvous', request: 1, tokens: [new Uint8Array(33)] }],
		['tokens that are no list', { type: 'rendezvous', request: 1, tokens: name32(1) }],
		['an empty payload', { ...relay, payload: new Uint8Array(0) }],
		['a payload over 16 KiB', { ...relay, payload: new Uint8Array(16 * 1024 + 1) }],
		['an address too long', { ...relay, to: name32(1) }]
	])('is rejected with %s', (_what, fields) => {
		expect(() => decodeClientMessage(raw(fields))).toThrow(Malformed);
	});

	it.each([
		['an advert over 1 KiB', { advert: new Uint8Array(1025) }],
		['33 circles', { circles: new Array(33).fill(name32(1)) }],
		['257 tokens', { tokens: new Array(257).fill(name32(1)) }]
	])('is rejected with %s', (_what, change) => {
		const publish = { type: 'publish', request: 1, circles: [], advert: new Uint8Array(0) };
		expect(() => decodeClientMessage(raw({ ...publish, tokens: [], ...change }))).toThrow(
			Malformed
		);
	});

	it('is rejected in any but its one encoding', () => {
		const bytes = encodeClientMessage({ type: 'find', request: 1, peer: peer(1) });
		expect(decodeClientMessage(bytes).type).toBe('find');
		// The same map with its fields in another order, and with a byte behind it.
		const shuffled = raw({ type: 'find', request: 1, peer: name32(1) });
		const reordered = Uint8Array.from([
			0xa3,
			...shuffled.slice(6 + 5),
			...shuffled.slice(1, 6 + 5)
		]);
		expect(() => decodeClientMessage(reordered)).toThrow(Malformed);
		expect(() => decodeClientMessage(Uint8Array.from([...bytes, 0]))).toThrow(Malformed);
	});
});

describe('a message from the broker', () => {
	const candidate = {
		peer: peer(1),
		connection: nameOf(connection),
		advert: new Uint8Array(1024),
		prefix: new Uint8Array(6)
	};

	it('of the greatest size fits into its bound', () => {
		const found = {
			type: 'found',
			request: brokerBounds.requestMax,
			candidates: new Array(64).fill(candidate)
		} as BrokerMessage;
		const bytes = encodeBrokerMessage(found);
		expect(bytes.length).toBeLessThanOrEqual(brokerBounds.answerBytesMax);
		expect(decodeBrokerMessage(bytes)).toEqual(found);
	});

	it('of a TURN server names no other kind of address, and no time without end', () => {
		const turn = {
			type: 'turn',
			urls: ['turn:a.example', 'turns:a.example:5349?transport=tcp'],
			username: `1767225600:${'ab'.repeat(32)}`,
			credential: 'c',
			seconds: 43_200
		};
		const read = (change: object): BrokerMessage =>
			decodeBrokerMessage(encodeBrokerMessage({ ...turn, ...change } as BrokerMessage));
		expect(read({})).toEqual(turn);
		for (const change of [
			{ urls: [] },
			{ urls: new Array(5).fill('turn:a.example') },
			{ urls: ['stun:a.example'] },
			{ urls: ['turn:a b'] },
			{ urls: [7] },
			{ username: '' },
			{ username: 'a'.repeat(129) },
			{ credential: 'a'.repeat(129) },
			{ seconds: 0 },
			{ seconds: 7 * 24 * 3600 + 1 }
		]) {
			expect(() => read(change)).toThrow(Malformed);
		}
	});

	it.each([
		['65 candidates', { type: 'found', request: 1, candidates: new Array(65).fill(0) }],
		['a candidate that is no map', { type: 'found', request: 1, candidates: [0] }],
		['an unknown reason', { type: 'refused', reason: 'because' }],
		['a prefix that is neither /24 nor /48', { type: 'welcome', prefix: new Uint8Array(4) }],
		['a short nonce', { type: 'challenge', versions: [1], nonce: new Uint8Array(31), connection }],
		['no versions', { type: 'challenge', versions: [], nonce: name32(1), connection }],
		['a version of 0', { type: 'challenge', versions: [0], nonce: name32(1), connection }]
	])('is rejected with %s', (_what, fields) => {
		expect(() => decodeBrokerMessage(raw(fields))).toThrow(Malformed);
	});
});

describe('what a proof signs', () => {
	it('is the nonce, then the audience', () => {
		const message = proofMessage(name32(7), 'a.example');
		expect([...message.slice(0, 32)]).toEqual([...name32(7)]);
		expect(new TextDecoder().decode(message.slice(32))).toBe('a.example');
	});

	it('has no room for other lengths', () => {
		expect(() => proofMessage(new Uint8Array(31), 'a.example')).toThrow(Malformed);
		expect(() => proofMessage(name32(7), 'a'.repeat(256))).toThrow(Malformed);
	});
});
