/**
 * The erasure coder over an instance of the WASM, behind a synchronous interface (docs/adr/0005-wasm-abi.md).
 *
 * Blocks pass through the instance in slices of at most 32 KiB a row, whatever the stripe, and the rows in hand stay
 * in the processor's cache.
 */
import type { Geometry, Share } from '../../engine/ports.ts';
import { CoderMisuse } from './failures.ts';
import { accept, type Kernel, type KernelExports } from './kernel.ts';
import type { Variant } from './variants.ts';

const blocksMax = 255;

/** The coder in the calling thread. Every method throws CoderMisuse or CoderPanic; after either it can be used again. */
export class CoderInstance {
	readonly #kernel: Kernel;

	constructor(kernel: Kernel) {
		this.#kernel = kernel;
	}

	get variant(): Variant {
		return this.#kernel.variant;
	}

	/** Copies `payload` (m * blockBytes) and appends the parity: (m + k) * blockBytes. */
	encode(geometry: Geometry, payload: Uint8Array): Uint8Array<ArrayBuffer> {
		const { m, k, blockBytes } = checked(geometry);
		if (payload.length !== m * blockBytes) {
			throw new CoderMisuse(`payload of ${payload.length} bytes, not ${m} * ${blockBytes}`);
		}
		const stripe = new Uint8Array((m + k) * blockBytes);
		stripe.set(payload);
		this.fillParity(geometry, stripe);
		return stripe;
	}

	/** Computes the last k blocks of a stripe of (m + k) * blockBytes from its first m. */
	fillParity(geometry: Geometry, stripe: Uint8Array): void {
		const { m, k, blockBytes } = checked(geometry);
		if (stripe.length !== (m + k) * blockBytes) {
			throw new CoderMisuse(`stripe of ${stripe.length} bytes, not ${m + k} * ${blockBytes}`);
		}
		if (k === 0) return;
		const blocks = rowsOf(stripe, blockBytes);
		this.#kernel.run((exports) => {
			accept(exports.coder_prepare_encode(m, k));
			pass(exports, blocks.slice(0, m), blocks.slice(m), blockBytes);
		});
	}

	/** The payload (m * blockBytes) from any m or more distinct shares. Data blocks that are there are only copied. */
	decode(geometry: Geometry, shares: readonly Share[]): Uint8Array<ArrayBuffer> {
		const { m, blockBytes } = checked(geometry);
		const given = selected(geometry, shares);
		const payload = new Uint8Array(m * blockBytes);
		const blocks = rowsOf(payload, blockBytes);
		const present = new Set(given.map((share) => share.position));
		for (const share of given) blocks[share.position]?.set(share.bytes);
		const lost = blocks.flatMap((_, position) => (present.has(position) ? [] : [position]));
		this.#recover(geometry, given, lost, blocks);
		return payload;
	}

	/** The block at one position (blockBytes) from any m or more distinct shares. */
	rebuild(geometry: Geometry, shares: readonly Share[], position: number): Uint8Array<ArrayBuffer> {
		const { m, k, blockBytes } = checked(geometry);
		if (!isPosition(position, m + k)) throw new CoderMisuse(`position ${position} of ${m + k}`);
		const given = selected(geometry, shares);
		const block = new Uint8Array(blockBytes);
		const same = shares.find((share) => share.position === position);
		if (same === undefined) this.#recover(geometry, given, [position], { [position]: block });
		else block.set(same.bytes);
		return block;
	}

	/** Makes the WASM panic, for tests of what follows. */
	panic(): void {
		this.#kernel.run((exports) => exports.coder_panic());
	}

	/** Computes the blocks at the wanted positions into `blocks[position]`. */
	#recover(
		{ m, k, blockBytes }: Geometry,
		given: readonly Share[],
		wanted: readonly number[],
		blocks: Readonly<Record<number, Uint8Array>>
	): void {
		if (wanted.length === 0) return;
		const outputs = wanted.flatMap((position) => blocks[position] ?? []);
		this.#kernel.run((exports) => {
			const positions = new Uint8Array(exports.memory.buffer, exports.coder_positions());
			positions.set([...given.map((share) => share.position), ...wanted]);
			accept(exports.coder_prepare_recovery(m, k, given.length, wanted.length));
			const inputs = given.map((share) => share.bytes);
			pass(exports, inputs, outputs, blockBytes);
		});
	}
}

/** Sends the blocks through the instance's rows, slice by slice. */
function pass(
	exports: KernelExports,
	inputs: readonly Uint8Array[],
	outputs: readonly Uint8Array[],
	blockBytes: number
): void {
	const rows = exports.coder_rows();
	const rowBytes = exports.coder_row_bytes();
	const stride = exports.coder_row_stride();
	const memory = new Uint8Array(exports.memory.buffer);
	const firstOutput = rows + inputs.length * stride;
	for (let offset = 0; offset < blockBytes; offset += rowBytes) {
		const bytes = Math.min(rowBytes, blockBytes - offset);
		for (const [row, input] of inputs.entries()) {
			memory.set(input.subarray(offset, offset + bytes), rows + row * stride);
		}
		accept(exports.coder_run(bytes));
		for (const [row, output] of outputs.entries()) {
			const begin = firstOutput + row * stride;
			output.set(memory.subarray(begin, begin + bytes), offset);
		}
	}
}

function checked(geometry: Geometry): Geometry {
	const { m, k, blockBytes } = geometry;
	const whole = [m, k, blockBytes].every(Number.isSafeInteger);
	if (!whole || m < 1 || k < 0 || m + k > blocksMax || blockBytes < 1) {
		throw new CoderMisuse(`geometry ${m} + ${k}, blocks of ${blockBytes} bytes`);
	}
	return geometry;
}

/** The m shares to work with: data blocks first, because they need no arithmetic. */
function selected({ m, k, blockBytes }: Geometry, shares: readonly Share[]): readonly Share[] {
	const seen = new Set<number>();
	for (const { position, bytes } of shares) {
		if (!isPosition(position, m + k)) throw new CoderMisuse(`position ${position} of ${m + k}`);
		if (seen.has(position)) throw new CoderMisuse(`position ${position} twice`);
		if (bytes.length !== blockBytes) {
			throw new CoderMisuse(`share of ${bytes.length} bytes, not ${blockBytes}`);
		}
		seen.add(position);
	}
	if (shares.length < m) throw new CoderMisuse(`${shares.length} shares, ${m} needed`);
	return shares.toSorted((a, b) => a.position - b.position).slice(0, m);
}

function isPosition(position: number, blocks: number): boolean {
	return Number.isInteger(position) && position >= 0 && position < blocks;
}

/** Views of consecutive blocks. */
function rowsOf(stripe: Uint8Array, blockBytes: number): Uint8Array[] {
	return Array.from({ length: stripe.length / blockBytes }, (_, row) =>
		stripe.subarray(row * blockBytes, (row + 1) * blockBytes)
	);
}
