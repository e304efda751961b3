import { describe, expect, test } from 'vitest';
import {
	blockHeaderBytes,
	openBlock,
	readBlockHeader,
	recordBytes,
	recordBytesMax,
	saltOf,
	sealBlock,
	sealedBytes,
	type BlockHeader
} from '../../../src/lib/engine/coding/block.ts';
import { alphaKey, padKey } from '../../../src/lib/engine/coding/proof-keys.ts';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import { nameOf, type StripeId } from '../../../src/lib/engine/identifiers.ts';
import { codingTools, mixedBytes, partner } from './tools.ts';

const tools = codingTools();
const block = mixedBytes(1000, 1);
const header: Omit<BlockHeader, 'salt'> = {
	owner: tools.keyring.peer,
	partner: partner(1),
	stripe: nameOf<StripeId>(new Uint8Array(16).fill(2)),
	position: 5,
	number: 2 ** 40 + 3,
	geometry: { m: 4, k: 4, blockBytes: 1000 }
};
const record = await sealBlock(tools, header, block);

test('a record says what it is, and opens', async () => {
	expect(record).toHaveLength(recordBytes(1000));
	expect(readBlockHeader(record)).toEqual({ ...header, salt: saltOf(record) });
	const opened = await openBlock(tools, header, record);
	expect(opened?.block).toEqual(block);
	expect(opened?.header.number).toBe(header.number);
});

test('every bit before the proof tags is bound', async () => {
	const bits = 8 * sealedBytes(1000);
	for (let bit = 0; bit < bits; bit += bit < 8 * blockHeaderBytes ? 1 : 101) {
		const changed = record.slice();
		changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
		expect(await openBlock(tools, header, changed), `bit ${bit}`).toBeUndefined();
	}
});

test('it is nobody else’s block', async () => {
	const others = [
		{ ...header, owner: partner(9) },
		{ ...header, partner: partner(2) },
		{ ...header, stripe: nameOf<StripeId>(new Uint8Array(16)) },
		{ ...header, position: 4 },
		{ ...header, number: 7 }
	];
	for (const expected of others) {
		expect(await openBlock(tools, expected, record)).toBeUndefined();
	}
	expect(await openBlock(codingTools(1, 8), header, record)).toBeUndefined();
	const { number, ...unnumbered } = header;
	expect((await openBlock(tools, unnumbered, record))?.header.number).toBe(number);
});

test('a header rewritten for another place does not open there', async () => {
	const other = await sealBlock(tools, { ...header, position: 4, partner: partner(2) }, block);
	const forged = record.slice();
	forged.set(other.subarray(0, blockHeaderBytes));
	expect(
		await openBlock(tools, { ...header, position: 4, partner: partner(2) }, forged)
	).toBeUndefined();
});

test('two records of one block have nothing in common but the header', async () => {
	const again = await sealBlock(tools, header, block);
	const from = blockHeaderBytes - 32;
	expect(again.subarray(0, from)).toEqual(record.subarray(0, from));
	const equal = again.subarray(from).filter((byte, i) => byte === record[from + i]).length;
	expect(equal).toBeLessThan(30);
});

describe('proof tags', () => {
	test('take 16 bytes for each started sector of 960', () => {
		const lengths = [1, 812, 813, 262_144].map((bytes) => recordBytes(bytes) - sealedBytes(bytes));
		expect(lengths).toEqual([16, 16, 32, 4384]);
	});

	test('are those of the record for its partner and salt', async () => {
		const { keyring, prover } = tools;
		const pad = padKey(keyring, { ...header, salt: saltOf(record) });
		const keys = { alpha: alphaKey(keyring, header.partner), pad };
		expect(await prover.tag(keys, record.slice(0, sealedBytes(1000)))).toEqual(record);
	});

	test('do no harm to the block when they are wrong', async () => {
		const rotten = record.slice();
		rotten.fill(0, sealedBytes(1000));
		expect((await openBlock(tools, header, rotten))?.block).toEqual(block);
	});

	test('come whole, and always', () => {
		for (const length of [sealedBytes(1000), record.length - 1, record.length + 1]) {
			const wrong = new Uint8Array(length);
			wrong.set(record.subarray(0, length));
			expect(() => readBlockHeader(wrong)).toThrow(Malformed);
		}
	});
});

test('impossible headers are refused at both ends', async () => {
	const impossible: Partial<BlockHeader>[] = [
		{ owner: partner(1) },
		{ position: 8 },
		{ position: -1 },
		{ number: 2 ** 48 },
		{ geometry: { m: 0, k: 4, blockBytes: 1000 } },
		{ geometry: { m: 200, k: 56, blockBytes: 1000 } },
		{ geometry: { m: 4, k: 4, blockBytes: 999 } },
		{ geometry: { m: 4, k: 4, blockBytes: 2 ** 20 + 1 } }
	];
	for (const change of impossible) {
		await expect(sealBlock(tools, { ...header, ...change }, block)).rejects.toThrow(RangeError);
	}
	for (const [at, value] of [
		[0, 0],
		[4, 2],
		[5, 0],
		[6, 0],
		[12, 8],
		[13, 1]
	] as const) {
		const changed = record.slice();
		changed[at] = value;
		expect(() => readBlockHeader(changed)).toThrow(Malformed);
	}
	expect(() => readBlockHeader(new Uint8Array(recordBytesMax + 1))).toThrow(Malformed);
});
