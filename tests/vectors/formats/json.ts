/**
 * Vectors as JSON: byte strings stand as "hex:…", names of things as the bare hex that they are.
 */
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';

const prefix = 'hex:';

export function toJson(value: unknown): string {
	return JSON.stringify(
		value,
		(_, inner: unknown) =>
			inner instanceof Uint8Array ? prefix + bytesToHex(Uint8Array.from(inner)) : inner,
		'\t'
	);
}

export function fromJson(text: string): unknown {
	return JSON.parse(text, (_, inner: unknown) =>
		typeof inner === 'string' && inner.startsWith(prefix)
			? hexToBytes(inner.slice(prefix.length))
			: inner
	);
}
