/**
 * Ed25519 (RFC 8032) with a domain on every signature, so that no answer to one question serves as the
 * answer to another. Signed is: "holdfast v1 " domain 0x00 message. Rejected: WebCrypto's Ed25519, which is
 * asynchronous, missing from older browsers and randomised in Safari; signatures here are few and small.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { bytesOf, nameOf, type PeerId } from '../identifiers.ts';

/** Length of a signature. */
export const signatureBytes = 64;

/** What a signature is for. Each domain has one message format. */
export type SignatureDomain =
	| 'agreement'
	| 'advert'
	| 'broker'
	| 'drop'
	| 'farewell'
	| 'head'
	| 'link'
	| 'loss'
	| 'notice'
	| 'shelf'
	| 'statement';

/** The PeerId that belongs to a 32-byte secret key. */
export function peerOf(secretKey: Uint8Array): PeerId {
	return nameOf<PeerId>(ed25519.getPublicKey(secretKey));
}

/** A 64-byte signature by a 32-byte secret key. */
export function sign(
	secretKey: Uint8Array,
	domain: SignatureDomain,
	message: Uint8Array
): Uint8Array {
	return ed25519.sign(signedBytes(domain, message), secretKey);
}

/** Whether `peer` made this signature over this message in this domain. Never throws. */
export function verify(
	peer: PeerId,
	domain: SignatureDomain,
	message: Uint8Array,
	signature: Uint8Array
): boolean {
	if (signature.length !== signatureBytes) return false;
	try {
		// zip215 off: the strict rules of RFC 8032 leave one valid encoding for each signature.
		return ed25519.verify(signature, signedBytes(domain, message), bytesOf(peer), {
			zip215: false
		});
	} catch {
		return false;
	}
}

const prefixes = new Map<SignatureDomain, Uint8Array>();

function signedBytes(domain: SignatureDomain, message: Uint8Array): Uint8Array {
	let prefix = prefixes.get(domain);
	if (prefix === undefined) {
		prefixes.set(domain, (prefix = utf8ToBytes(`holdfast v1 ${domain}\0`)));
	}
	return concatBytes(prefix, message);
}
