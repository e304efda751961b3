import { gcm } from '@noble/ciphers/aes.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import type { Ciphers } from '../../engine/ports.ts';
import { checkLengths } from './lengths.ts';

/** Shorter than its tag, a sealed text cannot be one. */
const tagBytes = 16;

/**
 * The same bytes as WebCryptoCiphers in plain JavaScript, many times slower: for platforms and contexts
 * without `crypto.subtle`, and as the other opinion in tests.
 */
export class NobleCiphers implements Ciphers {
	sha256(data: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
		return attempt(() => sha256(data));
	}

	hmacSha256(key: Uint8Array, data: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
		return attempt(() => hmac(sha256, key, data));
	}

	seal(
		key: Uint8Array,
		nonce: Uint8Array,
		plaintext: Uint8Array,
		associated: Uint8Array
	): Promise<Uint8Array<ArrayBuffer>> {
		return attempt(() => {
			checkLengths(key, nonce);
			return gcm(key, nonce, associated).encrypt(plaintext);
		});
	}

	async open(
		key: Uint8Array,
		nonce: Uint8Array,
		sealed: Uint8Array,
		associated: Uint8Array
	): Promise<Uint8Array<ArrayBuffer> | undefined> {
		checkLengths(key, nonce);
		if (sealed.length < tagBytes) return undefined;
		// With arguments that are sound, only the tag can make it fail.
		return attempt(() => gcm(key, nonce, associated).decrypt(sealed)).catch(() => undefined);
	}
}

/** Runs at once; a throw becomes a rejection. */
function attempt(work: () => Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
	return new Promise((resolve) => {
		resolve(work() as Uint8Array<ArrayBuffer>);
	});
}
