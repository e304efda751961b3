import { decode, encode } from 'cborg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import {
	decodeAgreement,
	encodeAgreement,
	holdsOver,
	quantisedSpace,
	signAgreement,
	verifyAgreement
} from '../../../src/lib/engine/partners/agreement.ts';
import { agreement, high, low, mebibyte, side } from './people.ts';

/** The document with other fields. */
function changed(change: (fields: readonly unknown[]) => readonly unknown[]): Uint8Array {
	return encode(change(decode(encodeAgreement(agreement())) as readonly unknown[]));
}

describe('the document', () => {
	it('says the same when it is read again', () => {
		const differing = agreement({
			sides: {
				proposer: { ...side, week: new Uint8Array(21).fill(0xa5), averageKilobytesPerSecond: 512 },
				acceptor: { ...side, system: { os: 'ios', engine: 'webkit' } }
			}
		});
		for (const each of [agreement(), differing]) {
			expect(decodeAgreement(encodeAgreement(each))).toEqual(each);
		}
	});

	it('is Malformed, and nothing worse, whatever bytes come', () => {
		const near = fc.tuple(fc.nat(), fc.nat(255)).map(([at, byte]) => {
			const bytes = encodeAgreement(agreement());
			bytes[at % bytes.length] = byte;
			return bytes;
		});
		fc.assert(
			fc.property(fc.oneof(fc.uint8Array({ maxLength: 300 }), near), (bytes) => {
				try {
					decodeAgreement(bytes);
				} catch (error) {
					expect(error).toBeInstanceOf(Malformed);
				}
			})
		);
	});

	it.each([
		['of another version', changed((fields) => fields.with(0, 1))],
		['with a field too many', changed((fields) => [...fields, 1])],
		['with a field too few', changed((fields) => fields.slice(0, -1))],
		['with half a byte of space', changed((fields) => fields.with(4, 0.5))],
		['with a time before 1970', changed((fields) => fields.with(8, -1))],
		['with 49 proofs a day', changed((fields) => fields.with(10, [1, 1, 49]))],
		['without budgets', changed((fields) => fields.with(10, []))],
		[
			'with a week of 160 hours',
			changed((fields) => fields.with(11, [new Uint8Array(20), 16, 0, 'ios', 'webkit']))
		],
		[
			'with an endless bandwidth',
			changed((fields) => fields.with(12, [new Uint8Array(21), 16, 65_537, 'ios', 'webkit']))
		],
		[
			'of an unknown system',
			changed((fields) => fields.with(12, [new Uint8Array(21), 16, 0, 'beos', 'webkit']))
		],
		['that is no list', encode({ version: 1 })],
		['that is too long', new Uint8Array(5000)]
	])('is not read %s', (_, bytes) => {
		expect(() => decodeAgreement(bytes)).toThrow(Malformed);
	});

	it('is signed by one peer and not by the other', () => {
		const document = encodeAgreement(agreement());
		const signature = signAgreement(low.identity, document);
		expect(verifyAgreement(low.peer, document, signature)).toBe(true);
		expect(verifyAgreement(high.peer, document, signature)).toBe(false);
	});
});

it('agrees on space in steps of 16 MiB, rounded down', () => {
	expect(quantisedSpace(16 * mebibyte - 1)).toBe(0);
	expect(quantisedSpace(47 * mebibyte)).toBe(32 * mebibyte);
});

it('chooses the same of two signed documents at both ends', () => {
	const lows = agreement();
	const highs = agreement({ proposer: high.peer, acceptor: low.peer, createdAt: 2_000_000 });
	const later = agreement({ createdAt: 3_000_000 });
	expect([holdsOver(lows, highs), holdsOver(highs, lows)]).toEqual([true, false]);
	expect([holdsOver(later, lows), holdsOver(lows, later)]).toEqual([true, false]);
});
