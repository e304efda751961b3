/**
 * What a peer tells the members of its circles about itself: how much space it would agree on. Signed, so that
 * a broker cannot make peers look better or worse than they are (claims 20-23 choose by it).
 */
import { decode, encode } from 'cborg';
import type { PeerId } from '../identifiers.ts';
import { sign, verify } from '../keys/signature.ts';

/** Largest advert that brokers carry. */
export const advertBytesMax = 1024;

export interface Advert {
	/** Space it would agree on with one more partner, both ways; 0 when it wants none. */
	readonly shareBytes: number;
}

export function encodeAdvert(identity: Uint8Array, advert: Advert): Uint8Array {
	const statement = encode([1, advert.shareBytes]);
	return encode([statement, sign(identity, 'advert', statement)]);
}

/** Undefined when it is not a well-formed advert signed by this peer. */
export function readAdvert(peer: PeerId, bytes: Uint8Array): Advert | undefined {
	if (bytes.length > advertBytesMax) return undefined;
	const parts = list(bytes, 2);
	const [statement, signature] = parts ?? [];
	if (!(statement instanceof Uint8Array) || !(signature instanceof Uint8Array)) return undefined;
	if (!verify(peer, 'advert', statement, signature)) return undefined;
	const [version, shareBytes] = list(statement, 2) ?? [];
	if (version !== 1 || typeof shareBytes !== 'number') return undefined;
	if (!Number.isSafeInteger(shareBytes) || shareBytes < 0) return undefined;
	return { shareBytes };
}

function list(bytes: Uint8Array, length: number): readonly unknown[] | undefined {
	try {
		const value: unknown = decode(bytes, { strict: true, allowIndefinite: false });
		return Array.isArray(value) && value.length === length
			? (value as readonly unknown[])
			: undefined;
	} catch {
		return undefined;
	}
}
