/** A shelf of tagged records at a partner, and both sides of a challenge about it. */
import { openDirectCoder } from '../../../src/lib/adapters/coder/direct.ts';
import { alphaKey, padKey } from '../../../src/lib/engine/coding/proof-keys.ts';
import { nameOf, type PeerId, type StripeId } from '../../../src/lib/engine/identifiers.ts';
import { deriveKeyring, type Keyring } from '../../../src/lib/engine/keys/keyring.ts';
import type { Prover } from '../../../src/lib/engine/ports.ts';
import {
	answerProof,
	drawSamples,
	verifyProof,
	type ProofAnswer,
	type ProofVerdict,
	type ProvenBlock,
	type ShelfBlock
} from '../../../src/lib/engine/verify/proof.ts';
import { MemoryBlockStore } from '../../doubles/blocks.ts';
import { SeededRandom } from '../../doubles/random.ts';

export interface Shelf {
	readonly owner: PeerId;
	readonly partner: PeerId;
	readonly keyring: Keyring;
	readonly prover: Prover;
	readonly store: MemoryBlockStore;
	/** What both sides know of it. */
	readonly live: readonly ShelfBlock[];
	/** The owner's account. */
	readonly blocks: readonly ProvenBlock[];
}

const prover = await openDirectCoder();
const headerBytes = 132;
const saltOffset = 100;

/** Blocks of these lengths behind their headers. Names decide keys, stripes and contents; `write` the salts. */
export async function shelfAt(
	owner: string,
	partner: string,
	lengths: readonly number[],
	write = 'first'
): Promise<Shelf> {
	const keyring = deriveKeyring(new SeededRandom(owner).bytes(32));
	const shelf = {
		owner: keyring.peer,
		partner: deriveKeyring(new SeededRandom(partner).bytes(32)).peer,
		keyring,
		prover,
		store: new MemoryBlockStore(),
		live: [] as ShelfBlock[],
		blocks: [] as ProvenBlock[]
	};
	for (const [i, length] of lengths.entries()) {
		const random = new SeededRandom(`${owner} ${String(i)}`);
		const place = {
			number: 2 * i + 1,
			stripe: nameOf<StripeId>(random.bytes(16)),
			position: i % 7
		};
		const salt = new SeededRandom(`${partner} ${write} ${String(i)}`).bytes(32);
		const record = random.bytes(headerBytes + length);
		record.set(salt, saltOffset);
		const pad = padKey(keyring, { ...place, partner: shelf.partner, salt });
		const tagged = await prover.tag({ alpha: alphaKey(keyring, shelf.partner), pad }, record);
		const bytes = tagged.length;
		await shelf.store.put({ ...place, owner: shelf.owner, bytes }, tagged);
		shelf.live.push({ number: place.number, bytes });
		shelf.blocks.push({ ...place, salt });
	}
	return shelf;
}

/** What the partner says to a seed. */
export function answer(shelf: Shelf, seed: Uint8Array, salts = false): Promise<ProofAnswer> {
	const { owner, store, live } = shelf;
	const samples = drawSamples(seed, live);
	return answerProof({ blocks: store, prover }, { owner, samples, salts });
}

/** What the owner makes of it. Throws unless it is a proof. */
export function verdict(
	shelf: Shelf,
	seed: Uint8Array,
	answered: ProofAnswer
): Promise<ProofVerdict> {
	if (answered.kind !== 'proof') throw new Error(`${answered.kind} where a proof was expected`);
	const { partner, live, blocks } = shelf;
	const samples = drawSamples(seed, live);
	return verifyProof(shelf, { partner, samples, blocks }, answered);
}

/** The same shelf, as its owner knows it after a restore. */
export function saltless(shelf: Shelf): Shelf {
	const blocks = shelf.blocks.map(({ number, stripe, position }) => ({ number, stripe, position }));
	return { ...shelf, blocks };
}
