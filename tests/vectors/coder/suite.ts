/** The vectors against any implementation of the `Coder` port. Runs in Node and in browsers alike. */
import { expect, test } from 'vitest';
import type { Coder, Share } from '../../../src/lib/engine/ports.ts';
import leopard from './leopard.json';
import { seededBytes } from './payload.ts';
import type { StripeVector } from './payload.ts';
import stripes from './stripes.json';

/** Declares the tests. `open` is called by each of them; opening twice may give the same coder. */
export function coderVectors(open: () => Promise<Coder>): void {
	test('the parity of every stripe', async () => {
		const coder = await open();
		for (const vector of stripes as readonly StripeVector[]) {
			const { m, k, blockBytes, seed, paritySha256, parity } = vector;
			const stripe = await encoded(coder, vector);
			expect(stripe.length).toBe((m + k) * blockBytes);
			const payload = seededBytes(seed, m * blockBytes);
			expect(equalBytes(stripe.subarray(0, m * blockBytes), payload)).toBe(true);
			const found = stripe.slice(m * blockBytes);
			if (parity !== undefined) expect(hex(found)).toBe(parity);
			expect(await sha256(found), `${m} + ${k}`).toBe(paritySha256);
		}
	});

	test("Leopard's own parity", async () => {
		const coder = await open();
		for (const vector of leopard) {
			const stripe = await encoded(coder, vector);
			const parity = stripe.slice(vector.m * vector.blockBytes);
			expect(await sha256(parity), `${vector.m} + ${vector.k}`).toBe(vector.paritySha256);
		}
	});

	test('the payload of every stripe from its survivors', async () => {
		const coder = await open();
		for (const vector of stripes as readonly StripeVector[]) {
			const shares = survivingShares(vector, await encoded(coder, vector));
			const payload = seededBytes(vector.seed, vector.m * vector.blockBytes);
			const decoded = await coder.decode(vector, shares);
			expect(equalBytes(decoded, payload), `${vector.m} + ${vector.k}`).toBe(true);
		}
	});

	test('single blocks of every stripe from its survivors', async () => {
		const coder = await open();
		for (const vector of stripes as readonly StripeVector[]) {
			const { m, k, blockBytes } = vector;
			const stripe = await encoded(coder, vector);
			for (const position of new Set([0, m - 1, m, m + k - 1].filter((p) => p < m + k))) {
				const rebuilt = await coder.rebuild(vector, survivingShares(vector, stripe), position);
				const block = stripe.subarray(position * blockBytes, (position + 1) * blockBytes);
				expect(equalBytes(rebuilt, block), `${m} + ${k}, ${position}`).toBe(true);
			}
		}
	});
}

type Case = Pick<StripeVector, 'm' | 'k' | 'blockBytes' | 'seed'>;

function encoded(coder: Coder, vector: Case): Promise<Uint8Array<ArrayBuffer>> {
	return coder.encode(vector, seededBytes(vector.seed, vector.m * vector.blockBytes));
}

/** Copies, because coders own what they are given. */
function survivingShares({ survivors, blockBytes }: StripeVector, stripe: Uint8Array): Share[] {
	return survivors.map((position) => ({
		position,
		bytes: stripe.slice(position * blockBytes, (position + 1) * blockBytes)
	}));
}

/** `toEqual` takes seconds over a mebibyte. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
	return hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

function hex(bytes: Uint8Array): string {
	return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
