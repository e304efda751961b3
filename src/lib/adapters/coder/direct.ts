/** The coder and the compressor in the calling thread: for Node, and where no worker can be had. */
import type { Coder, CompressionMethod, Compressor, Geometry, Share } from '../../engine/ports.ts';
import { ChunkCompressor } from './compressor.ts';
import type { Compressed } from './compressor.ts';
import { CoderInstance } from './instance.ts';
import { compileFastest } from './variants.ts';

/** Opens one. `module` defaults to the fastest that this engine can run. Rejects when a file cannot be fetched. */
export async function openDirectCoder(module?: WebAssembly.Module): Promise<DirectCoder> {
	const instance = new CoderInstance(module ?? (await compileFastest()));
	return new DirectCoder(instance);
}

/** Calls reject with CoderMisuse, CoderPanic or Malformed (decompress). Nothing is detached. */
export class DirectCoder implements Coder, Compressor {
	readonly #coder: CoderInstance;
	#compressor: Promise<ChunkCompressor> | undefined;

	constructor(coder: CoderInstance) {
		this.#coder = coder;
	}

	async encode(geometry: Geometry, payload: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
		return this.#coder.encode(geometry, payload);
	}

	async decode(geometry: Geometry, shares: readonly Share[]): Promise<Uint8Array<ArrayBuffer>> {
		return this.#coder.decode(geometry, shares);
	}

	async rebuild(
		geometry: Geometry,
		shares: readonly Share[],
		position: number
	): Promise<Uint8Array<ArrayBuffer>> {
		return this.#coder.rebuild(geometry, shares, position);
	}

	async compress(bytes: Uint8Array, preferred: CompressionMethod): Promise<Compressed> {
		return (await this.#opened()).compress(bytes, preferred);
	}

	async decompress(
		method: CompressionMethod,
		bytes: Uint8Array,
		rawBytes: number
	): Promise<Uint8Array> {
		return (await this.#opened()).decompress(method, bytes, rawBytes);
	}

	/** Makes the coder panic, for tests of what follows. */
	async panic(): Promise<void> {
		this.#coder.panic();
	}

	/** The compressor, loaded by the first call that needs it. */
	#opened(): Promise<ChunkCompressor> {
		this.#compressor ??= ChunkCompressor.open().catch((error: unknown) => {
			this.#compressor = undefined;
			throw error;
		});
		return this.#compressor;
	}
}
