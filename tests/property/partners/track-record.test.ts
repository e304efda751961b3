/** Counting accusers: the order of statements does not matter, one more never helps the accused, and nobody counts twice. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import type { Accusation } from '../../../src/lib/engine/partners/statement.ts';
import { accusersMax, accusersOf } from '../../../src/lib/engine/partners/track-record.ts';

const dayMs = 24 * 60 * 60_000;
const now = Date.UTC(2027, 0, 1);
const peer = (number: number): PeerId => nameOf<PeerId>(new Uint8Array(32).fill(number));
const about = peer(200);
const asker = peer(201);
const nothing = new Uint8Array(0);

const accusation: fc.Arbitrary<Accusation> = fc
	.record({
		accuser: fc.constantFrom(...[1, 2, 3, 4, 5, 6, 200, 201].map(peer)),
		accused: fc.constantFrom(about, peer(202)),
		reason: fc.constantFrom('silent' as const, 'wrong-answers' as const, 'missed-checks' as const),
		ago: fc.integer({ min: -3, max: 250 }),
		length: fc.integer({ min: 1, max: 40 })
	})
	.map(({ ago, length, ...rest }) => ({
		kind: 'reneged',
		...rest,
		from: now - (ago + length) * dayMs,
		to: now - ago * dayMs,
		at: now - ago * dayMs,
		agreement: nothing,
		accuserAgreed: nothing,
		accusedAgreed: nothing
	}));

const statements = fc.array(accusation, { maxLength: 14 });
/** Peers 1 and 2 share a network; that of 6 is not known. */
const networkOf = (of: PeerId): string | undefined =>
	of === peer(6) ? undefined : of === peer(2) ? peer(1) : of;
const count = (all: readonly Accusation[]): number =>
	accusersOf(all, { about, asker, now, networkOf });

it('does not depend on the order in which statements came', () => {
	fc.assert(
		fc.property(statements, (all) => {
			expect(count(all.toReversed())).toBe(count(all));
		})
	);
});

it('never becomes smaller by one more statement', () => {
	fc.assert(
		fc.property(statements, accusation, (all, more) => {
			expect(count([...all, more])).toBeGreaterThanOrEqual(count(all));
		})
	);
});

it('counts no accuser and no network twice, and nobody who speaks for itself', () => {
	let most = 0;
	fc.assert(
		fc.property(statements, (all) => {
			const voices = all
				.filter(
					({ accused, accuser }) => accused === about && accuser !== about && accuser !== asker
				)
				.map(({ accuser }) => networkOf(accuser) ?? accuser);
			const counted = count(all);
			most = Math.max(most, counted);
			expect(counted).toBeLessThanOrEqual(Math.min(new Set(voices).size, accusersMax + 1));
		})
	);
	expect(most).toBe(accusersMax + 1);
});

it('counts one outage once, whoever was let down by it', () => {
	fc.assert(
		fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1 }), (accusers) => {
			const outage = accusers.map((number): Accusation => ({
				kind: 'reneged',
				accuser: peer(number),
				accused: about,
				reason: 'silent',
				from: now - (20 + number) * dayMs,
				to: now - number * dayMs,
				at: now - number * dayMs,
				agreement: nothing,
				accuserAgreed: nothing,
				accusedAgreed: nothing
			}));
			expect(count(outage)).toBe(1);
		})
	);
});
