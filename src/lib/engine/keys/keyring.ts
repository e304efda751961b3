/**
 * Every key of a peer, derived from its root secret by HKDF-SHA-256 (RFC 5869) with one label per purpose
 * (docs/format/keys.md). Losing the device loses nothing: the words give the same keyring again.
 */
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { PeerId } from '../identifiers.ts';
import { peerOf } from './signature.ts';

/** Length of the root secret and of every derived key. */
export const keyBytes = 32;

type Purpose =
	'identity' | 'chunk id' | 'content' | 'seal' | 'block' | 'proof' | 'head' | 'rendezvous';

export interface Keyring {
	readonly peer: PeerId;
	/** Ed25519 secret key. */
	readonly identity: Uint8Array;
	/** HMAC key of chunk ids. */
	readonly chunkId: Uint8Array;
	/** HMAC key of the content hashes that seal-1 keys and payload hashes rest on. */
	readonly content: Uint8Array;
	/** Parent of the seal-1 keys. */
	readonly seal: Uint8Array;
	/** Parent of the seal-2 keys. */
	readonly block: Uint8Array;
	/** Parent of the proof keys. */
	readonly proof: Uint8Array;
	/** Key of the sealed part of heads. */
	readonly head: Uint8Array;
	/** Parent of the rendezvous secrets. */
	readonly rendezvous: Uint8Array;
}

/** All keys of the peer with this 32-byte root secret. */
export function deriveKeyring(rootSecret: Uint8Array): Keyring {
	if (rootSecret.length !== keyBytes) {
		throw new RangeError(`root secret must be ${keyBytes} bytes, not ${rootSecret.length}`);
	}
	const derive = (purpose: Purpose): Uint8Array =>
		hkdf(sha256, rootSecret, undefined, utf8ToBytes(`holdfast v1 ${purpose}`), keyBytes);
	const identity = derive('identity');
	return {
		peer: peerOf(identity),
		identity,
		chunkId: derive('chunk id'),
		content: derive('content'),
		seal: derive('seal'),
		block: derive('block'),
		proof: derive('proof'),
		head: derive('head'),
		rendezvous: derive('rendezvous')
	};
}

/**
 * A key for one use below a parent key: HKDF-Expand with the given fields, each of fixed length for its label,
 * so that no two uses can be confused.
 */
export function deriveKey(
	parent: Uint8Array,
	label: string,
	...fields: readonly Uint8Array[]
): Uint8Array {
	const info = concatBytes(utf8ToBytes(`holdfast v1 ${label}\0`), ...fields);
	return hkdf(sha256, parent, undefined, info, keyBytes);
}
