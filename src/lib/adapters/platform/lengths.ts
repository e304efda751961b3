/**
 * Throws RangeError unless the key has 32 bytes and the nonce 12: with others the libraries would do AES-128, or
 * hash the nonce, without a word.
 */
export function checkLengths(key: Uint8Array, nonce: Uint8Array): void {
	if (key.length !== 32) throw new RangeError(`A key of ${String(key.length)} bytes, not 32.`);
	if (nonce.length !== 12)
		throw new RangeError(`A nonce of ${String(nonce.length)} bytes, not 12.`);
}
