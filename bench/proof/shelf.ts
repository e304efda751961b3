/**
 * A shelf of 10 GiB that takes no disk: every number holds the same tagged record, and what is read of it is counted.
 * With one salt for all, its owner can check what is proven.
 */
import type { DirectCoder } from '../../src/lib/adapters/coder/direct.ts';
import { alphaKey, padKey } from '../../src/lib/engine/coding/proof-keys.ts';
import { nameOf, type PeerId, type StripeId } from '../../src/lib/engine/identifiers.ts';
import { deriveKeyring } from '../../src/lib/engine/keys/keyring.ts';
import type { BlockStore } from '../../src/lib/engine/ports.ts';
import {
	answerProof,
	drawSamples,
	sampledNumbers,
	verifyProof,
	type ShelfBlock
} from '../../src/lib/engine/verify/proof.ts';

const shelfBytes = 10 * 2 ** 30;
/** Header, 256 KiB, tag. */
const untaggedBytes = 132 + 256 * 1024 + 16;
const keyring = deriveKeyring(new Uint8Array(32));
const place = {
	partner: nameOf<PeerId>(new Uint8Array(32).fill(1)),
	stripe: nameOf<StripeId>(new Uint8Array(16).fill(2)),
	position: 3,
	salt: new Uint8Array(32).fill(4)
};

export interface ProofTimes {
	readonly readBytes: number;
	/** Drawing, reading and combining, as the partner does. */
	readonly answerMs: number;
	/** Drawing and checking, as the owner does. */
	readonly checkMs: number;
}

export class VirtualShelf {
	readonly #prover: DirectCoder;
	readonly #record: Uint8Array<ArrayBuffer>;
	readonly #live: readonly ShelfBlock[];
	#readBytes = 0;

	private constructor(prover: DirectCoder, record: Uint8Array<ArrayBuffer>) {
		this.#prover = prover;
		this.#record = record;
		const blocks = Math.ceil(shelfBytes / record.length);
		this.#live = Array.from({ length: blocks }, (_, number) => ({ number, bytes: record.length }));
	}

	static async open(prover: DirectCoder): Promise<VirtualShelf> {
		const bytes = Uint8Array.from({ length: untaggedBytes }, (_, i) => (i * 2654435761) >>> 24);
		const keys = { alpha: alphaKey(keyring, place.partner), pad: padKey(keyring, place) };
		return new VirtualShelf(prover, await prover.tag(keys, bytes));
	}

	/** Throws when the proof is not right. */
	async prove(seed: Uint8Array): Promise<ProofTimes> {
		this.#readBytes = 0;
		const begin = performance.now();
		const asked = { owner: keyring.peer, samples: drawSamples(seed, this.#live), salts: false };
		const tools = { blocks: this.#blocks(), prover: this.#prover };
		const answer = await answerProof(tools, asked);
		const answered = performance.now();
		if (answer.kind !== 'proof') throw new Error('the shelf is not held');
		const samples = drawSamples(seed, this.#live);
		const blocks = sampledNumbers(samples).map((number) => ({ ...place, number }));
		const challenge = { partner: place.partner, samples, blocks };
		const verdict = await verifyProof({ keyring, prover: this.#prover }, challenge, answer);
		if (verdict !== 'right') throw new Error(`the proof is ${verdict}`);
		const checkMs = performance.now() - answered;
		return { readBytes: this.#readBytes, answerMs: answered - begin, checkMs };
	}

	#blocks(): Pick<BlockStore, 'read'> {
		return {
			read: async (_, pieces) =>
				pieces.map(({ offset, length }) => {
					this.#readBytes += length;
					return this.#record.slice(offset, offset + length);
				})
		};
	}
}
