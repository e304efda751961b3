/**
 * One live instance of src/lib/wasm-rs behind its raw interface (docs/adr/0005-wasm-abi.md). The coder and the prover
 * of a thread share it: its memory has a fixed size of about 1 MiB, and calls follow one another.
 */
import { CoderMisuse, CoderPanic } from './failures.ts';
import type { Variant } from './variants.ts';

const abiVersion = 2;
const variantNames: readonly Variant[] = ['scalar', 'simd', 'relaxed'];

/** The exports of src/lib/wasm-rs/src/abi.rs. Addresses and lengths are bytes in `memory`. */
export interface KernelExports {
	readonly memory: WebAssembly.Memory;
	coder_abi_version(): number;
	coder_variant(): number;
	coder_open(): void;
	coder_prepare_encode(m: number, k: number): number;
	coder_positions(): number;
	coder_prepare_recovery(m: number, k: number, given: number, wanted: number): number;
	coder_rows(): number;
	coder_row_bytes(): number;
	coder_row_stride(): number;
	coder_run(bytes: number): number;
	coder_panic(): void;
	coder_panic_line(): number;
	prover_sectors(): number;
	prover_tags(): number;
	prover_keys(): number;
	prover_coefficients(): number;
	prover_pads(): number;
	prover_places(): number;
	prover_proof(): number;
	prover_tag(first: number, sectors: number): number;
	prover_combine(samples: number): number;
	prover_check(samples: number): number;
}

export class Kernel {
	readonly #module: WebAssembly.Module;
	#exports: KernelExports | undefined;

	/** Throws when the module is of another version. */
	constructor(module: WebAssembly.Module) {
		this.#module = module;
		this.#exports = instantiate(module);
	}

	get variant(): Variant {
		return variantNames[this.#live().coder_variant()] ?? 'scalar';
	}

	/**
	 * Works with the instance, synchronously. A trap leaves it in an unknown state: it is dropped, the caller learns
	 * by a CoderPanic where it happened, and the next call gets a fresh one.
	 */
	run<T>(work: (exports: KernelExports) => T): T {
		const exports = this.#live();
		try {
			return work(exports);
		} catch (error) {
			if (error instanceof CoderMisuse) throw error;
			this.#exports = undefined;
			if (error instanceof WebAssembly.RuntimeError) {
				throw new CoderPanic(exports.coder_panic_line());
			}
			throw error;
		}
	}

	#live(): KernelExports {
		this.#exports ??= instantiate(this.#module);
		return this.#exports;
	}
}

/** What an export answers when a proof is not the one of the claimed sectors. */
export const wrongProof = 6;

/** Throws CoderMisuse for the numbers of src/lib/wasm-rs/src/geometry.rs, Refusal. */
export function accept(status: number): void {
	if (status === 0) return;
	const reasons = ['', 'geometry', 'positions', 'bytes', 'nothing prepared', 'samples', 'proof'];
	throw new CoderMisuse(`the coder refused: ${reasons[status] ?? status}`);
}

function instantiate(module: WebAssembly.Module): KernelExports {
	const exports = new WebAssembly.Instance(module).exports as unknown as KernelExports;
	const version = exports.coder_abi_version();
	if (version !== abiVersion) {
		throw new Error(`coder ABI version ${version}, this program speaks ${abiVersion}`);
	}
	exports.coder_open();
	return exports;
}
