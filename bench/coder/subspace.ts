/**
 * `@subspace/reed-solomon-erasure.wasm`, by the steps of its own wrapper. The wrapper itself requires Node's `fs` while it
 * loads, which no worker has.
 */
const wasm = new URL(
	'../../node_modules/@subspace/reed-solomon-erasure.wasm/dist/reed_solomon_erasure_bg.wasm',
	import.meta.url
);

interface Exports {
	readonly memory: WebAssembly.Memory;
	__wbindgen_malloc(bytes: number): number;
	__wbindgen_free(address: number, bytes: number): void;
	encode(shards: number, bytes: number, m: number, k: number): number;
	reconstruct(
		shards: number,
		bytes: number,
		m: number,
		k: number,
		present: number,
		blocks: number
	): number;
}

export class Subspace {
	readonly #exports: Exports;

	private constructor(exports: Exports) {
		this.#exports = exports;
	}

	static async open(): Promise<Subspace> {
		const { instance } = await WebAssembly.instantiateStreaming(fetch(wasm));
		return new Subspace(instance.exports as unknown as Exports);
	}

	/** Fills in the parity of a stripe whose data is there. */
	encode(stripe: Uint8Array, m: number, k: number): void {
		const exports = this.#exports;
		const address = this.#put(stripe);
		accept(exports.encode(address, stripe.length, m, k));
		const dataBytes = (stripe.length / (m + k)) * m;
		const memory = new Uint8Array(exports.memory.buffer);
		stripe.set(memory.subarray(address + dataBytes, address + stripe.length), dataBytes);
		exports.__wbindgen_free(address, stripe.length);
	}

	/** Fills in the data of a stripe from the blocks that are present. */
	reconstruct(stripe: Uint8Array, m: number, k: number, present: readonly boolean[]): void {
		const exports = this.#exports;
		const address = this.#put(stripe);
		const flags = this.#put(Uint8Array.from(present, Number));
		accept(exports.reconstruct(address, stripe.length, m, k, flags, m + k));
		const dataBytes = (stripe.length / (m + k)) * m;
		stripe.set(new Uint8Array(exports.memory.buffer).subarray(address, address + dataBytes));
		exports.__wbindgen_free(address, stripe.length);
		exports.__wbindgen_free(flags, m + k);
	}

	#put(bytes: Uint8Array): number {
		const address = this.#exports.__wbindgen_malloc(bytes.length);
		new Uint8Array(this.#exports.memory.buffer).set(bytes, address);
		return address;
	}
}

function accept(status: number): void {
	if (status !== 0) throw new Error(`subspace answered ${status}`);
}
