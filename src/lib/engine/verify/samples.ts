/**
 * Which sectors of a shelf a proof is about, and how each counts (docs/format/proof.md). Owner and partner draw the
 * same samples from the same seed, which neither of them chose alone.
 */
import { chacha20 } from '@noble/ciphers/chacha.js';
import { proofSectorBytes, proofTagBytesPerSector } from '../coding/limits.ts';
import type { LiveBlock } from '../archive/shelf-state.ts';

/**
 * 1 - 0.99^459 is the first above 0.99: so many samples catch a partner that lost 1 % of its shelf in 99 of 100
 * challenges.
 */
export const samplesMax = 460;
/** Length of a seed. */
export const seedBytes = 32;

/** A block of a shelf, as far as drawing needs to know it. */
export type ShelfBlock = Pick<LiveBlock, 'number' | 'bytes'>;

export interface Sample extends ShelfBlock {
	/** Place in the record, from 0, in units of 960 bytes. */
	readonly sector: number;
	/** 1 to 2^31 - 2. */
	readonly coefficient: number;
}

/** Order of the field: the Mersenne prime 2^31 - 1. */
const fieldOrder = 0x7fffffff;
const drawRange = 2 ** 53;
const streamBytes = 8192;
const zeroNonce = new Uint8Array(12);

/**
 * Up to 460 different sectors of the shelf, each equally likely, and all of them where there are no more; in the order
 * of the shelf. `shelf` is the live list by ascending number, with the lengths of whole records. Throws RangeError for
 * a seed of another length.
 */
export function drawSamples(seed: Uint8Array, shelf: readonly ShelfBlock[]): readonly Sample[] {
	const stream = new DrawStream(seed);
	const sectors = shelf.reduce((sum, block) => sum + sectorsOf(block.bytes), 0);
	const places = drawPlaces(stream, sectors);
	return locate(places, shelf).map((place) => ({ ...place, coefficient: stream.coefficient() }));
}

/** Tagged sectors of a record whose length with its tags is `recordBytes`. */
export function sectorsOf(recordBytes: number): number {
	return Math.ceil(recordBytes / (proofSectorBytes + proofTagBytesPerSector));
}

/** Different numbers below `count`, ascending: R. W. Floyd's sampling (CACM 30(9), 1987), one draw for each. */
function drawPlaces(stream: DrawStream, count: number): readonly number[] {
	const places = new Set<number>();
	for (let top = Math.max(0, count - samplesMax); top < count; top++) {
		const place = stream.below(top + 1);
		places.add(places.has(place) ? top : place);
	}
	return [...places].sort((a, b) => a - b);
}

/** Where the sectors with these ascending numbers, counted over the whole shelf, lie. */
function locate(
	places: readonly number[],
	shelf: readonly ShelfBlock[]
): readonly Omit<Sample, 'coefficient'>[] {
	const located: Omit<Sample, 'coefficient'>[] = [];
	let first = 0;
	for (const { number, bytes } of shelf) {
		const end = first + sectorsOf(bytes);
		for (let place = places[located.length]; place !== undefined && place < end;) {
			located.push({ number, bytes, sector: place - first });
			place = places[located.length];
		}
		first = end;
	}
	return located;
}

/** Numbers from the ChaCha20 keystream (RFC 8439) under the seed, without bias: what would bring one is thrown away. */
class DrawStream {
	readonly #seed: Uint8Array;
	#bytes = new DataView(new ArrayBuffer(0));
	#at = 0;
	#counter = 0;

	constructor(seed: Uint8Array) {
		if (seed.length !== seedBytes) throw new RangeError(`a seed of ${seed.length} bytes`);
		this.#seed = seed;
	}

	/** 0 <= number < bound <= 2^53: 8 bytes as little-endian u64, their low 53 bits. */
	below(bound: number): number {
		const fair = drawRange - (drawRange % bound);
		for (;;) {
			const low = this.#word();
			const drawn = (this.#word() & 0x1fffff) * 2 ** 32 + low;
			if (drawn < fair) return drawn % bound;
		}
	}

	/** 4 bytes as little-endian u32, their low 31 bits, neither 0 nor the order of the field. */
	coefficient(): number {
		for (;;) {
			const drawn = this.#word() & fieldOrder;
			if (drawn !== 0 && drawn !== fieldOrder) return drawn;
		}
	}

	#word(): number {
		if (this.#at === this.#bytes.byteLength) this.#refill();
		const word = this.#bytes.getUint32(this.#at, true);
		this.#at += 4;
		return word;
	}

	#refill(): void {
		const zeros = new Uint8Array(streamBytes);
		const stream = chacha20(this.#seed, zeroNonce, zeros, undefined, this.#counter);
		this.#bytes = new DataView(stream.buffer, stream.byteOffset, streamBytes);
		this.#counter += streamBytes / 64;
		this.#at = 0;
	}
}
