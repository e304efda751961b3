/** Coder, compressor and prover in the calling thread: for Node, and where no worker can be had. */
import type {
	Coder,
	CompressionMethod,
	Compressor,
	Geometry,
	ProofKeys,
	Prover,
	SampledSectors,
	SectorClaim,
	Share
} from '../../engine/ports.ts';
import { ChunkCompressor } from './compressor.ts';
import type { Compressed } from './compressor.ts';
import { CoderInstance } from './instance.ts';
import { Kernel } from './kernel.ts';
import { ProverInstance } from './prover.ts';
import { compileFastest } from './variants.ts';

/** Opens one. `module` defaults to the fastest that this engine can run. Rejects when a file cannot be fetched. */
export async function openDirectCoder(module?: WebAssembly.Module): Promise<DirectCoder> {
	return new DirectCoder(new Kernel(module ?? (await compileFastest())));
}

/** Calls reject with CoderMisuse, CoderPanic or Malformed (decompress). Nothing is detached. */
export class DirectCoder implements Coder, Compressor, Prover {
	readonly #coder: CoderInstance;
	readonly #prover: ProverInstance;
	#compressor: Promise<ChunkCompressor> | undefined;

	constructor(kernel: Kernel) {
		this.#coder = new CoderInstance(kernel);
		this.#prover = new ProverInstance(kernel);
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

	async tag(keys: ProofKeys, record: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
		return this.#prover.tag(keys, record);
	}

	async combine(samples: SampledSectors): Promise<Uint8Array<ArrayBuffer>> {
		return this.#prover.combine(samples);
	}

	async check(
		alpha: Uint8Array,
		claims: readonly SectorClaim[],
		proof: Uint8Array
	): Promise<boolean> {
		return this.#prover.check(alpha, claims, proof);
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
