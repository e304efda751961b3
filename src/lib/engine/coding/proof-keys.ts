/** The keys of proof tags (docs/format/proof.md, docs/format/keys.md). All follow from the root secret. */
import { bytesOf, type PeerId, type StripeId } from '../identifiers.ts';
import { deriveKey, type Keyring } from '../keys/keyring.ts';

/** What decides the pad key of a record. */
export interface PadPlace {
	readonly partner: PeerId;
	readonly stripe: StripeId;
	readonly position: number;
	/** The salt of the record's header, 32 bytes. */
	readonly salt: Uint8Array;
}

/** The key that weighs the elements of every sector at one partner. */
export function alphaKey(keyring: Keyring, partner: PeerId): Uint8Array {
	return deriveKey(keyring.proof, 'proof alpha', bytesOf(partner));
}

/**
 * The key of a record's pads. A pad hides what the alphas make of a sector, so none may serve for two contents:
 * every write of a block draws a fresh salt, and the place stands in the key as it does in that of the second seal.
 */
export function padKey(
	keyring: Keyring,
	{ partner, stripe, position, salt }: PadPlace
): Uint8Array {
	const place = Uint8Array.of(position);
	return deriveKey(keyring.proof, 'proof pad', bytesOf(partner), bytesOf(stripe), place, salt);
}
