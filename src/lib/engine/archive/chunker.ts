/**
 * Content-defined chunking: FastCDC (Xia et al., 2020) with normalised chunking, level 2, over a
 * 32-bit gear hash. A cut depends on the 32 bytes before it and on the distance to the last cut, so
 * an insertion changes the chunks around it and no others (docs/format/chunk.md). Rejected: the
 * 64-bit hash of the paper, for which JavaScript has no fast integers, and its rolling of two bytes
 * at once, which gives the same cuts.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { chunkBytesMax, chunkBytesMin, chunkBytesNormal } from '../coding/limits.ts';

export { chunkBytesMax, chunkBytesMin, chunkBytesNormal };

/** Bytes that the hash sees: each step shifts the earlier ones up by one of 32 bits. */
const windowBytes = 32;
/**
 * Hashing starts a window before the first possible cut, so that a full window judges every cut.
 */
const hashedFrom = chunkBytesMin - windowBytes;
/**
 * A chunk may end after a byte that leaves the hash, as an unsigned number, below the limit of its
 * zone: where the top bits are zero, the top ones because they depend on most bytes of the window.
 * 19 zero bits would come every 512 KiB; 2 more are asked for up to the normal length, and 2 fewer
 * beyond it, which draws lengths towards it.
 */
const zones = [
	{ end: chunkBytesMin - 1, limit: 0 },
	{ end: chunkBytesNormal, limit: 2 ** (32 - 21) },
	{ end: chunkBytesMax, limit: 2 ** (32 - 17) }
] as const;
/** 256 words of 32 bits. */
const gear = gearTable();

/** Cuts a file, given in pieces of any length, into chunks; then the next file. */
export class Chunker {
	/** The chunk begun. Allocated once: pieces are copied in, finished chunks are copied out. */
	readonly #begun = new Uint8Array(chunkBytesMax);
	readonly #view = new DataView(this.#begun.buffer);
	#begunBytes = 0;
	#hash = 0;

	/**
	 * Takes the next bytes, which stay the caller's. Returns the chunks that ended, each with a
	 * buffer of its own.
	 */
	push(bytes: Uint8Array): Uint8Array<ArrayBuffer>[] {
		const chunks: Uint8Array<ArrayBuffer>[] = [];
		for (let rest = bytes; rest.length > 0;) {
			const from = this.#begunBytes;
			const piece = rest.subarray(0, chunkBytesMax - from);
			this.#begun.set(piece, from);
			const cut = this.#scan(from, from + piece.length);
			this.#begunBytes = cut ?? from + piece.length;
			if (cut !== undefined) chunks.push(this.#release());
			rest = rest.subarray((cut ?? from + piece.length) - from);
		}
		return chunks;
	}

	/** Ends the file: its last chunk, however short; undefined when nothing is left. */
	end(): Uint8Array<ArrayBuffer> | undefined {
		return this.#begunBytes === 0 ? undefined : this.#release();
	}

	/**
	 * Hashes the begun chunk's bytes [from, to). The length at which the chunk ends, if it ends
	 * there.
	 */
	#scan(from: number, to: number): number | undefined {
		let at = Math.max(from, hashedFrom);
		for (const { end, limit } of zones) {
			const until = Math.min(to, end);
			const cut = this.#hashUntil(limit, at, until);
			if (cut !== undefined) return cut;
			at = Math.max(at, until);
		}
		return to === chunkBytesMax ? to : undefined;
	}

	/**
	 * Hashes bytes [from, to) up to the first that leaves the hash below the limit; the length up to
	 * it. Four bytes are read at once, which doubles the speed; the group in which the limit is met
	 * is left to the loop of single bytes.
	 */
	#hashUntil(limit: number, from: number, to: number): number | undefined {
		const view = this.#view;
		let hash = this.#hash;
		let at = from;
		for (; at + 4 <= to; at += 4) {
			const word = view.getInt32(at, true);
			const a = ((hash << 1) + (gear[word & 0xff] ?? 0)) | 0;
			const b = ((a << 1) + (gear[(word >>> 8) & 0xff] ?? 0)) | 0;
			const c = ((b << 1) + (gear[(word >>> 16) & 0xff] ?? 0)) | 0;
			const d = ((c << 1) + (gear[word >>> 24] ?? 0)) | 0;
			if (a >>> 0 < limit || b >>> 0 < limit || c >>> 0 < limit || d >>> 0 < limit) break;
			hash = d;
		}
		let cut: number | undefined;
		for (; at < to && cut === undefined; at++) {
			hash = ((hash << 1) + (gear[view.getUint8(at)] ?? 0)) | 0;
			if (hash >>> 0 < limit) cut = at + 1;
		}
		this.#hash = hash;
		return cut;
	}

	#release(): Uint8Array<ArrayBuffer> {
		const chunk = this.#begun.slice(0, this.#begunBytes);
		this.#begunBytes = 0;
		this.#hash = 0;
		return chunk;
	}
}

/**
 * The words are SHA-256("holdfast v1 gear" || i) for i = 0..31, one after the other, big-endian.
 * They are no secret: partners see stripes, never the lengths of chunks.
 */
function gearTable(): Int32Array {
	const table = new Int32Array(256);
	const label = utf8ToBytes('holdfast v1 gear');
	const seed = new Uint8Array(label.length + 1);
	seed.set(label);
	for (let i = 0; i < 32; i++) {
		seed[label.length] = i;
		const words = new DataView(sha256(seed).buffer);
		for (let word = 0; word < 8; word++) table[8 * i + word] = words.getInt32(4 * word);
	}
	return table;
}
