/**
 * Shows that a peer belongs to a circle: it knows the circle's secret, of which brokers see only a hash. Without it
 * a broker could introduce peers of its own making to every circle that meets there. The proof is a MAC under a key of
 * the circle over what is said, both identities and the prover's role, so that it is worth nothing to anybody else, in
 * the other direction, or for another document (docs/protocol/agreements.md). Rejected: a shared key exchange with the
 * secret as password: the secret has 128 bits and more, so nobody guesses it from a MAC.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { bytesOf, type PeerId } from '../identifiers.ts';
import { deriveKey } from '../keys/keyring.ts';
import { membershipBytes } from '../wire/limits.ts';

/** As whom the prover speaks. */
export type MembershipRole = 'proposer' | 'acceptor' | 'asker' | 'asked';

export interface MembershipClaim {
	readonly role: MembershipRole;
	readonly prover: PeerId;
	readonly verifier: PeerId;
	/** What is said: an agreement's document, or for questions the circle's id. */
	readonly subject: Uint8Array;
}

/** 32 bytes that only those who know the circle's secret can make. */
export function proveMembership(secret: Uint8Array, claim: MembershipClaim): Uint8Array {
	const { role, prover, verifier, subject } = claim;
	const statement = concatBytes(
		utf8ToBytes(`holdfast v1 membership ${role}\0`),
		bytesOf(prover),
		bytesOf(verifier),
		sha256(subject)
	);
	return hmac(sha256, deriveKey(secret, 'circle membership'), statement);
}

/** Whether the prover knows the secret. Never throws. Takes the same time wherever a wrong proof differs. */
export function isMember(secret: Uint8Array, claim: MembershipClaim, proof: Uint8Array): boolean {
	if (proof.length !== membershipBytes) return false;
	const right = proveMembership(secret, claim);
	return right.reduce((difference, byte, i) => difference | (byte ^ (proof[i] ?? 0)), 0) === 0;
}
