import { describe, expect, it } from 'vitest';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import { nameOf, type AgreementId } from '../../../src/lib/engine/identifiers.ts';
import {
	decodeFarewell,
	encodeFarewell,
	signFarewell,
	verifyFarewell,
	type Farewell
} from '../../../src/lib/engine/partners/farewell.ts';
import { farewellBytesMax } from '../../../src/lib/engine/wire/limits.ts';
import { high, low } from './people.ts';

const farewell: Farewell = {
	kind: 'leaving',
	agreement: nameOf<AgreementId>(new Uint8Array(16).fill(3)),
	from: low.peer,
	to: high.peer,
	at: 1_800_000_000_000
};

describe('a farewell', () => {
	it('reads as it was written, and fits its bound', () => {
		for (const kind of ['leaving', 'ended'] as const) {
			const bytes = encodeFarewell({ ...farewell, kind });
			expect(decodeFarewell(bytes)).toEqual({ ...farewell, kind });
			expect(encodeFarewell({ ...farewell, at: Number.MAX_SAFE_INTEGER }).length).toBeLessThan(
				farewellBytesMax
			);
		}
	});
	it('is believed from whoever signed it, and for what was signed', () => {
		const document = encodeFarewell(farewell);
		const signature = signFarewell(low.identity, document);
		expect(verifyFarewell(low.peer, document, signature)).toBe(true);
		expect(verifyFarewell(high.peer, document, signature)).toBe(false);
		const ended = encodeFarewell({ ...farewell, kind: 'ended' });
		expect(verifyFarewell(low.peer, ended, signature)).toBe(false);
	});
	it('is nothing else', () => {
		const bytes = encodeFarewell(farewell);
		expect(() => decodeFarewell(bytes.slice(0, -1))).toThrow(Malformed);
		expect(() => decodeFarewell(new Uint8Array([...bytes, 0]))).toThrow(Malformed);
		expect(() => decodeFarewell(new Uint8Array(0))).toThrow(Malformed);
		expect(() => decodeFarewell(bytes.with(1, 2))).toThrow(Malformed);
		expect(() => decodeFarewell(bytes.with(2, 7))).toThrow(Malformed);
	});
});
