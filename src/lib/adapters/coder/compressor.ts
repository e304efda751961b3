/**
 * Lossless compression of single chunks, in the calling thread. Deflate by fflate, Zstandard by its reference
 * implementation in WASM. CompressionStream is not used: it has no Zstandard, and is no faster in parallel.
 */
import * as zstd from '@bokuweb/zstd-wasm';
import { deflateSync, inflateSync } from 'fflate';
import { Malformed } from '../../engine/failures.ts';
import type { CompressionMethod } from '../../engine/ports.ts';
import { resourceBytes } from './resource.ts';

/** What has to come out smaller than this share of the input to be worth keeping. */
const worthwhileRatio = 0.95;

const probeBytes = 64 * 1024;
const deflateLevel = 6;
const zstdLevel = 3;
/** Deflate codes at most 258 bytes in 2 bits (RFC 1951). */
const deflateRatioMax = 1032;
/** The probe only asks whether there is anything to gain, which the fastest level shows as well. */
const probeLevel = 1;

const zstdUrl = new URL(
	'../../../../node_modules/@bokuweb/zstd-wasm/dist/web/zstd.wasm',
	import.meta.url
);
/**
 * The package would fetch its WASM itself, but waits forever when that fails; given the bytes it does not fetch. Its Node
 * half takes no argument and reads the file beside it.
 */
const initialise: (wasm: Uint8Array) => Promise<void> = zstd.init;
let zstdReady: Promise<void> | undefined;

async function prepareZstd(): Promise<void> {
	zstdReady ??= resourceBytes(zstdUrl).then(initialise);
	try {
		await zstdReady;
	} catch (error) {
		zstdReady = undefined;
		throw error;
	}
}

export interface Compressed {
	readonly method: CompressionMethod;
	readonly bytes: Uint8Array;
}

/** Both directions, synchronously. `open` once, then any number of chunks. */
export class ChunkCompressor {
	private constructor() {
		// Made by `open` only, so that the WASM is there when a method is called.
	}

	/** Rejects when the WASM cannot be fetched; opening again tries again. */
	static async open(): Promise<ChunkCompressor> {
		await prepareZstd();
		return new ChunkCompressor();
	}

	/** 'stored' and the input itself, unless both the first 64 KiB and the whole shrink below 0.95. */
	compress(bytes: Uint8Array, preferred: CompressionMethod): Compressed {
		const stored: Compressed = { method: 'stored', bytes };
		if (preferred === 'stored' || bytes.length === 0) return stored;
		if (bytes.length > probeBytes) {
			const probe = bytes.subarray(0, probeBytes);
			if (!worthwhile(pack(preferred, probe, probeLevel), probe)) return stored;
		}
		const level = preferred === 'zstd' ? zstdLevel : deflateLevel;
		const packed = pack(preferred, bytes, level);
		return worthwhile(packed, bytes) ? { method: preferred, bytes: packed } : stored;
	}

	/** Throws Malformed unless the output has exactly `rawBytes` bytes. */
	decompress(method: CompressionMethod, bytes: Uint8Array, rawBytes: number): Uint8Array {
		if (!Number.isSafeInteger(rawBytes) || rawBytes < 0) throw new Malformed(`length ${rawBytes}`);
		switch (method) {
			case 'stored':
				return ofLength(bytes, rawBytes);
			case 'deflate':
				return inflated(bytes, rawBytes);
			case 'zstd':
				return zstdDecompressed(bytes, rawBytes);
		}
	}
}

function worthwhile(packed: Uint8Array, raw: Uint8Array): boolean {
	return packed.length < raw.length * worthwhileRatio;
}

function pack(
	method: 'deflate' | 'zstd',
	bytes: Uint8Array,
	level: 1 | 3 | 6
): Uint8Array<ArrayBuffer> {
	if (method === 'deflate') return deflateSync(bytes, { level });
	// The package types its result loosely; it is a copy outside of its own memory.
	return new Uint8Array(zstd.compress(bytes, level));
}

/** fflate never writes behind a buffer it was given: one byte more than wanted shows output that is too long. */
function inflated(bytes: Uint8Array, rawBytes: number): Uint8Array {
	if (rawBytes > bytes.length * deflateRatioMax) {
		throw new Malformed(`${bytes.length} deflated bytes cannot hold ${rawBytes}`);
	}
	const out = new Uint8Array(rawBytes + 1);
	try {
		return ofLength(inflateSync(bytes, { out }), rawBytes).slice();
	} catch (error) {
		throw error instanceof Malformed ? error : new Malformed(`deflate: ${String(error)}`);
	}
}

/** The WASM allocates what the frame's header claims, so the header is held to `rawBytes` first. */
function zstdDecompressed(bytes: Uint8Array, rawBytes: number): Uint8Array {
	const claimed = frameContentBytes(bytes);
	if (claimed !== rawBytes) {
		throw new Malformed(`zstd frame of ${claimed ?? 'unknown'} bytes, not ${rawBytes}`);
	}
	try {
		return ofLength(zstd.decompress(bytes), rawBytes);
	} catch (error) {
		// A trap is not the data's fault: the worker is beyond use then.
		if (error instanceof Malformed || error instanceof WebAssembly.RuntimeError) throw error;
		throw new Malformed(`zstd: ${String(error)}`);
	}
}

function ofLength(bytes: Uint8Array, rawBytes: number): Uint8Array {
	if (bytes.length !== rawBytes) throw new Malformed(`${bytes.length} bytes, not ${rawBytes}`);
	return bytes;
}

/** The Frame_Content_Size of a Zstandard frame (RFC 8878, 3.1.1.1); undefined where there is none. */
function frameContentBytes(frame: Uint8Array): number | undefined {
	const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
	if (view.byteLength < 6 || view.getUint32(0, true) !== 0xfd2fb528) return undefined;
	const descriptor = view.getUint8(4);
	const singleSegment = (descriptor & 0x20) !== 0;
	const dictionaryIdBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
	const at = 5 + (singleSegment ? 0 : 1) + dictionaryIdBytes;
	const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
	if (sizeBytes === 0 || at + sizeBytes > view.byteLength) return undefined;
	switch (sizeBytes) {
		case 1:
			return view.getUint8(at);
		case 2:
			return view.getUint16(at, true) + 256;
		case 4:
			return view.getUint32(at, true);
		default:
			return Number(view.getBigUint64(at, true));
	}
}
