import type { Ciphers } from '../../engine/ports.ts';
import { NobleCiphers } from './noble-ciphers.ts';
import { WebCryptoCiphers } from './webcrypto-ciphers.ts';

/** Native ciphers where this context has them. */
export function ciphers(): Ciphers {
	// Typed as always there, but a page opened by a plain LAN address has none.
	const native = (globalThis.crypto as Partial<Crypto> | undefined)?.subtle;
	return native === undefined ? new NobleCiphers() : new WebCryptoCiphers();
}
