import type { Random } from '../../engine/ports.ts';

/** The most that one call of getRandomValues gives (Web Cryptography API, section 10.1.1). */
const bytesAtOnceMax = 65_536;

/** The platform's cryptographic random number generator. */
export class SystemRandom implements Random {
	bytes(length: number): Uint8Array<ArrayBuffer> {
		const bytes = new Uint8Array(length);
		for (let offset = 0; offset < length; offset += bytesAtOnceMax) {
			crypto.getRandomValues(bytes.subarray(offset, offset + bytesAtOnceMax));
		}
		return bytes;
	}
}
