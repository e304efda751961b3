/**
 * Bulk cryptography by the platform. AES-GCM goes through noble's wrappers of WebCrypto, which check their
 * arguments and copy key and nonce before the first wait, so that a caller who reuses a buffer cannot turn
 * two operations into one nonce. They have nothing for digests and HMAC: those call `crypto.subtle`.
 */
import { bytesToHex } from '@noble/ciphers/utils.js';
import { gcm } from '@noble/ciphers/webcrypto.js';
import type { Ciphers } from '../../engine/ports.ts';
import { checkLengths } from './lengths.ts';

const hmacSha256 = { name: 'HMAC', hash: 'SHA-256' } as const;
const hmacKeysMax = 16;

/** Needs `crypto.subtle`, which exists in secure contexts only. */
export class WebCryptoCiphers implements Ciphers {
	/** A few keys hash every byte of a backup. By their bytes, not by the array: its owner may reuse it. */
	readonly #hmacKeys = new Map<string, Promise<CryptoKey>>();

	async sha256(data: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
		return new Uint8Array(await crypto.subtle.digest('SHA-256', unshared(data)));
	}

	async hmacSha256(key: Uint8Array, data: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
		const imported = await this.#hmacKey(key);
		return new Uint8Array(await crypto.subtle.sign('HMAC', imported, unshared(data)));
	}

	#hmacKey(key: Uint8Array): Promise<CryptoKey> {
		const name = bytesToHex(key);
		const known = this.#hmacKeys.get(name);
		if (known !== undefined) return known;
		if (this.#hmacKeys.size >= hmacKeysMax) this.#hmacKeys.clear();
		const imported = crypto.subtle.importKey('raw', unshared(key), hmacSha256, false, ['sign']);
		this.#hmacKeys.set(name, imported);
		return imported;
	}

	async seal(
		key: Uint8Array,
		nonce: Uint8Array,
		plaintext: Uint8Array,
		associated: Uint8Array
	): Promise<Uint8Array<ArrayBuffer>> {
		checkLengths(key, nonce);
		return unshared(await gcm(key, nonce, associated).encrypt(plaintext));
	}

	async open(
		key: Uint8Array,
		nonce: Uint8Array,
		sealed: Uint8Array,
		associated: Uint8Array
	): Promise<Uint8Array<ArrayBuffer> | undefined> {
		checkLengths(key, nonce);
		try {
			return unshared(await gcm(key, nonce, associated).decrypt(sealed));
		} catch (error) {
			if (error instanceof DOMException && error.name === 'OperationError') return undefined;
			throw error;
		}
	}
}

/** Nothing here uses shared memory, which WebCrypto would refuse. */
function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
	return bytes as Uint8Array<ArrayBuffer>;
}
