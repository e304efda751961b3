/**
 * The signed word with which a partnership ends in peace (docs/protocol/agreements.md): 'leaving' announces it and
 * leaves the partner time to take its blocks away; 'ended' says that it is over, and that the one who says it needs
 * nothing any more of what the other holds for it. Without the second, blocks are kept for an owner whose machine
 * may only have died.
 */
import { encode } from 'cborg';
import { RowReader } from '../coding/rows.ts';
import { bytesOf, nameOf, type AgreementId, type PeerId } from '../identifiers.ts';
import { sign, verify } from '../keys/signature.ts';
import { farewellBytesMax } from '../wire/limits.ts';

export type FarewellKind = 'leaving' | 'ended';

export interface Farewell {
	readonly kind: FarewellKind;
	readonly agreement: AgreementId;
	readonly from: PeerId;
	readonly to: PeerId;
	/** Milliseconds since the Unix epoch. */
	readonly at: number;
}

const format = 1;
const kinds = ['leaving', 'ended'] as const satisfies readonly FarewellKind[];

export function encodeFarewell({ kind, agreement, from, to, at }: Farewell): Uint8Array {
	return encode([format, kinds.indexOf(kind), bytesOf(agreement), bytesOf(from), bytesOf(to), at]);
}

/** @throws Malformed */
export function decodeFarewell(bytes: Uint8Array): Farewell {
	const row = RowReader.parse(bytes, farewellBytesMax, 'farewell');
	row.whole(format, format);
	const farewell: Farewell = {
		kind: row.name(kinds),
		agreement: nameOf<AgreementId>(row.bytes(16)),
		from: nameOf<PeerId>(row.bytes(32)),
		to: nameOf<PeerId>(row.bytes(32)),
		at: row.whole(Number.MAX_SAFE_INTEGER)
	};
	row.end();
	return farewell;
}

export function signFarewell(identity: Uint8Array, document: Uint8Array): Uint8Array {
	return sign(identity, 'farewell', document);
}

export function verifyFarewell(from: PeerId, document: Uint8Array, signature: Uint8Array): boolean {
	return verify(from, 'farewell', document, signature);
}
