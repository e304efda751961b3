/**
 * The compact proof as docs/format/proof.md says it, in whole numbers and without a thought of speed: what the kernel is
 * held against.
 */
import { chacha20 } from '@noble/ciphers/chacha.js';
import type { ProofKeys, Prover, SampledSectors, SectorClaim } from '../../src/lib/engine/ports.ts';

/** The order of the field. */
export const p = 2n ** 31n - 1n;
const lanes = 4;
const elements = 320;
const sectorBytes = 3 * elements;
const tagBytes = 4 * lanes;

export class OracleProver implements Prover {
	tag(keys: ProofKeys, record: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
		const alphas = alphasOf(keys.alpha);
		const tags: number[] = [];
		for (let sector = 0; sector * sectorBytes < record.length; sector++) {
			const bytes = record.subarray(sector * sectorBytes, (sector + 1) * sectorBytes);
			const sum = weighed(alphas, elementsOf(bytes));
			tags.push(...words(padOf(keys.pad, sector).map((pad, t) => (pad + (sum[t] ?? 0n)) % p)));
		}
		return Promise.resolve(Uint8Array.from([...record, ...tags]));
	}

	combine({ sectors, tags, coefficients }: SampledSectors): Promise<Uint8Array<ArrayBuffer>> {
		const mu = Array.from({ length: elements }, () => 0n);
		const sigma = Array.from({ length: lanes }, () => 0n);
		for (const [i, coefficient] of coefficients.entries()) {
			const sector = elementsOf(sectors.subarray(i * sectorBytes, (i + 1) * sectorBytes));
			const tag = wordsOf(tags.subarray(i * tagBytes, (i + 1) * tagBytes));
			for (const [j, element] of sector.entries()) mu[j] = addTo(mu[j], coefficient, element);
			for (const [t, word] of tag.entries()) sigma[t] = addTo(sigma[t], coefficient, word);
		}
		return Promise.resolve(Uint8Array.from([...words(mu), ...words(sigma)]));
	}

	check(alpha: Uint8Array, claims: readonly SectorClaim[], proof: Uint8Array): Promise<boolean> {
		const given = wordsOf(proof);
		if (proof.length !== 4 * (elements + lanes) || given.some((word) => word >= p)) {
			return Promise.resolve(false);
		}
		const expected = weighed(alphasOf(alpha), given.slice(0, elements));
		for (const { pad, sector, coefficient } of claims) {
			for (const [t, word] of padOf(pad, sector).entries()) {
				expected[t] = addTo(expected[t], coefficient, word);
			}
		}
		return Promise.resolve(expected.every((sum, t) => sum === given[elements + t]));
	}
}

/** Element j weighs alphas[4 j + t] in lane t. */
function alphasOf(key: Uint8Array): readonly bigint[] {
	return fieldWords(key, 0, elements * lanes);
}

function padOf(key: Uint8Array, sector: number): bigint[] {
	return fieldWords(key, sector * lanes, lanes);
}

/** Words from the keystream, of 8 bytes each, little-endian, modulo p. */
function fieldWords(key: Uint8Array, from: number, count: number): bigint[] {
	const stream = chacha20(key, new Uint8Array(12), new Uint8Array(8 * (from + count)));
	const view = new DataView(stream.buffer, stream.byteOffset);
	return Array.from({ length: count }, (_, i) => view.getBigUint64(8 * (from + i), true) % p);
}

/** 320 numbers of 3 bytes, little-endian; what is missing is zero. */
function elementsOf(sector: Uint8Array): bigint[] {
	const byte = (i: number): bigint => BigInt(sector[i] ?? 0);
	return Array.from(
		{ length: elements },
		(_, j) => byte(3 * j) + 256n * byte(3 * j + 1) + 65536n * byte(3 * j + 2)
	);
}

function weighed(alphas: readonly bigint[], numbers: readonly bigint[]): bigint[] {
	return Array.from({ length: lanes }, (_, t) =>
		numbers.reduce((sum, number, j) => addTo(sum, alphas[lanes * j + t] ?? 0n, number), 0n)
	);
}

function addTo(sum = 0n, factor: bigint | number, number: bigint): bigint {
	return (sum + BigInt(factor) * number) % p;
}

function words(numbers: readonly bigint[]): Uint8Array {
	return new Uint8Array(Uint32Array.from(numbers, Number).buffer);
}

function wordsOf(bytes: Uint8Array): bigint[] {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const count = Math.floor(bytes.length / 4);
	return Array.from({ length: count }, (_, i) => BigInt(view.getUint32(4 * i, true)));
}
