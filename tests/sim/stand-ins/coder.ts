/** The real coder and prover in the calling thread, and a compressor that leaves the little payload as it is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoderInstance } from '../../../src/lib/adapters/coder/instance.ts';
import { Kernel } from '../../../src/lib/adapters/coder/kernel.ts';
import { ProverInstance } from '../../../src/lib/adapters/coder/prover.ts';
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
} from '../../../src/lib/engine/ports.ts';

/** The build of the coder that every Node runs. */
const file = 'src/lib/wasm-rs/dist/coder-simd.wasm';

export class SimCoder implements Coder, Compressor, Prover {
	readonly #instance: CoderInstance;
	readonly #prover: ProverInstance;

	/** `root` is the project's folder. */
	constructor(root = process.cwd()) {
		const kernel = new Kernel(new WebAssembly.Module(readFileSync(join(root, file))));
		this.#instance = new CoderInstance(kernel);
		this.#prover = new ProverInstance(kernel);
	}

	async encode(geometry: Geometry, payload: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
		return this.#instance.encode(geometry, payload);
	}

	async decode(geometry: Geometry, shares: readonly Share[]): Promise<Uint8Array<ArrayBuffer>> {
		return this.#instance.decode(geometry, shares);
	}

	async rebuild(
		geometry: Geometry,
		shares: readonly Share[],
		position: number
	): Promise<Uint8Array<ArrayBuffer>> {
		return this.#instance.rebuild(geometry, shares, position);
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

	async compress(bytes: Uint8Array): Promise<{ method: CompressionMethod; bytes: Uint8Array }> {
		return { method: 'stored', bytes };
	}

	async decompress(
		_method: CompressionMethod,
		bytes: Uint8Array,
		rawBytes: number
	): Promise<Uint8Array> {
		if (bytes.length !== rawBytes) throw new RangeError(`${bytes.length} bytes, not ${rawBytes}`);
		return bytes;
	}
}
