/**
 * Writes stripes.json and generators.json from the oracle: `npx tsx tests/vectors/coder/generate.ts`. They are constants of the
 * format: a change in them is a new format, never a repair.
 */
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { codeOf, encode, generator } from '../../oracle/reed-solomon.ts';
import { seededBytes } from './payload.ts';
import type { GeneratorVector, StripeVector } from './payload.ts';

const mebibyte = 1024 * 1024;

/** [m, k, blockBytes]: every special case, both sides of every padding, odd lengths around vectors, rows and slices. */
const stripes: readonly (readonly [number, number, number])[] = [
	[1, 0, 1],
	[1, 1, 1],
	[1, 3, 17],
	[1, 254, 3],
	[5, 0, 33],
	[2, 1, 1],
	[3, 1, 15],
	[17, 1, 1000],
	[254, 1, 9],
	[2, 2, 1],
	[2, 2, 16],
	[3, 2, 31],
	[4, 2, 33],
	[6, 3, 4097],
	[4, 4, 65537],
	[5, 7, 63],
	[7, 5, 65],
	[8, 8, 128],
	[9, 8, 2049],
	[10, 10, 1],
	[10, 10, 12345],
	[10, 20, 777],
	[16, 16, 255],
	[17, 16, 257],
	[20, 20, 32769],
	[29, 51, 1001],
	[33, 32, 511],
	[50, 10, 4096],
	[100, 30, 129],
	[200, 3, 100],
	[253, 2, 19],
	[192, 63, 17],
	[192, 63, 1],
	[127, 128, 35],
	[128, 127, 47],
	[128, 65, 16],
	[129, 65, 16],
	[129, 126, 18],
	[126, 129, 5],
	[200, 55, 21],
	[2, 253, 20],
	[3, 130, 4099],
	[1, 2, mebibyte],
	[4, 1, mebibyte],
	[3, 2, mebibyte],
	[10, 10, 262144],
	[10, 10, mebibyte],
	[129, 70, 8192]
];

const generators: readonly (readonly [number, number])[] = [
	[1, 3],
	[3, 1],
	[2, 2],
	[4, 2],
	[6, 3],
	[4, 4],
	[5, 7],
	[10, 10],
	[20, 20],
	[29, 51],
	[100, 30],
	[129, 65],
	[2, 253]
];

write('stripes', stripes.map(stripeVector));
write('generators', generators.map(generatorVector));

function stripeVector([m, k, blockBytes]: readonly [number, number, number]): StripeVector {
	const seed = 1 + m * 1_000_003 + k * 10_007 + blockBytes;
	const payload = seededBytes(seed, m * blockBytes);
	const data = Array.from({ length: m }, (_, i) =>
		payload.subarray(i * blockBytes, (i + 1) * blockBytes)
	);
	const parity = Buffer.concat(encode(data, k));
	const code = codeOf(m, k);
	const paritySha256 = createHash('sha256').update(parity).digest('hex');
	const short = parity.length <= 256 ? { parity: parity.toString('hex') } : {};
	return { m, k, blockBytes, code, seed, survivors: survivors(m, k, seed), paritySha256, ...short };
}

/** m of the positions, in the order of a seeded shuffle. */
function survivors(m: number, k: number, seed: number): number[] {
	const drawn = seededBytes(seed, 4 * (m + k));
	const keyed = Array.from({ length: m + k }, (_, position) => ({
		position,
		key: new DataView(drawn.buffer).getUint32(4 * position)
	}));
	return keyed
		.sort((a, b) => a.key - b.key)
		.slice(0, m)
		.map(({ position }) => position);
}

function generatorVector([m, k]: readonly [number, number]): GeneratorVector {
	const rows = generator(m, k).map((row) => Buffer.from(row).toString('hex'));
	return { m, k, code: codeOf(m, k), rows };
}

function write(name: string, vectors: readonly unknown[]): void {
	const lines = vectors.map((vector) => '\t' + JSON.stringify(vector));
	const file = new URL(`./${name}.json`, import.meta.url);
	writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`);
}
