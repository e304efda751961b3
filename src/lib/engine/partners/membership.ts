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
import { bytesOf, type CircleId, type PeerId } from '../identifiers.ts';
import { deriveKey } from '../keys/keyring.ts';
import { membershipBytes } from '../wire/limits.ts';
import type { Circle } from './invitation.ts';

/** As whom the prover speaks. */
export type MembershipRole = 'proposer' | 'acceptor' | 'asker' | 'asked';

export interface MembershipClaim {
	readonly role: MembershipRole;
	readonly prover: PeerId;
	readonly verifier: PeerId;
	/** What is said: an agreement's document, or for questions and their answers the circle's id. */
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

/** The circles of one peer, as it proves them to others and has others prove them. */
export class Memberships {
	readonly #self: PeerId;
	readonly #circles: () => readonly Pick<Circle, 'id' | 'secret'>[];

	constructor(self: PeerId, circles: () => readonly Pick<Circle, 'id' | 'secret'>[]) {
		this.#self = self;
		this.#circles = circles;
	}

	has(circle: CircleId): boolean {
		return this.#secretOf(circle) !== undefined;
	}

	/** Our proof to another peer; undefined when the circle is none of ours. */
	prove(
		circle: CircleId,
		role: MembershipRole,
		verifier: PeerId,
		subject = bytesOf(circle) as Uint8Array
	): Uint8Array | undefined {
		const secret = this.#secretOf(circle);
		return secret && proveMembership(secret, { role, prover: this.#self, verifier, subject });
	}

	/** Whether another peer proves a circle of ours. */
	accepts(
		circle: CircleId,
		claim: Pick<MembershipClaim, 'role' | 'prover'> & { readonly subject?: Uint8Array },
		proof: Uint8Array
	): boolean {
		const secret = this.#secretOf(circle);
		if (secret === undefined) return false;
		return isMember(secret, { subject: bytesOf(circle), ...claim, verifier: this.#self }, proof);
	}

	#secretOf(circle: CircleId): Uint8Array | undefined {
		return this.#circles().find(({ id }) => id === circle)?.secret;
	}
}
