import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import { nameOf } from '../../../src/lib/engine/identifiers.ts';
import {
	decodeBrokerMessage,
	decodeClientMessage,
	encodeBrokerMessage,
	encodeClientMessage,
	type BrokerMessage,
	type ClientMessage
} from '../../../src/lib/engine/wire/broker-messages.ts';

const bytes = (min: number, max = min) => fc.uint8Array({ minLength: min, maxLength: max });
const name = (length: number) => bytes(length).map((value) => nameOf(value));
const request = fc.nat(0xffff_ffff);
const tokens = (min: number) => fc.array(bytes(32), { minLength: min, maxLength: 20 });

const clientMessage = fc.oneof(
	fc.record({
		type: fc.constant('prove'),
		version: fc.integer({ min: 1, max: 0xffff }),
		peer: name(32),
		signature: bytes(64)
	}),
	fc.record({
		type: fc.constant('publish'),
		request,
		circles: fc.array(name(32), { maxLength: 32 }),
		advert: bytes(0, 1024),
		tokens: tokens(0)
	}),
	fc.record({
		type: fc.constant('sample'),
		request,
		circle: name(32),
		count: fc.integer({ min: 1, max: 32 })
	}),
	fc.record({ type: fc.constant('find'), request, peer: name(32) }),
	fc.record({ type: fc.constant('rendezvous'), request, tokens: tokens(1) }),
	fc.record({ type: fc.constant('relay'), to: name(16), payload: bytes(1, 2048) })
) as fc.Arbitrary<ClientMessage>;

const prefix = fc.constantFrom(0, 3, 6).chain((length) => bytes(length));
const reason = fc.constantFrom('malformed', 'too-fast', 'not-a-member');
const introduction = fc.record({
	peer: name(32),
	connection: name(16),
	advert: bytes(0, 1024),
	prefix
});

const brokerMessage = fc.oneof(
	fc.record({
		type: fc.constant('challenge'),
		versions: fc.array(fc.integer({ min: 1, max: 0xffff }), { minLength: 1, maxLength: 8 }),
		nonce: bytes(32),
		connection: name(16)
	}),
	fc.record({ type: fc.constant('welcome'), prefix }),
	fc.record({ type: fc.constant('published'), request }),
	fc.record({
		type: fc.constant('found'),
		request,
		candidates: fc.array(introduction, { maxLength: 16 })
	}),
	fc.record({
		type: fc.constant('relayed'),
		from: name(16),
		peer: name(32),
		payload: bytes(1, 2048)
	}),
	fc.record({ type: fc.constant('refused'), reason }),
	fc.record({ type: fc.constant('refused'), request, reason })
) as fc.Arbitrary<BrokerMessage>;

function outcomeOf(decode: (input: Uint8Array) => unknown, input: Uint8Array): string {
	try {
		decode(input);
		return 'accepted';
	} catch (error) {
		return error instanceof Malformed ? 'malformed' : String(error);
	}
}

describe('messages between peers and brokers', () => {
	it('come back from their encoding as they were', () => {
		fc.assert(
			fc.property(clientMessage, (message) => {
				expect(decodeClientMessage(encodeClientMessage(message))).toEqual(message);
			})
		);
		fc.assert(
			fc.property(brokerMessage, (message) => {
				expect(decodeBrokerMessage(encodeBrokerMessage(message))).toEqual(message);
			})
		);
	});

	it('have one encoding: a byte changed is another message or none', () => {
		const changed = fc.record({
			message: clientMessage,
			at: fc.nat(),
			by: fc.integer({ min: 1, max: 255 })
		});
		fc.assert(
			fc.property(changed, ({ message, at, by }) => {
				const encoded = encodeClientMessage(message);
				const place = at % encoded.length;
				const damaged = encoded.map((byte, i) => (i === place ? byte ^ by : byte));
				if (outcomeOf(decodeClientMessage, damaged) === 'malformed') return;
				expect(encodeClientMessage(decodeClientMessage(damaged))).toEqual(damaged);
				expect(decodeClientMessage(damaged)).not.toEqual(message);
			})
		);
	});

	it('cut short, are malformed', () => {
		fc.assert(
			fc.property(clientMessage, fc.nat(), (message, length) => {
				const encoded = encodeClientMessage(message);
				const cut = encoded.subarray(0, length % encoded.length);
				expect(outcomeOf(decodeClientMessage, cut)).toBe('malformed');
			})
		);
	});

	it('made of noise, are malformed and nothing worse', () => {
		fc.assert(
			fc.property(bytes(0, 512), (noise) => {
				expect(outcomeOf(decodeClientMessage, noise)).toBe('malformed');
				expect(outcomeOf(decodeBrokerMessage, noise)).toBe('malformed');
			}),
			{ numRuns: 500 }
		);
	});
});
