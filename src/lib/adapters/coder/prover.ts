/**
 * Compact proofs over an instance of the WASM, behind a synchronous interface (docs/adr/0005-wasm-abi.md). Sectors pass
 * through the instance's memory, records in slices of 256 of them.
 */
import type { ProofKeys, SampledSectors, SectorClaim } from '../../engine/ports.ts';
import { CoderMisuse } from './failures.ts';
import { accept, wrongProof, type Kernel } from './kernel.ts';

const keyBytes = 32;
const sectorBytes = 960;
const tagBytes = 16;
const proofBytes = 1296;
/** Sums over more samples than this would not fit 64 bits. */
const samplesMax = 511;
const fieldOrder = 2 ** 31 - 1;
/** Small enough to stay in the second-level cache, and even: pads come in pairs. */
const sliceSectors = 256;

/** The prover in the calling thread. Every method throws CoderMisuse or CoderPanic; after either it can be used again. */
export class ProverInstance {
	readonly #kernel: Kernel;

	constructor(kernel: Kernel) {
		this.#kernel = kernel;
	}

	/** A copy of the record with its tags behind it. */
	tag({ alpha, pad }: ProofKeys, record: Uint8Array): Uint8Array<ArrayBuffer> {
		if (record.length === 0) throw new CoderMisuse('an empty record');
		const sectors = Math.ceil(record.length / sectorBytes);
		const tagged = new Uint8Array(record.length + sectors * tagBytes);
		tagged.set(record);
		this.#kernel.run((exports) => {
			const memory = new Uint8Array(exports.memory.buffer);
			const [area, tags, keys] = [
				exports.prover_sectors(),
				exports.prover_tags(),
				exports.prover_keys()
			];
			memory.set(keyOf(alpha), keys);
			memory.set(keyOf(pad), keys + keyBytes);
			for (let first = 0; first < sectors; first += sliceSectors) {
				const count = Math.min(sliceSectors, sectors - first);
				const slice = record.subarray(first * sectorBytes, (first + count) * sectorBytes);
				memory.set(slice, area);
				memory.fill(0, area + slice.length, area + count * sectorBytes);
				accept(exports.prover_tag(first, count));
				const made = memory.subarray(tags, tags + count * tagBytes);
				tagged.set(made, record.length + first * tagBytes);
			}
		});
		return tagged;
	}

	/** The proof, 1,296 bytes. */
	combine({ sectors, tags, coefficients }: SampledSectors): Uint8Array<ArrayBuffer> {
		const samples = checkedCount(coefficients);
		if (sectors.length !== samples * sectorBytes || tags.length !== samples * tagBytes) {
			throw new CoderMisuse(`${sectors.length} and ${tags.length} bytes of ${samples} samples`);
		}
		return this.#kernel.run((exports) => {
			const memory = new Uint8Array(exports.memory.buffer);
			memory.set(sectors, exports.prover_sectors());
			memory.set(tags, exports.prover_tags());
			writeWords(memory, exports.prover_coefficients(), coefficients);
			accept(exports.prover_combine(samples));
			return memory.slice(exports.prover_proof(), exports.prover_proof() + proofBytes);
		});
	}

	/** Whether the proof is the one of the claimed sectors. */
	check(alpha: Uint8Array, claims: readonly SectorClaim[], proof: Uint8Array): boolean {
		const coefficients = claims.map(({ coefficient }) => coefficient);
		const samples = checkedCount(coefficients);
		const places = claims.map(({ sector }) => sector);
		if (!places.every(isPlace)) throw new CoderMisuse('a sector outside of any record');
		if (proof.length !== proofBytes) return false;
		return this.#kernel.run((exports) => {
			const memory = new Uint8Array(exports.memory.buffer);
			memory.set(keyOf(alpha), exports.prover_keys());
			const pads = exports.prover_pads();
			for (const [i, { pad }] of claims.entries()) memory.set(keyOf(pad), pads + i * keyBytes);
			writeWords(memory, exports.prover_places(), places);
			writeWords(memory, exports.prover_coefficients(), coefficients);
			memory.set(proof, exports.prover_proof());
			const status = exports.prover_check(samples);
			if (status !== wrongProof) accept(status);
			return status === 0;
		});
	}
}

function keyOf(key: Uint8Array): Uint8Array {
	if (key.length !== keyBytes) throw new CoderMisuse(`a key of ${key.length} bytes`);
	return key;
}

function checkedCount(coefficients: readonly number[]): number {
	const { length } = coefficients;
	if (length > samplesMax) throw new CoderMisuse(`${length} samples, ${samplesMax} at most`);
	const fit = (one: number): boolean => Number.isInteger(one) && one >= 0 && one < fieldOrder;
	if (!coefficients.every(fit)) throw new CoderMisuse('a coefficient outside of the field');
	return length;
}

function isPlace(sector: number): boolean {
	return Number.isInteger(sector) && sector >= 0 && sector < 2 ** 32;
}

/** WebAssembly's memory is little-endian on every machine. */
function writeWords(memory: Uint8Array, address: number, words: readonly number[]): void {
	const view = new DataView(memory.buffer, address, 4 * words.length);
	for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
}
