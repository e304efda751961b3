import { describe, expect, test } from 'vitest';
import {
	answerProof,
	drawSamples,
	proofBytes,
	sampledNumbers,
	verifyProof,
	type ProofAnswer
} from '../../../src/lib/engine/verify/proof.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { answer, saltless, shelfAt, verdict, type Shelf } from './shelf.ts';

const random = new SeededRandom('proofs');
const shelf = await shelfAt('anna', 'bert', [1, 960, 961, 5000, 20_000]);
const seed = random.bytes(32);

function proofOf(answered: ProofAnswer): Uint8Array {
	if (answered.kind !== 'proof') throw new Error(`${answered.kind} where a proof was expected`);
	return answered.proof;
}

describe('a partner that holds everything', () => {
	test('answers with 1,296 bytes, and rightly', async () => {
		const answered = await answer(shelf, seed);
		expect(proofOf(answered)).toHaveLength(1296);
		expect(proofBytes).toBe(1296);
		expect(await verdict(shelf, seed, answered)).toBe('right');
	});

	test('answers every seed rightly', async () => {
		for (let i = 0; i < 10; i++) {
			const other = random.bytes(32);
			expect(await verdict(shelf, other, await answer(shelf, other))).toBe('right');
		}
	});

	test('is right about a shelf without blocks', async () => {
		const empty = { ...shelf, live: [], blocks: [] };
		const answered = await answer(empty, seed);
		expect(proofOf(answered)).toEqual(new Uint8Array(1296));
		expect(await verdict(empty, seed, answered)).toBe('right');
	});
});

describe('an owner that lost the salts', () => {
	test('cannot judge without them', async () => {
		expect(await verdict(saltless(shelf), seed, await answer(shelf, seed))).toBe('salts-missing');
	});

	test('gets those of the sampled blocks with the reply, and can judge', async () => {
		const answered = await answer(shelf, seed, true);
		const numbers = sampledNumbers(drawSamples(seed, shelf.live));
		const salts = numbers.map((n) => shelf.blocks.find(({ number }) => number === n)?.salt);
		expect(answered).toMatchObject({ salts });
		expect(await verdict(saltless(shelf), seed, answered)).toBe('right');
	});

	test('is not deceived by other salts, too few of them, or short ones', async () => {
		const proof = proofOf(await answer(shelf, seed));
		const count = sampledNumbers(drawSamples(seed, shelf.live)).length;
		const judged = (salts: readonly Uint8Array[]) =>
			verdict(saltless(shelf), seed, { kind: 'proof', proof, salts });
		expect(await judged(Array.from({ length: count }, () => random.bytes(32)))).toBe('wrong');
		expect(await judged([random.bytes(32)])).toBe('salts-missing');
		expect(await judged(Array.from({ length: count }, () => new Uint8Array(31)))).toBe(
			'salts-missing'
		);
	});
});

describe('a partner that lost something', () => {
	test.each([
		['in the header', 20],
		['in the sealed block', 400],
		['in the last sector', 5131],
		['in a tag', 5133 + 7]
	])('is found out by one flipped bit %s', async (_, offset) => {
		const rotten = await shelfAt('anna', 'bert', [5000]);
		const number = rotten.live[0]?.number ?? 0;
		rotten.store.rot(rotten.owner, number, offset);
		expect(await verdict(rotten, seed, await answer(rotten, seed))).toBe('wrong');
	});

	test('says which blocks it does not hold', async () => {
		const lossy = await shelfAt('anna', 'bert', [2000, 3000, 4000, 5000]);
		const [, second, , fourth] = lossy.live.map(({ number }) => number);
		if (second === undefined || fourth === undefined) throw new Error('too few blocks');
		lossy.store.lose(lossy.owner, fourth);
		lossy.store.lose(lossy.owner, second);
		expect(await answer(lossy, seed)).toEqual({ kind: 'not-held', numbers: [second, fourth] });
	});

	test('does not hold a block that is shorter than the owner says', async () => {
		const live = shelf.live.map((block) => ({ ...block, bytes: block.bytes + 976 }));
		expect(await answer({ ...shelf, live }, seed)).toMatchObject({ kind: 'not-held' });
	});
});

describe('a reply that was not made for this question fails', () => {
	const wrong = async (asked: Shelf, reply: ProofAnswer) => {
		expect(await verdict(asked, seed, reply)).toBe('wrong');
	};

	test('one to another seed, and so every stale one', async () => {
		await wrong(shelf, await answer(shelf, random.bytes(32)));
	});

	test('one from another partner with blocks of the same stripes', async () => {
		await wrong(
			shelf,
			await answer(await shelfAt('anna', 'carl', [1, 960, 961, 5000, 20_000]), seed)
		);
	});

	test('one about the shelf of another owner', async () => {
		await wrong(
			shelf,
			await answer(await shelfAt('dora', 'bert', [1, 960, 961, 5000, 20_000]), seed)
		);
	});

	test('one from records of an earlier write of the same blocks', async () => {
		const rewritten = await shelfAt('anna', 'bert', [1, 960, 961, 5000, 20_000], 'again');
		await wrong(rewritten, await answer(shelf, seed));
	});

	test('one in which a bit is flipped, or which has another length', async () => {
		const proof = proofOf(await answer(shelf, seed));
		for (const bit of [0, 31, 320 * 32 - 1, 320 * 32, 1296 * 8 - 1]) {
			const flipped = proof.slice();
			flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
			await wrong(shelf, { kind: 'proof', proof: flipped });
		}
		await wrong(shelf, { kind: 'proof', proof: proof.subarray(4) });
		await wrong(shelf, { kind: 'proof', proof: new Uint8Array() });
		await wrong(shelf, { kind: 'proof', proof: Uint8Array.from([...proof, 0]) });
	});

	test('nothing at all', async () => {
		await wrong(shelf, { kind: 'proof', proof: new Uint8Array(1296) });
	});
});

test('a challenge whose sampled blocks are not given is a mistake of ours', async () => {
	const samples = drawSamples(seed, shelf.live);
	const challenge = { partner: shelf.partner, samples, blocks: [] };
	const proof = new Uint8Array(proofBytes);
	await expect(verifyProof(shelf, challenge, { proof })).rejects.toThrow(RangeError);
});

test('a partner reads what was sampled, and no more', async () => {
	const read: number[] = [];
	const blocks: Parameters<typeof answerProof>[0]['blocks'] = {
		read: (owner, pieces) => {
			read.push(...pieces.map(({ length }) => length));
			return shelf.store.read(owner, pieces);
		}
	};
	const samples = drawSamples(seed, shelf.live);
	await answerProof({ ...shelf, blocks }, { owner: shelf.owner, samples, salts: false });
	const total = read.reduce((sum, length) => sum + length, 0);
	expect(total).toBeLessThanOrEqual(samples.length * 976);
});
