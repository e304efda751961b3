/**
 * What a peer tells the members of its circles about itself: how much space it would agree on, and what it runs on.
 * Signed, so that neither a broker nor a partner that introduces it can make it look better or worse than it is
 * (claims 20-23 choose by it).
 */
import { decode, encode } from 'cborg';
import type { PeerId } from '../identifiers.ts';
import { sign, verify } from '../keys/signature.ts';
import { browserEngines, operatingSystems, type System } from '../system.ts';
import { advertBytesMax } from '../wire/limits.ts';

export interface Advert {
	/** Space it would agree on with one more partner, both ways; 0 when it wants none, and is not to be introduced. */
	readonly shareBytes: number;
	readonly system: System;
}

export function encodeAdvert(identity: Uint8Array, advert: Advert): Uint8Array {
	const { shareBytes, system } = advert;
	const statement = encode([2, shareBytes, system.os, system.engine]);
	return encode([statement, sign(identity, 'advert', statement)]);
}

/** Undefined when it is not a well-formed advert signed by this peer. */
export function readAdvert(peer: PeerId, bytes: Uint8Array): Advert | undefined {
	if (bytes.length > advertBytesMax) return undefined;
	const parts = list(bytes, 2);
	const [statement, signature] = parts ?? [];
	if (!(statement instanceof Uint8Array) || !(signature instanceof Uint8Array)) return undefined;
	if (!verify(peer, 'advert', statement, signature)) return undefined;
	return readStatement(list(statement, 4) ?? []);
}

function readStatement(fields: readonly unknown[]): Advert | undefined {
	const [version, shareBytes, osName, engineName] = fields;
	const os = operatingSystems.find((known) => known === osName);
	const engine = browserEngines.find((known) => known === engineName);
	if (version !== 2 || typeof shareBytes !== 'number') return undefined;
	if (!Number.isSafeInteger(shareBytes) || shareBytes < 0) return undefined;
	if (os === undefined || engine === undefined) return undefined;
	return { shareBytes, system: { os, engine } };
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
