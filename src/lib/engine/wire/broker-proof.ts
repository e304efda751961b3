import { Malformed } from '../failures.ts';
import { brokerBounds } from './broker-bounds.ts';

/**
 * What `prove` signs, in the signature domain 'broker': the nonce, then the audience, the host and port of the
 * broker's URL as the client dialled it. A proof that one broker passes on is worthless at every other.
 */
export function proofMessage(nonce: Uint8Array, audience: string): Uint8Array {
	const host = new TextEncoder().encode(audience);
	if (nonce.length !== brokerBounds.nonceBytes) throw new Malformed('nonce of a wrong length');
	if (host.length > brokerBounds.audienceBytesMax) throw new Malformed('audience too long');
	const message = new Uint8Array(nonce.length + host.length);
	message.set(nonce);
	message.set(host, nonce.length);
	return message;
}
