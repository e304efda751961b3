/** The vectors against any implementation of the `Prover` port. Runs in Node and in browsers alike. */
import { expect, test } from 'vitest';
import type { Prover } from '../../../src/lib/engine/ports.ts';
import { equalBytes } from '../coder/suite.ts';
import {
	hexOf,
	keyOf,
	recordOf,
	sampled,
	type ProofVector,
	type RecordVector,
	type TagVector
} from './material.ts';
import proofs from './proofs.json';
import tags from './tags.json';

const proofVectorList = proofs as unknown as readonly ProofVector[];
const tagVectorList: readonly TagVector[] = tags;

/** Declares the tests. `open` is called by each of them; opening twice may give the same prover. */
export function proofVectors(open: () => Promise<Prover>): void {
	test('the tags of every record', async () => {
		const prover = await open();
		for (const vector of tagVectorList) {
			const tagged = await tag(prover, vector.alpha, vector);
			const found = tagged.slice(vector.bytes);
			const name = `${vector.bytes} bytes`;
			expect(equalBytes(tagged.subarray(0, vector.bytes), recordOf(vector)), name).toBe(true);
			if (vector.tags !== undefined) expect(hexOf(found), name).toBe(vector.tags);
			const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', found));
			expect(hexOf(digest), name).toBe(vector.tagsSha256);
		}
	});

	test('the proof of every selection of samples', async () => {
		const prover = await open();
		for (const vector of proofVectorList) {
			expect(hexOf(await prove(prover, vector))).toBe(vector.proof);
		}
	});

	test('every proof is right, and wrong with any word changed', async () => {
		const prover = await open();
		for (const { alpha, records, samples, proof } of proofVectorList) {
			const claims = samples.map(([record, sector, coefficient]) => {
				return { pad: keyOf(records[record]?.pad ?? 0), sector, coefficient };
			});
			const bytes = Uint8Array.from(proof.match(/../g) ?? [], (pair) => parseInt(pair, 16));
			const judged = (changed: Uint8Array) => prover.check(keyOf(alpha), claims, changed);
			expect(await judged(bytes)).toBe(true);
			for (const word of [0, 1, 160, 319, 320, 321, 322, 323]) {
				const changed = bytes.slice();
				changed[4 * word] = (changed[4 * word] ?? 0) ^ 1;
				expect(await judged(changed), `word ${word}`).toBe(false);
			}
		}
	});
}

function tag(prover: Prover, alpha: number, record: RecordVector): Promise<Uint8Array> {
	return prover.tag({ alpha: keyOf(alpha), pad: keyOf(record.pad) }, recordOf(record));
}

async function prove(
	prover: Prover,
	{ alpha, records, samples }: ProofVector
): Promise<Uint8Array> {
	const tagged = await Promise.all(records.map((record) => tag(prover, alpha, record)));
	const sectors = new Uint8Array(960 * samples.length);
	const tags = new Uint8Array(16 * samples.length);
	for (const [i, [record, place]] of samples.entries()) {
		const bytes = records[record]?.bytes ?? 0;
		const found = sampled(tagged[record] ?? new Uint8Array(), bytes, place);
		sectors.set(found.sector, 960 * i);
		tags.set(found.tag, 16 * i);
	}
	const coefficients = samples.map(([, , coefficient]) => coefficient);
	return prover.combine({ sectors, tags, coefficients });
}
