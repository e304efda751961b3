/** What a challenge asks and answers by compact proofs: the draw is the seed, the live list what is sampled. */
import type { LiveBlock } from '../archive/head.ts';
import type { PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Holdings } from '../partners/holdings.ts';
import type { BlockStore, HeldBlock, Prover } from '../ports.ts';
import type { ProofQuestion } from './challenges.ts';
import {
	answerProof,
	drawSamples,
	sampledNumbers,
	saltedBlocks,
	verifyProof,
	type ProofAnswer
} from './proof.ts';

export interface QuestionTools {
	readonly keyring: Keyring;
	readonly prover: Pick<Prover, 'check'>;
	readonly holdings: Pick<Holdings, 'proven' | 'keepSalts'>;
}

/** The owner's question about a shelf. Salts that it lost come back with a proof, and are kept if that is right. */
export async function proofQuestion(
	{ keyring, prover, holdings }: QuestionTools,
	partner: PeerId,
	seed: Uint8Array,
	live: readonly LiveBlock[]
): Promise<ProofQuestion> {
	const samples = drawSamples(seed, live);
	const blocks = await holdings.proven(partner, sampledNumbers(samples));
	const asked = { partner, samples, blocks };
	const salts = blocks.some(({ salt }) => salt === undefined);
	return {
		salts,
		judge: async (reply) => {
			const verdict = await verifyProof({ keyring, prover }, asked, reply);
			if (verdict === 'right' && salts) {
				await holdings.keepSalts(partner, saltedBlocks(asked, reply.salts));
			}
			return verdict;
		}
	};
}

/** The partner's answer about a shelf that it holds. */
export function proveShelf(
	tools: { readonly blocks: Pick<BlockStore, 'read'>; readonly prover: Pick<Prover, 'combine'> },
	question: {
		readonly owner: PeerId;
		readonly seed: Uint8Array;
		readonly live: readonly HeldBlock[];
		readonly salts: boolean;
	}
): Promise<ProofAnswer> {
	const { owner, seed, live, salts } = question;
	return answerProof(tools, { owner, samples: drawSamples(seed, live), salts });
}
