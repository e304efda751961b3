/**
 * The very ciphers and hashes of the app, by Node's synchronous cryptography: native work on other threads would end in
 * an order that no seed decides. A watcher sees every key and nonce that seals something.
 */
import { createCipheriv, createDecipheriv, createHmac, hash } from 'node:crypto';
import type { Ciphers } from '../../../src/lib/engine/ports.ts';

const tagBytes = 16;

export type SealWatcher = (
	key: Uint8Array,
	nonce: Uint8Array,
	plaintext: Uint8Array,
	associated: Uint8Array
) => void;

export class SyncCiphers implements Ciphers {
	readonly #onSeal: SealWatcher;

	constructor(onSeal: SealWatcher = () => undefined) {
		this.#onSeal = onSeal;
	}

	async sha256(data: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
		return new Uint8Array(hash('sha256', data, 'buffer'));
	}

	async hmacSha256(key: Uint8Array, data: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
		return new Uint8Array(createHmac('sha256', key).update(data).digest());
	}

	async seal(
		key: Uint8Array,
		nonce: Uint8Array,
		plaintext: Uint8Array,
		associated: Uint8Array
	): Promise<Uint8Array<ArrayBuffer>> {
		this.#onSeal(key, nonce, plaintext, associated);
		const cipher = createCipheriv('aes-256-gcm', key, nonce);
		cipher.setAAD(associated);
		const sealed = new Uint8Array(plaintext.length + tagBytes);
		sealed.set(cipher.update(plaintext));
		cipher.final();
		sealed.set(cipher.getAuthTag(), plaintext.length);
		return sealed;
	}

	async open(
		key: Uint8Array,
		nonce: Uint8Array,
		sealed: Uint8Array,
		associated: Uint8Array
	): Promise<Uint8Array<ArrayBuffer> | undefined> {
		if (sealed.length < tagBytes) return undefined;
		const end = sealed.length - tagBytes;
		const decipher = createDecipheriv('aes-256-gcm', key, nonce);
		decipher.setAAD(associated);
		decipher.setAuthTag(sealed.subarray(end));
		const plaintext = new Uint8Array(decipher.update(sealed.subarray(0, end)));
		try {
			decipher.final();
		} catch {
			return undefined;
		}
		return plaintext;
	}
}
