/**
 * A partner's own word that blocks are lost (docs/protocol/challenges.md): signed, so that it can be shown to others.
 * Numbers are never used twice, so a declaration that is shown again says nothing new.
 */
import { encodeRow, RowReader } from '../coding/rows.ts';
import { shelfNumberMax } from '../coding/limits.ts';
import { bytesOf, nameOf, type AgreementId, type PeerId } from '../identifiers.ts';

export interface LossDeclaration {
	readonly owner: PeerId;
	readonly partner: PeerId;
	readonly agreement: AgreementId;
	/** When it was signed, by the partner's clock. Milliseconds since the Unix epoch. */
	readonly at: number;
	readonly lost: LostBlocks;
}

/** Blocks by their shelf numbers; or the whole shelf as it was when the next number to be given was `below`. */
export type LostBlocks =
	| { readonly kind: 'numbers'; readonly numbers: readonly number[] }
	| { readonly kind: 'all'; readonly below: number };

/** Numbers in one declaration: 4,096 of at most 9 bytes. */
export const lostNumbersMax = 4096;
const declarationBytesMax = lostNumbersMax * 9 + 256;
const peerIdBytes = 32;
const agreementIdBytes = 16;
const format = 1;
const kinds = ['numbers', 'all'] as const;

export function encodeLossDeclaration(declaration: LossDeclaration): Uint8Array<ArrayBuffer> {
	const { owner, partner, agreement, at, lost } = declaration;
	const fixed = [format, bytesOf(owner), bytesOf(partner), bytesOf(agreement), at];
	const [below, numbers] = lost.kind === 'all' ? [lost.below, []] : [0, lost.numbers];
	return encodeRow([...fixed, kinds.indexOf(lost.kind), below, numbers]);
}

/** Throws Malformed. */
export function decodeLossDeclaration(bytes: Uint8Array): LossDeclaration {
	const row = RowReader.parse(bytes, declarationBytesMax, 'declaration of loss');
	row.whole(format, format);
	const owner = nameOf<PeerId>(row.bytes(peerIdBytes));
	const partner = nameOf<PeerId>(row.bytes(peerIdBytes));
	const agreement = nameOf<AgreementId>(row.bytes(agreementIdBytes));
	const at = row.whole(Number.MAX_SAFE_INTEGER);
	const kind = row.name(kinds);
	const below = row.whole(shelfNumberMax + 1);
	const numbers = row.each(lostNumbersMax, (list) => list.whole(shelfNumberMax));
	row.end();
	const lost: LostBlocks = kind === 'all' ? { kind, below } : { kind, numbers };
	return { owner, partner, agreement, at, lost };
}

/** Whether a shelf number is among the lost ones. */
export function isLost(lost: LostBlocks): (number: number) => boolean {
	if (lost.kind === 'all') return (number) => number < lost.below;
	const numbers = new Set(lost.numbers);
	return (number) => numbers.has(number);
}
