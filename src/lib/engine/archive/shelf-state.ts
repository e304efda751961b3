/**
 * The state of a shelf at one version, as its owner signs it, its partner countersigns it, and the
 * head carries it (docs/format/head.md; claim 28). Challenges rank into the live list that its hash
 * fixes.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { hashBytes, shelfNumberMax } from '../coding/limits.ts';
import { FieldWriter } from '../coding/fields.ts';
import { encodeRow, RowReader, type Row } from '../coding/rows.ts';
import { Malformed } from '../failures.ts';
import { bytesOf, nameOf, type PeerId } from '../identifiers.ts';
import { sign, signatureBytes, verify } from '../keys/signature.ts';
import type { HeldBlock } from '../ports.ts';

export interface ShelfState {
	readonly partner: PeerId;
	/** Grows with every state that is signed. */
	readonly version: number;
	/** The next number to be given. Numbers are never reused. */
	readonly nextNumber: number;
	/** C: the count of live blocks at this version. */
	readonly liveCount: number;
	/** What their records take at the partner. */
	readonly liveBytes: number;
	/** liveHashOf the live blocks, 32 bytes. */
	readonly liveHash: Uint8Array;
	/**
	 * Numbers that hold nothing any more, as half-open ranges from <= number < to: ascending, apart
	 * from each other, below nextNumber. Given and live are all others, but for numbers that a crash
	 * kept from being written.
	 */
	readonly dropped: readonly (readonly [from: number, to: number])[];
}

export interface SignedShelfState {
	readonly state: ShelfState;
	/** 64 bytes each. */
	readonly ownerSignature: Uint8Array;
	readonly partnerSignature?: Uint8Array;
}

/** What a live list says of a block: no more than both ends know without reading it. */
export type LiveBlock = Pick<HeldBlock, 'number' | 'stripe' | 'position' | 'bytes'>;

export const peerIdBytes = 32;
/** 4,096 ranges take at most 70 KiB; an owner repacks before its shelf is so ragged. */
const droppedRangesMax = 4096;
const shelfBytesMax = 80 * 1024;
const stripeIdBytes = 16;
const format = 1;

/** Throws RangeError for a state that cannot be. */
export function encodeShelfState(state: ShelfState): Uint8Array<ArrayBuffer> {
	return encodeRow(shelfStateRow(state));
}

/** Throws Malformed. */
export function decodeShelfState(bytes: Uint8Array): ShelfState {
	const row = RowReader.parse(bytes, shelfBytesMax, 'shelf state');
	const state = readShelfState(row);
	row.end();
	return state;
}

/** The state with its signatures. */
export function encodeSignedShelf(shelf: SignedShelfState): Uint8Array<ArrayBuffer> {
	return encodeRow(signedShelfRow(shelf));
}

/** Throws Malformed. Verifies no signature. */
export function decodeSignedShelf(bytes: Uint8Array): SignedShelfState {
	const row = RowReader.parse(bytes, shelfBytesMax, 'signed shelf');
	const shelf = readSignedShelf(row);
	row.end();
	return shelf;
}

/** The signature of either end, by its 32-byte secret key. Both sign the same message. */
export function signShelfState(identity: Uint8Array, owner: PeerId, state: ShelfState): Uint8Array {
	return sign(identity, 'shelf', signedMessage(owner, state));
}

/** Whether the named end of the shelf signed this state. Never throws for a state that was read. */
export function verifyShelfSignature(signed: {
	readonly signer: 'owner' | 'partner';
	readonly owner: PeerId;
	readonly state: ShelfState;
	readonly signature: Uint8Array;
}): boolean {
	const { signer, owner, state, signature } = signed;
	const peer = signer === 'owner' ? owner : state.partner;
	return verify(peer, 'shelf', signedMessage(owner, state), signature);
}

/**
 * SHA-256 over the live list: for each block its number, stripe, position and record length. Throws
 * RangeError unless the numbers ascend.
 */
export function liveHashOf(blocks: Iterable<LiveBlock>): Uint8Array {
	const hash = sha256.create().update(utf8ToBytes('holdfast v1 live list\0'));
	let last = -1;
	for (const { number, stripe, position, bytes } of blocks) {
		if (number <= last) throw new RangeError(`number ${number} after ${last}`);
		last = number;
		const entry = new FieldWriter(6 + stripeIdBytes + 1 + 4).u48(number);
		hash.update(entry.bytes(bytesOf(stripe), stripeIdBytes).u8(position).u32(bytes).done());
	}
	return hash.digest();
}

/** The row of a signed shelf, as heads embed it. */
export function signedShelfRow({ state, ownerSignature, partnerSignature }: SignedShelfState): Row {
	return [shelfStateRow(state), ownerSignature, partnerSignature ?? new Uint8Array()];
}

export function readSignedShelf(row: RowReader): SignedShelfState {
	const state = row.row(readShelfState);
	const ownerSignature = row.bytes(signatureBytes);
	const partnerSignature = row.bytes(signatureBytes, 0);
	if (partnerSignature.length === 0) return { state, ownerSignature };
	if (partnerSignature.length !== signatureBytes) throw new Malformed('half a signature');
	return { state, ownerSignature, partnerSignature };
}

function shelfStateRow(state: ShelfState): Row {
	const problem = problemOf(state);
	if (problem !== undefined) throw new RangeError(problem);
	const { partner, version, nextNumber, liveCount, liveBytes, liveHash, dropped } = state;
	const fixed = [format, bytesOf(partner), version, nextNumber, liveCount, liveBytes];
	return [...fixed, liveHash, dropped];
}

function readShelfState(row: RowReader): ShelfState {
	if (row.whole(255) !== format) throw new Malformed('a shelf state of another version');
	const state: ShelfState = {
		partner: nameOf<PeerId>(row.bytes(peerIdBytes)),
		version: row.whole(Number.MAX_SAFE_INTEGER),
		nextNumber: row.whole(shelfNumberMax + 1),
		liveCount: row.whole(shelfNumberMax),
		liveBytes: row.whole(Number.MAX_SAFE_INTEGER),
		liveHash: row.bytes(hashBytes),
		dropped: row.rows(droppedRangesMax, (range) => [
			range.whole(shelfNumberMax),
			range.whole(shelfNumberMax + 1)
		])
	};
	const problem = problemOf(state);
	if (problem !== undefined) throw new Malformed(problem);
	return state;
}

/**
 * The owner stands in it beside the partner, so that the two shelves of an agreement cannot be
 * confused.
 */
function signedMessage(owner: PeerId, state: ShelfState): Uint8Array {
	return encodeRow([bytesOf(owner), shelfStateRow(state)]);
}

function problemOf({ nextNumber, liveCount, dropped }: ShelfState): string | undefined {
	if (dropped.length > droppedRangesMax) return `${dropped.length} dropped ranges`;
	let gone = 0;
	let end = -1;
	for (const [from, to] of dropped) {
		if (from <= end || to <= from || to > nextNumber) return `dropped range ${from} to ${to}`;
		gone += to - from;
		end = to;
	}
	if (liveCount > nextNumber - gone) return `${liveCount} live of ${nextNumber} less ${gone}`;
	return undefined;
}
