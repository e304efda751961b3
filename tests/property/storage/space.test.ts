import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Space, type Place } from '../../../src/lib/adapters/opfs/space.ts';

const capacityBytes = 100;

/** Take so many bytes, or give back one of the places that are taken. */
const step = fc.oneof(
	fc.record({ kind: fc.constant('take' as const), length: fc.integer({ min: 1, max: 60 }) }),
	fc.record({ kind: fc.constant('give' as const), which: fc.nat() })
);

/** The slow, obvious way: every byte of every pack, taken or not. */
class ByteMap {
	readonly packs = new Map<number, boolean[]>();

	set(place: Place, taken: boolean): void {
		const bytes = this.packs.get(place.pack) ?? new Array<boolean>(capacityBytes).fill(false);
		this.packs.set(place.pack, bytes);
		for (let i = place.offset; i < place.offset + place.length; i++) {
			expect(i).toBeLessThan(capacityBytes);
			expect(bytes[i]).toBe(!taken);
			bytes[i] = taken;
		}
	}

	/** Where first fit would put it, in the packs that are there. */
	firstFit(length: number): Place | undefined {
		for (const [pack, bytes] of this.packs) {
			for (let offset = 0; offset + length <= capacityBytes; offset++) {
				const free = bytes.slice(offset, offset + length).every((taken) => !taken);
				if (free) return { pack, offset, length };
			}
		}
		return undefined;
	}
}

test('gives the first place that fits, none twice, and knows the empty packs', () => {
	fc.assert(
		fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
			const space = new Space(capacityBytes);
			const map = new ByteMap();
			const taken: Place[] = [];
			for (const next of steps) {
				if (next.kind === 'take') {
					const expected = map.firstFit(next.length);
					const place = space.take(next.length);
					if (expected !== undefined) expect(place).toEqual(expected);
					if (place === undefined) throw new Error('A new pack has room.');
					map.set(place, true);
					taken.push(place);
				} else {
					const [place] = taken.splice(next.which % (taken.length || 1), 1);
					if (place === undefined) continue;
					const empties = taken.every(({ pack }) => pack !== place.pack);
					expect(space.emptiedBy([place])).toEqual(empties ? [place.pack] : []);
					space.give(place);
					map.set(place, false);
				}
			}
			for (const [pack, bytes] of map.packs) {
				expect(space.isEmpty(pack)).toBe(bytes.every((byte) => !byte));
			}
		})
	);
});

test('rebuilt from the places that are taken, it goes on as before', () => {
	fc.assert(
		fc.property(fc.array(fc.integer({ min: 1, max: 30 })), fc.nat(), (lengths, mask) => {
			const space = new Space(capacityBytes);
			const places = lengths.map((length) => space.take(length)).filter((place) => !!place);
			const kept = places.filter((_, i) => ((mask >> (i % 31)) & 1) === 1);
			for (const place of places) if (!kept.includes(place)) space.give(place);
			const rebuilt = new Space(capacityBytes);
			for (const pack of new Set(places.map((place) => place.pack))) {
				const own = kept.filter((place) => place.pack === pack).reverse();
				rebuilt.addPack(pack, capacityBytes, own);
			}
			for (const length of [7, 40, 13, 1, 100]) {
				expect(rebuilt.take(length)).toEqual(space.take(length));
			}
		})
	);
});

test('what is longer than a pack fits nowhere', () => {
	expect(new Space(capacityBytes).take(capacityBytes + 1)).toBeUndefined();
});

test('a pack that was removed is not used again', () => {
	const space = new Space(capacityBytes);
	const place = space.take(10);
	if (place === undefined) throw new Error('A new pack has room.');
	space.give(place);
	space.removePack(place.pack);
	expect(space.take(10)).toEqual({ pack: place.pack + 1, offset: 0, length: 10 });
});
