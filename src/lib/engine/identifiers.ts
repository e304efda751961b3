/**
 * The names of things, as branded lower-case hex strings: cheap map keys in memory, raw bytes in
 * every format. A brand keeps one kind of name from being passed where another is meant.
 */
declare const brand: unique symbol;
type Name<Kind extends string> = string & { readonly [brand]: Kind };

/** An Ed25519 public key, 32 bytes: the identity of a peer. */
export type PeerId = Name<'PeerId'>;
/** 16 random bytes drawn by every installation; two instances of one peer differ here. */
export type InstanceId = Name<'InstanceId'>;
/** HMAC-SHA-256 of a chunk's content under the chunk id key, 32 bytes. */
export type ChunkId = Name<'ChunkId'>;
/** 16 random bytes. */
export type StripeId = Name<'StripeId'>;
/** 16 random bytes drawn by the proposer. */
export type AgreementId = Name<'AgreementId'>;
/** SHA-256 of the circle's secret, 32 bytes: what the broker sees of a circle. */
export type CircleId = Name<'CircleId'>;
/** 8 random bytes. */
export type SnapshotId = Name<'SnapshotId'>;
/** 8 random bytes: one chosen folder. */
export type FolderId = Name<'FolderId'>;

const digits = '0123456789abcdef';
const firstLetter = 0x61;

/** Names bytes: lower-case hex. Made in one piece: a string put together bit by bit weighs eight times as much. */
export function nameOf<Id extends Name<string>>(bytes: Uint8Array): Id {
	const codes: number[] = [];
	for (const byte of bytes) {
		codes.push(digits.charCodeAt(byte >> 4), digits.charCodeAt(byte & 15));
	}
	return String.fromCharCode(...codes) as Id;
}

/** The bytes behind a name. */
export function bytesOf(name: Name<string>): Uint8Array<ArrayBuffer> {
	const bytes = new Uint8Array(name.length / 2);
	for (let i = 0; i < bytes.length; i++) {
		bytes[i] = (valueOf(name.charCodeAt(2 * i)) << 4) | valueOf(name.charCodeAt(2 * i + 1));
	}
	return bytes;
}

/** Of a lower-case hexadecimal digit. */
function valueOf(code: number): number {
	return code < firstLetter ? code - 0x30 : code - firstLetter + 10;
}

/** Whether a text is the name of `length` bytes. */
export function isName(text: unknown, length: number): text is Name<string> {
	return typeof text === 'string' && text.length === 2 * length && /^[0-9a-f]*$/.test(text);
}
