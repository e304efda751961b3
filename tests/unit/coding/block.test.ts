import { describe, expect, test } from 'vitest';
import {
	blockHeaderBytes,
	openBlock,
	proofTagBytes,
	readBlockHeader,
	recordBytes,
	recordBytesMax,
	sealBlock,
	type BlockHeader
} from '../../../src/lib/engine/coding/block.ts';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import { nameOf, type StripeId } from '../../../src/lib/engine/identifiers.ts';
import { codingTools, mixedBytes, partner } from './tools.ts';

const tools = codingTools();
const block = mixedBytes(1000, 1);
const header: Omit<BlockHeader, 'salt' | 'proofTags'> = {
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
	expect(readBlockHeader(record)).toMatchObject({ ...header, proofTags: 'absent' });
	const opened = await openBlock(tools, header, record);
	expect(opened?.block).toEqual(block);
	expect(opened?.header.number).toBe(header.number);
});

test('every bit of it is bound', async () => {
	for (let bit = 0; bit < 8 * record.length; bit += bit < 8 * blockHeaderBytes ? 1 : 101) {
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
		expect([0, 1, 960, 961, 262_296].map(proofTagBytes)).toEqual([0, 16, 16, 32, 4384]);
	});

	test('may follow without changing what they prove', async () => {
		const tagged = new Uint8Array(record.length + proofTagBytes(record.length));
		tagged.set(record);
		expect(readBlockHeader(tagged).proofTags).toBe('written');
		expect((await openBlock(tools, header, tagged))?.block).toEqual(block);
	});

	test('come whole or not at all', () => {
		const tags = proofTagBytes(record.length);
		for (const extra of [-1, 1, tags - 1, tags + 1]) {
			const wrong = new Uint8Array(record.length + extra);
			wrong.set(record.subarray(0, wrong.length));
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
