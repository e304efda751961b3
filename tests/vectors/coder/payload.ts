/**
 * The payload of a vector: the low bytes of Marsaglia's 32-bit xorshift (13, 17, 5), which three lines of any language
 * reproduce. `seed` is 1 to 2^32 - 1.
 */
export function seededBytes(seed: number, length: number): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(length);
	let state = seed >>> 0;
	for (let i = 0; i < length; i++) {
		state ^= state << 13;
		state ^= state >>> 17;
		state ^= state << 5;
		bytes[i] = state;
	}
	return bytes;
}

/** A vector of stripes.json. */
export interface StripeVector {
	readonly m: number;
	readonly k: number;
	readonly blockBytes: number;
	readonly code: 'copies' | 'lch' | 'cauchy';
	/** The payload is `seededBytes(seed, m * blockBytes)`. */
	readonly seed: number;
	/** m positions, from whose blocks the payload comes back. */
	readonly survivors: readonly number[];
	/** SHA-256 of the k parity blocks, one after the other, in hexadecimal. */
	readonly paritySha256: string;
	/** The parity itself, where it is short. */
	readonly parity?: string;
}

/** A vector of generators.json: k rows of m factors, each row in hexadecimal. */
export interface GeneratorVector {
	readonly m: number;
	readonly k: number;
	readonly code: 'copies' | 'lch' | 'cauchy';
	readonly rows: readonly string[];
}
