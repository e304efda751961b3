/**
 * The compact proof (docs/format/proof.md): a partner shows with 1,296 bytes that it holds a whole shelf, by a linear
 * combination of sampled sectors and of their tags. It stands in for the patent's r^D mod N (claims 17 and 18): the
 * same purpose at a thousandth of the work. What it cannot show is that blocks come back over the link, which is for
 * retrieve-and-check.
 */
import { alphaKey, padKey } from '../coding/proof-keys.ts';
import { blockSaltBytes, blockSaltOffset } from '../coding/block.ts';
import { proofSectorBytes, proofTagBytesPerSector } from '../coding/limits.ts';
import type { LiveBlock } from '../archive/shelf-state.ts';
import type { PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { BlockStore, Prover, RecordPiece, SectorClaim } from '../ports.ts';
import { sectorsOf, type Sample } from './samples.ts';

export { drawSamples, samplesMax, seedBytes, type Sample, type ShelfBlock } from './samples.ts';

/** Length of a proof: 320 combined elements and 4 combined tags of 4 bytes. */
export const proofBytes = 4 * 320 + 4 * 4;

/** What a partner needs to prove. */
export interface AnsweringTools {
	readonly blocks: Pick<BlockStore, 'read'>;
	readonly prover: Pick<Prover, 'combine'>;
}

export interface ProofQuestion {
	/** Whose shelf it is. */
	readonly owner: PeerId;
	readonly samples: readonly Sample[];
	/** Whether the owner does not know all salts any more. */
	readonly salts: boolean;
}

export type ProofAnswer =
	| {
			readonly kind: 'proof';
			/** 1,296 bytes. */
			readonly proof: Uint8Array;
			/** Where asked for: 32 bytes for each sampled block, in the order of `sampledNumbers`. */
			readonly salts?: readonly Uint8Array[];
	  }
	/** Blocks with these numbers are not there, or not whole. */
	| { readonly kind: 'not-held'; readonly numbers: readonly number[] };

/** A block of the owner's account. Its salt is unknown after a restore or an adoption. */
export interface ProvenBlock extends Pick<LiveBlock, 'number' | 'stripe' | 'position'> {
	readonly salt?: Uint8Array;
}

/** What an owner asks a proof about. */
export interface Challenge {
	readonly partner: PeerId;
	readonly samples: readonly Sample[];
	/** At least every sampled block. */
	readonly blocks: readonly ProvenBlock[];
}

/** 'salts-missing': some are known neither to the owner nor by the reply. */
export type ProofVerdict = 'right' | 'wrong' | 'salts-missing';

/** The sampled blocks, with the salts that a reply brought where the owner knew none. */
export function saltedBlocks(
	{ samples, blocks }: Challenge,
	salts: readonly Uint8Array[] = []
): readonly ProvenBlock[] {
	const places = new Map(blocks.map((block) => [block.number, block]));
	return sampledNumbers(samples).map((number, i) => {
		const place = places.get(number);
		if (place === undefined) throw new RangeError(`sampled block ${number} is not given`);
		const salt = place.salt ?? salts[i];
		return salt === undefined ? place : { ...place, salt };
	});
}

/** The different blocks of the samples, by ascending number: the order of salts in a reply. */
export function sampledNumbers(samples: readonly Sample[]): readonly number[] {
	return [...new Set(samples.map(({ number }) => number))];
}

/** The partner's part. Rejects only where the store or the prover fail. */
export async function answerProof(
	{ blocks, prover }: AnsweringTools,
	{ owner, samples, salts }: ProofQuestion
): Promise<ProofAnswer> {
	const wanted = salts ? sampledNumbers(samples) : [];
	const pieces = [...samples.flatMap(piecesOf), ...wanted.map(saltPiece)];
	const read = await blocks.read(owner, pieces);
	const absent = new Set(pieces.flatMap(({ number }, i) => (read[i] === undefined ? number : [])));
	if (absent.size > 0) return { kind: 'not-held', numbers: [...absent].sort((a, b) => a - b) };
	const sectors = new Uint8Array(samples.length * proofSectorBytes);
	const tags = new Uint8Array(samples.length * proofTagBytesPerSector);
	for (const i of samples.keys()) {
		sectors.set(read[2 * i] ?? [], i * proofSectorBytes);
		tags.set(read[2 * i + 1] ?? [], i * proofTagBytesPerSector);
	}
	const coefficients = samples.map(({ coefficient }) => coefficient);
	const proof = await prover.combine({ sectors, tags, coefficients });
	if (!salts) return { kind: 'proof', proof };
	const found = read.slice(2 * samples.length).flatMap((salt) => salt ?? []);
	return { kind: 'proof', proof, salts: found };
}

/**
 * The owner's part. Throws RangeError when a sampled block is not given. Salts that came with the reply may be kept once the
 * verdict is 'right' (`saltedBlocks`): others would not pass.
 */
export async function verifyProof(
	{ keyring, prover }: { readonly keyring: Keyring; readonly prover: Pick<Prover, 'check'> },
	challenge: Challenge,
	reply: { readonly proof: Uint8Array; readonly salts?: readonly Uint8Array[] }
): Promise<ProofVerdict> {
	const { partner, samples } = challenge;
	const pads = new Map<number, Uint8Array>();
	for (const { number, salt, ...place } of saltedBlocks(challenge, reply.salts)) {
		if (salt?.length !== blockSaltBytes) return 'salts-missing';
		pads.set(number, padKey(keyring, { ...place, partner, salt }));
	}
	const claims = samples.flatMap(({ number, sector, coefficient }): readonly SectorClaim[] => {
		const pad = pads.get(number);
		return pad === undefined ? [] : [{ pad, sector, coefficient }];
	});
	const right = await prover.check(alphaKey(keyring, partner), claims, reply.proof);
	return right ? 'right' : 'wrong';
}

/** A sampled sector and its tag. The tags stand behind the part of the record that they are of. */
function piecesOf({ number, bytes, sector }: Sample): readonly RecordPiece[] {
	const tagsAt = bytes - sectorsOf(bytes) * proofTagBytesPerSector;
	const offset = sector * proofSectorBytes;
	const tagAt = tagsAt + sector * proofTagBytesPerSector;
	return [
		{ number, offset, length: Math.min(proofSectorBytes, tagsAt - offset) },
		{ number, offset: tagAt, length: proofTagBytesPerSector }
	];
}

function saltPiece(number: number): RecordPiece {
	return { number, offset: blockSaltOffset, length: blockSaltBytes };
}
