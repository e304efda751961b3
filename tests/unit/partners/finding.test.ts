import { encode } from 'cborg';
import { describe, expect, it } from 'vitest';
import { sign } from '../../../src/lib/engine/keys/signature.ts';
import { encodeAdvert, readAdvert, type Advert } from '../../../src/lib/engine/partners/advert.ts';
import {
	freeSlot,
	rendezvousSecret,
	rendezvousSlots,
	tokensToSeek,
	tokensToWait
} from '../../../src/lib/engine/partners/rendezvous.ts';
import { high, low } from './people.ts';

const dayMs = 24 * 60 * 60_000;
const noon = Date.UTC(2026, 10, 2, 12);

describe('rendezvous tokens', () => {
	it('differ by slot, by day and by owner', () => {
		const tokens = [low, high].flatMap((owner) =>
			[0, 1].flatMap((slot) =>
				[0, 2].flatMap((days) => tokensToWait(rendezvousSecret(owner, slot), noon + days * dayMs))
			)
		);
		expect(new Set(tokens.map(String)).size).toBe(tokens.length);
	});

	it('are found by an owner with nothing but its words, also across midnight and with clocks a day apart', () => {
		const waiting = tokensToWait(rendezvousSecret(low, 63), noon).map(String);
		for (const hours of [-24, -13, 0, 13, 24, 47]) {
			const sought = tokensToSeek(low, noon + hours * 3_600_000)
				.flat()
				.map(String);
			expect(waiting.some((token) => sought.includes(token))).toBe(true);
		}
	});

	it('are sought in requests of 64, today first', () => {
		const [today, ...others] = tokensToSeek(low, noon);
		expect([today?.length, ...others.map(({ length }) => length)]).toEqual([64, 64, 64]);
		expect(today?.map(String)).toContain(String(tokensToWait(rendezvousSecret(low, 5), noon)[0]));
	});

	it('have 64 slots, given from the lowest', () => {
		expect(freeSlot([0, 1, 3])).toBe(2);
		expect(freeSlot(Array.from({ length: rendezvousSlots }, (_, slot) => slot))).toBeUndefined();
	});
});

describe('an advert', () => {
	it('tells what its peer would agree on', () => {
		expect(readAdvert(low.peer, encodeAdvert(low.identity, advert))).toEqual(advert);
	});

	const advert: Advert = { shareBytes: 5, system: { os: 'linux', engine: 'firefox' } };
	const forged = (statement: unknown): Uint8Array => {
		const bytes = encode(statement);
		return encode([bytes, sign(low.identity, 'advert', bytes)]);
	};
	it.each([
		["somebody else's", encodeAdvert(high.identity, advert)],
		['garbage', new Uint8Array([1, 2, 3])],
		['too long', new Uint8Array(1025)],
		['of another version', forged([1, 5, 'linux', 'firefox'])],
		['negative', forged([2, -5, 'linux', 'firefox'])],
		['not a whole number', forged([2, 0.5, 'linux', 'firefox'])],
		['without a number', forged([2, 'much', 'linux', 'firefox'])],
		['of an unknown system', forged([2, 5, 'beos', 'firefox'])],
		['of an unknown engine', forged([2, 5, 'linux', 'mosaic'])],
		['without a system', forged([2, 5])]
	])('is no advert when it is %s', (_, bytes) => {
		expect(readAdvert(low.peer, bytes)).toBeUndefined();
	});
});
