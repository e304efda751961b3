import type { Random } from '../../src/lib/engine/ports.ts';

/** Reproducible bytes: xoshiro128** (Blackman and Vigna, 2018), its state filled from the seed by splitmix32. */
export class SeededRandom implements Random {
	readonly #state = new Uint32Array(4);
	readonly #seed: number;

	/** Equal seeds give equal bytes. */
	constructor(seed: number | string) {
		this.#seed = typeof seed === 'number' ? seed >>> 0 : hash(seed);
		let word = this.#seed;
		for (let i = 0; i < 4; i++) {
			word = (word + 0x9e3779b9) >>> 0;
			this.#state[i] = mix(word);
		}
	}

	/** An independent stream that depends on this seed and the label, not on what was drawn before. */
	fork(label: string): SeededRandom {
		return new SeededRandom(`${String(this.#seed)}/${label}`);
	}

	bytes(length: number): Uint8Array<ArrayBuffer> {
		const words = new Uint32Array(Math.ceil(length / 4));
		for (let i = 0; i < words.length; i++) words[i] = this.#next();
		return new Uint8Array(words.buffer, 0, length);
	}

	/** A whole number in [0, below). */
	below(below: number): number {
		return Math.floor((this.#next() / 0x1_0000_0000) * below);
	}

	#next(): number {
		const [a = 0, b = 0, c = 0, d = 0] = this.#state;
		const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
		const c2 = c ^ a;
		const d2 = d ^ b;
		this.#state[0] = a ^ d2;
		this.#state[1] = b ^ c2;
		this.#state[2] = c2 ^ (b << 9);
		this.#state[3] = rotate(d2, 11);
		return result;
	}
}

function rotate(word: number, bits: number): number {
	return (word << bits) | (word >>> (32 - bits));
}

function mix(word: number): number {
	let z = Math.imul(word ^ (word >>> 16), 0x21f0aaad);
	z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
	return (z ^ (z >>> 15)) >>> 0;
}

/** FNV-1a over UTF-16 code units. */
function hash(text: string): number {
	let value = 0x811c9dc5;
	for (let i = 0; i < text.length; i++) {
		value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
	}
	return value >>> 0;
}
