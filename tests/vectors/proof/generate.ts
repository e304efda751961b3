/**
 * Writes tags.json, proofs.json and samples.json: `npx tsx tests/vectors/proof/generate.ts`. Tags and proofs come from the
 * oracle. They are constants of the format: a change in them is a new format, never a repair.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { drawSamples } from '../../../src/lib/engine/verify/samples.ts';
import { OracleProver } from '../../oracle/proof.ts';
import { seededBytes } from '../coder/payload.ts';
import {
	hexOf,
	keyOf,
	recordOf,
	sampled,
	type DrawVector,
	type ProofVector,
	type RecordVector,
	type TagVector
} from './material.ts';

const oracle = new OracleProver();
const greatest = 2 ** 31 - 2;

/** Both sides of an element, a vector, a sector, a run of eight sectors, a slice of 256, and whole blocks. */
const lengths = [
	1, 2, 3, 4, 16, 47, 48, 212, 959, 960, 961, 1921, 7680, 7681, 15_361, 245_760, 245_761, 262_292,
	1_048_724
];

write('tags', [
	...(await Promise.all(lengths.map((bytes, i) => tagVector({ bytes, seed: i + 1, pad: 100 + i }, 7)))),
	await tagVector({ bytes: 245_761, fill: 255, pad: 200 }, 8),
	await tagVector({ bytes: 2000, fill: 0, pad: 201 }, 9),
	await tagVector({ bytes: 2000, seed: 3, pad: 202 }, 10)
]);
write('proofs', [
	await proofVector(11, [], []),
	await proofVector(12, [{ bytes: 1, seed: 1, pad: 1 }], [[0, 0, 1]]),
	await proofVector(13, records(3, 5000), spread(3, 6, 18)),
	await proofVector(14, records(5, 100_000), spread(5, 105, 460)),
	await proofVector(15, [{ bytes: 511 * 960, fill: 255, pad: 5 }], fullHouse())
]);
write('samples', [
	drawVector(1, [[5, 976]]),
	drawVector(2, [
		[2, 266_676],
		[3, 228],
		[9, 1_066_212],
		[2 ** 40, 266_676]
	]),
	drawVector(
		3,
		Array.from({ length: 300 }, (_, i) => [7 * i, 266_676] as const)
	)
]);

function records(count: number, bytes: number): RecordVector[] {
	return Array.from({ length: count }, (_, i) => ({ bytes: bytes - i, seed: 50 + i, pad: 60 + i }));
}

/** Samples in the order of a proof, with coefficients from both ends of the field and between. */
function spread(count: number, sectors: number, samples: number): ProofVector['samples'] {
	const view = new DataView(seededBytes(count, 4 * samples).buffer);
	return Array.from({ length: samples }, (_, i) => {
		const place = Math.floor((i * count * sectors) / samples);
		const coefficient = [1, greatest][i] ?? (view.getUint32(4 * i) % greatest) + 1;
		return [Math.floor(place / sectors), place % sectors, coefficient] as const;
	});
}

/** As many samples as there may be, all as great as they may be. */
function fullHouse(): ProofVector['samples'] {
	return Array.from({ length: 511 }, (_, sector) => [0, sector, greatest] as const);
}

async function tagVector(record: RecordVector, alpha: number): Promise<TagVector> {
	const keys = { alpha: keyOf(alpha), pad: keyOf(record.pad) };
	const tags = (await oracle.tag(keys, recordOf(record))).subarray(record.bytes);
	const tagsSha256 = createHash('sha256').update(tags).digest('hex');
	return { alpha, ...record, tagsSha256, ...(tags.length <= 64 ? { tags: hexOf(tags) } : {}) };
}

async function proofVector(
	alpha: number,
	recordVectors: readonly RecordVector[],
	samples: ProofVector['samples']
): Promise<ProofVector> {
	const tagged = await Promise.all(
		recordVectors.map((record) =>
			oracle.tag({ alpha: keyOf(alpha), pad: keyOf(record.pad) }, recordOf(record))
		)
	);
	const read = samples.map(([record, sector]) =>
		sampled(tagged[record] ?? new Uint8Array(), recordVectors[record]?.bytes ?? 0, sector)
	);
	const proof = await oracle.combine({
		sectors: Uint8Array.from(read.flatMap(({ sector }) => [...sector])),
		tags: Uint8Array.from(read.flatMap(({ tag }) => [...tag])),
		coefficients: samples.map(([, , coefficient]) => coefficient)
	});
	return { alpha, records: recordVectors, samples, proof: hexOf(proof) };
}

function drawVector(seed: number, shelf: DrawVector['shelf']): DrawVector {
	const key = keyOf(seed);
	const drawn = drawSamples(
		key,
		shelf.map(([number, bytes]) => ({ number, bytes }))
	);
	const samples = drawn.map(({ number, sector, coefficient }) => [number, sector, coefficient] as const);
	return { seed: hexOf(key), shelf, samples };
}

function write(name: string, vectors: readonly unknown[]): void {
	const lines = vectors.map((vector) => '\t' + JSON.stringify(vector));
	const file = new URL(`./${name}.json`, import.meta.url);
	writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`);
}
