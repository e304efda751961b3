/**
 * The head: the small signed record that every partner holds whole (docs/format/head.md). Its
 * public part lets partners find each other's owner, order heads and fence off old instances; its
 * sealed part leads the owner from its words to its files.
 */
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { deflateSync, inflateSync } from 'fflate';
import { FieldReader, FieldWriter } from '../coding/fields.ts';
import { tagBytes } from '../coding/limits.ts';
import { encodeRow, RowReader, type Row } from '../coding/rows.ts';
import { Malformed } from '../failures.ts';
import { bytesOf, nameOf, type AgreementId, type InstanceId, type PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import { sign, signatureBytes, verify } from '../keys/signature.ts';
import type { Random } from '../ports.ts';
import { decodeSecrets, encodeSecrets, type HeadSecrets } from './head-secrets.ts';
import {
	peerIdBytes,
	readSignedShelf,
	signedShelfRow,
	type SignedShelfState
} from './shelf-state.ts';

export type { ChunkLocation, HeadSecrets, SnapshotEntry } from './head-secrets.ts';
export {
	decodeShelfState,
	decodeSignedShelf,
	encodeShelfState,
	encodeSignedShelf,
	liveHashOf,
	signShelfState,
	verifyShelfSignature,
	type LiveBlock,
	type ShelfState,
	type SignedShelfState
} from './shelf-state.ts';

export interface PartnerEntry {
	readonly peer: PeerId;
	readonly agreement: AgreementId;
	/** The last state of the owner's shelf there. */
	readonly shelf?: SignedShelfState;
}

/** The public part. */
export interface Head {
	readonly owner: PeerId;
	/** Grows when another instance takes over. */
	readonly epoch: number;
	/** Grows with every head of an epoch. */
	readonly version: number;
	readonly instance: InstanceId;
	/** Milliseconds since the Unix epoch, by the owner's clock. */
	readonly createdAt: number;
	readonly partners: readonly PartnerEntry[];
}

/**
 * What partners keep three of for each owner. 200 partners, 1,000 snapshots and the index of 20 TB fit.
 */
export const headBytesMax = 1024 * 1024;
/**
 * Deflated to a sixteenth at the very best, the sealed part cannot hold more that is worth holding.
 */
const secretsBytesMax = 16 * headBytesMax;
/** Positions of a stripe, and as many that are being replaced. */
const partnersMax = 512;
const idBytes = 16;
const nonceBytes = 24;
const format = 1;
const magic = 'holdfast head';

/**
 * Signs and seals a head. Throws RangeError when the keyring is another owner's, when the head
 * would exceed headBytesMax, or when something in it is beyond the bounds within which heads are
 * read.
 */
export function encodeHead(
	keyring: Keyring,
	random: Random,
	head: Head,
	secrets: HeadSecrets
): Uint8Array<ArrayBuffer> {
	if (head.owner !== keyring.peer) throw new RangeError('heads are signed by their owner');
	const open = encodeRow(headRow(head));
	const sealed = sealSecrets(keyring.head, random, open, secrets);
	const signature = sign(keyring.identity, 'head', signedMessage(open, sealed));
	const bytes = encodeRow([magic, open, sealed, signature]);
	if (bytes.length > headBytesMax) throw new RangeError(`a head of ${bytes.length} bytes`);
	requireReadable(keyring, bytes);
	return bytes;
}

/**
 * The public part, after the owner's signature over the whole was verified. Throws Malformed. The
 * signatures of the shelf states are not looked at: whoever relies on one checks it with
 * verifyShelfSignature.
 */
export function readHead(bytes: Uint8Array): Head {
	return parseHead(bytes).head;
}

/** Both parts, for the owner. Throws Malformed, also when the head is somebody else's. */
export function openHead(
	keyring: Keyring,
	bytes: Uint8Array
): { readonly head: Head; readonly secrets: HeadSecrets } {
	const { head, open, sealed } = parseHead(bytes);
	if (head.owner !== keyring.peer) throw new Malformed('a head of another owner');
	return { head, secrets: openSecrets(keyring.head, open, sealed) };
}

/**
 * Negative when `a` is older: by epoch, then version, then instance, which breaks ties the same way
 * everywhere.
 */
export function compareHeads(
	a: Pick<Head, 'epoch' | 'version' | 'instance'>,
	b: Pick<Head, 'epoch' | 'version' | 'instance'>
): number {
	if (a.epoch !== b.epoch) return a.epoch - b.epoch;
	if (a.version !== b.version) return a.version - b.version;
	return a.instance === b.instance ? 0 : a.instance < b.instance ? -1 : 1;
}

/** A head that its owner cannot open would lose every file: better no new head than that one. */
function requireReadable(keyring: Keyring, bytes: Uint8Array): void {
	try {
		openHead(keyring, bytes);
	} catch (cause) {
		throw new RangeError('the head could not be read again', { cause });
	}
}

interface ParsedHead {
	readonly head: Head;
	/** The encoded public part. */
	readonly open: Uint8Array;
	readonly sealed: Uint8Array;
}

function parseHead(bytes: Uint8Array): ParsedHead {
	const row = RowReader.parse(bytes, headBytesMax, 'head');
	if (row.text(magic.length) !== magic) throw new Malformed('not a head');
	const open = row.bytes(headBytesMax, 1);
	const sealed = row.bytes(headBytesMax, nonceBytes + tagBytes);
	const signature = row.bytes(signatureBytes);
	row.end();
	const inner = RowReader.parse(open, headBytesMax, 'public part of a head');
	const head = readHeadRow(inner);
	inner.end();
	if (!verify(head.owner, 'head', signedMessage(open, sealed), signature)) {
		throw new Malformed('the head is not signed by its owner');
	}
	return { head, open, sealed };
}

/** The hash is last and of fixed length, so the boundary between both is unambiguous. */
function signedMessage(open: Uint8Array, sealed: Uint8Array): Uint8Array {
	return concatBytes(open, sha256(sealed));
}

function headRow({ owner, epoch, version, instance, createdAt, partners }: Head): Row {
	return [
		format,
		bytesOf(owner),
		epoch,
		version,
		bytesOf(instance),
		createdAt,
		partners.map(({ peer, agreement, shelf }) => [
			bytesOf(peer),
			bytesOf(agreement),
			shelf === undefined ? null : signedShelfRow(shelf)
		])
	];
}

function readHeadRow(row: RowReader): Head {
	if (row.whole(255) !== format) throw new Malformed('a head of another version');
	return {
		owner: nameOf<PeerId>(row.bytes(peerIdBytes)),
		epoch: row.whole(Number.MAX_SAFE_INTEGER),
		version: row.whole(Number.MAX_SAFE_INTEGER),
		instance: nameOf<InstanceId>(row.bytes(idBytes)),
		createdAt: row.whole(Number.MAX_SAFE_INTEGER),
		partners: row.rows(partnersMax, readPartner)
	};
}

function readPartner(row: RowReader): PartnerEntry {
	const peer = nameOf<PeerId>(row.bytes(peerIdBytes));
	const agreement = nameOf<AgreementId>(row.bytes(idBytes));
	const shelf = row.optional(readSignedShelf);
	if (shelf === undefined) return { peer, agreement };
	if (shelf.state.partner !== peer) throw new Malformed("another partner's shelf");
	return { peer, agreement, shelf };
}

/**
 * Why (key, nonce) cannot repeat: the key stays the same for all heads, and each draws a fresh
 * random nonce of 192 bits; after 2^48 heads the chance that any two are equal is still below
 * 2^-96. The public part is bound as associated data.
 */
function sealSecrets(
	key: Uint8Array,
	random: Random,
	open: Uint8Array,
	secrets: HeadSecrets
): Uint8Array {
	const plain = encodeSecrets(secrets);
	if (plain.length > secretsBytesMax) throw new RangeError(`head secrets of ${plain.length} bytes`);
	const length = new FieldWriter(4).u32(plain.length).done();
	const nonce = random.bytes(nonceBytes);
	const packed = concatBytes(length, deflateSync(plain));
	return concatBytes(nonce, xchacha20poly1305(key, nonce, open).encrypt(packed));
}

function openSecrets(key: Uint8Array, open: Uint8Array, sealed: Uint8Array): HeadSecrets {
	const nonce = sealed.subarray(0, nonceBytes);
	let packed: Uint8Array;
	try {
		packed = xchacha20poly1305(key, nonce, open).decrypt(sealed.subarray(nonceBytes));
	} catch {
		throw new Malformed('the sealed part of the head does not verify');
	}
	return decodeSecrets(inflate(packed), secretsBytesMax);
}

/** The length stands first, so that no more is allocated than a head may hold. */
function inflate(packed: Uint8Array): Uint8Array {
	const bytes = new FieldReader(packed).u32();
	if (bytes > secretsBytesMax) throw new Malformed(`head secrets of ${bytes} bytes`);
	// fflate stops quietly at the end of its buffer: one byte of room shows that there was more.
	const out = new Uint8Array(bytes + 1);
	let plain: Uint8Array;
	try {
		plain = inflateSync(packed.subarray(4), { out });
	} catch {
		throw new Malformed('the sealed part of the head does not inflate');
	}
	if (plain.length !== bytes) throw new Malformed(`head secrets of other than ${bytes} bytes`);
	return plain;
}
