/** The real erasure coder in the calling thread, and a compressor that leaves the little payload as it is. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CoderInstance } from '../../../src/lib/adapters/coder/instance.ts';
import type {
	Coder,
	CompressionMethod,
	Compressor,
	Geometry,
	Share
} from '../../../src/lib/engine/ports.ts';

/** The build of the coder that every Node runs. */
const file = 'src/lib/wasm-rs/dist/coder-simd.wasm';

export class SimCoder implements Coder, Compressor {
	readonly #instance: CoderInstance;

	/** `root` is the project's folder. */
	constructor(root = process.cwd()) {
		this.#instance = new CoderInstance(new WebAssembly.Module(readFileSync(join(root, file))));
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
