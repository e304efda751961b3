/**
 * Takes the place of `@noble/curves/ed25519.js` in a simulation: signatures of the right length that fit one key and one
 * message, a thousand times as cheap. Anybody could forge them, and nobody in a simulation does but by asking for it.
 */
import { hash } from 'node:crypto';

type SignatureListener = (publicKey: Uint8Array, message: Uint8Array) => void;

const listeners = new Set<SignatureListener>();

/** Tells of every signature that anybody makes. Returns how to stop it. */
export function onSigned(listener: SignatureListener): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

function publicKeyOf(secretKey: Uint8Array): Uint8Array {
	return new Uint8Array(hash('sha256', secretKey, 'buffer'));
}

function signatureOf(publicKey: Uint8Array, message: Uint8Array): Uint8Array {
	const bytes = new Uint8Array(publicKey.length + message.length);
	bytes.set(publicKey);
	bytes.set(message, publicKey.length);
	const half = hash('sha256', bytes, 'buffer');
	const signature = new Uint8Array(64);
	signature.set(half);
	signature.set(half, 32);
	return signature;
}

export const ed25519 = {
	getPublicKey: publicKeyOf,
	sign: (message: Uint8Array, secretKey: Uint8Array): Uint8Array => {
		const publicKey = publicKeyOf(secretKey);
		for (const listener of listeners) listener(publicKey, message);
		return signatureOf(publicKey, message);
	},
	verify: (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean => {
		const wanted = signatureOf(publicKey, message);
		return Buffer.compare(wanted, signature) === 0;
	}
};
