import { seededBytes } from '../coder/payload.ts';

/** A record of a vector: `seededBytes(seed, bytes)`, or the one byte `fill` again and again. */
export interface RecordVector {
	readonly bytes: number;
	readonly seed?: number;
	readonly fill?: number;
	/** The pad key is `seededBytes(pad, 32)`. */
	readonly pad: number;
}

/** A vector of tags.json. */
export interface TagVector extends RecordVector {
	/** The alpha key is `seededBytes(alpha, 32)`. */
	readonly alpha: number;
	/** SHA-256 of all tags, one after the other, in hexadecimal. */
	readonly tagsSha256: string;
	/** The tags themselves, where they are short. */
	readonly tags?: string;
}

/** A vector of proofs.json. */
export interface ProofVector {
	readonly alpha: number;
	readonly records: readonly RecordVector[];
	readonly samples: readonly (readonly [record: number, sector: number, coefficient: number])[];
	/** In hexadecimal. */
	readonly proof: string;
}

/** A vector of samples.json. */
export interface DrawVector {
	/** In hexadecimal. */
	readonly seed: string;
	/** Number and length of each block's record. */
	readonly shelf: readonly (readonly [number: number, bytes: number])[];
	readonly samples: readonly (readonly [number: number, sector: number, coefficient: number])[];
}

export function keyOf(seed: number): Uint8Array<ArrayBuffer> {
	return seededBytes(seed, 32);
}

export function recordOf({ bytes, seed, fill }: RecordVector): Uint8Array<ArrayBuffer> {
	return seed === undefined ? new Uint8Array(bytes).fill(fill ?? 0) : seededBytes(seed, bytes);
}

/** What a partner reads of a tagged record for one sample. */
export function sampled(
	tagged: Uint8Array,
	bytes: number,
	sector: number
): { readonly sector: Uint8Array; readonly tag: Uint8Array } {
	const whole = new Uint8Array(960);
	whole.set(tagged.subarray(sector * 960, Math.min(bytes, sector * 960 + 960)));
	return { sector: whole, tag: tagged.slice(bytes + sector * 16, bytes + sector * 16 + 16) };
}

export function hexOf(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
