/**
 * How bare words find their partners: every partner waits at the broker under a token of its own that only it
 * and the owner can compute, and that changes every day, so that the broker cannot tell which tokens belong
 * to one owner (docs/protocol/rendezvous.md). The owner gives each partner the secret of one of 64 slots.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { deriveKey, type Keyring } from '../keys/keyring.ts';

/** Slots of an owner: more than any number of partners. */
export const rendezvousSlots = 64;
const dayMs = 24 * 60 * 60_000;

/** The 32-byte secret of one slot, 0 <= slot < 64. */
export function rendezvousSecret(keyring: Keyring, slot: number): Uint8Array {
	return deriveKey(keyring.rendezvous, 'rendezvous', Uint8Array.of(slot));
}

/** The 32-byte token of a secret on the UTC day that contains `at`. */
export function rendezvousToken(secret: Uint8Array, at: number): Uint8Array {
	return hmac(sha256, secret, utf8ToBytes(`holdfast v1 rendezvous ${Math.floor(at / dayMs)}`));
}

/** What a partner waits under: today's token and tomorrow's, so that midnight breaks nothing. */
export function tokensToWait(secret: Uint8Array, now: number): readonly Uint8Array[] {
	return [rendezvousToken(secret, now), rendezvousToken(secret, now + dayMs)];
}

/** What a restoring owner asks for, in requests of 64: every slot, today, then the days beside it. */
export function tokensToSeek(keyring: Keyring, now: number): readonly (readonly Uint8Array[])[] {
	const secrets = Array.from({ length: rendezvousSlots }, (_, slot) =>
		rendezvousSecret(keyring, slot)
	);
	return [now, now - dayMs, now + dayMs].map((at) =>
		secrets.map((secret) => rendezvousToken(secret, at))
	);
}

/** The lowest slot that no partner has. */
export function freeSlot(taken: readonly number[]): number | undefined {
	for (let slot = 0; slot < rendezvousSlots; slot++) if (!taken.includes(slot)) return slot;
	return undefined;
}
