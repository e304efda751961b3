/**
 * The mutual coin toss that draws a challenge (patent claims 18 and 19; docs/protocol/challenges.md). The owner commits
 * itself to a coin, the partner answers with its own, the owner reveals: neither side alone decides the draw, and
 * nobody can pass a toss on to a third peer, since both coins are bound to the two that toss. Pure; what each side
 * keeps on disk is one variant of the unions below.
 */
import { equalBytes } from '@noble/ciphers/utils.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import type { LiveBlock } from '../archive/head.ts';
import { encodeRow } from '../coding/rows.ts';
import { bytesOf, type AgreementId, type PeerId } from '../identifiers.ts';
import type { Check } from './observation.ts';

/** Length of a coin, of a commitment and of a draw. */
export const coinBytes = 32;

/**
 * Counters of tosses that one epoch has: 2^32. The epoch stands in the upper bits of each, as with drop orders, so
 * that an instance that took over is above all tosses of the one before without knowing them.
 */
export const countersPerEpoch = 2 ** 32;

/** After a partner that knows of a later toss than we do (an old copy of our disk came back) so many are skipped. */
const counterLeap = 1024;

/** What is tossed for. Both sides know it without being told by the other, but for the last three. */
export interface TossContext {
	readonly owner: PeerId;
	readonly partner: PeerId;
	readonly agreement: AgreementId;
	/** Grows with every toss between the two; epoch * countersPerEpoch at least. */
	readonly counter: number;
	readonly check: Check;
	/** The version of the shelf state that both signed. */
	readonly shelfVersion: number;
}

/** X: binds the owner to its coin, and tells nothing of it. */
export function commitmentTo(coin: Uint8Array, context: TossContext): Uint8Array {
	return sha256(concatBytes(domain('toss commitment'), coin, contextBytes(context)));
}

/**
 * The partner's coin: a keyed hash of what it is asked, by a secret of its own. Repeating a toss gives the same coin,
 * also after a restart, so no owner draws twice from one toss.
 */
export function answeringCoin(
	secret: Uint8Array,
	commitment: Uint8Array,
	context: TossContext
): Uint8Array {
	const asked = concatBytes(domain('toss answer'), commitment, contextBytes(context));
	return hmac(sha256, secret, asked);
}

/** What the two coins decide: 32 bytes that seed a proof, or rank a block. */
export function drawOf(
	ownerCoin: Uint8Array,
	partnerCoin: Uint8Array,
	context: TossContext
): Uint8Array {
	const both = ownerCoin.map((byte, i) => byte ^ (partnerCoin[i] ?? 0));
	return sha256(concatBytes(domain('toss'), both, contextBytes(context)));
}

const rankBits = 48;

/**
 * A rank 0 <= rank < count, each exactly as likely: 48 bits are taken from a hash of the draw, and thrown away for
 * the next ones where they lie in the incomplete last run of `count`. Shelf numbers, and so counts, stay below 2^48.
 */
export function rank(draw: Uint8Array, count: number): number {
	if (!Number.isInteger(count) || count < 1 || count > 2 ** rankBits) {
		throw new RangeError(`no rank among ${count}`);
	}
	const fair = 2 ** rankBits - (2 ** rankBits % count);
	for (let attempt = 0; ; attempt++) {
		const hash = sha256(concatBytes(domain('rank'), draw, encodeRow([attempt])));
		let value = 0;
		for (const byte of hash.subarray(0, rankBits / 8)) value = value * 256 + byte;
		if (value < fair) return value % count;
	}
}

/** The epoch of the owner in which a toss was begun. */
export function epochOf(counter: number): number {
	return Math.floor(counter / countersPerEpoch);
}

/** The owner's toss with one partner, as it stands on its disk. */
export type OwnToss =
	/** The last toss is over: answered, or void. */
	| { readonly stage: 'over'; readonly counter: number }
	/** The partner may know the commitment. */
	| (BegunToss & { readonly stage: 'committed' })
	/** The partner may know the draw: it stays the same until it is answered, or the loss is declared. */
	| RevealedToss;

export type RevealedToss = BegunToss & {
	readonly stage: 'revealed';
	readonly partnerCoin: Uint8Array;
	/** The block that was drawn, when one was: it stands, whatever becomes of the shelf. */
	readonly drawn?: LiveBlock;
};

export type PendingToss = Exclude<OwnToss, { stage: 'over' }>;

export interface BegunToss {
	readonly agreement: AgreementId;
	readonly counter: number;
	readonly check: Check;
	readonly shelfVersion: number;
	readonly coin: Uint8Array;
	/** Milliseconds since the Unix epoch, by the owner's clock. */
	readonly begunAt: number;
}

/** The counter of the next toss of this epoch. */
export function nextCounter(last: OwnToss | undefined, epoch: number): number {
	return Math.max((last?.counter ?? 0) + 1, epoch * countersPerEpoch);
}

/** After the partner refused a counter: none that it may know of. */
export function leapt(counter: number): OwnToss {
	return { stage: 'over', counter: counter + counterLeap };
}

/**
 * The toss once both coins are known; `live` is the shelf at its version. 'changed' when the partner gave another
 * coin before: it tried to have another draw.
 */
export function revealed(
	toss: PendingToss,
	partnerCoin: Uint8Array,
	live: readonly LiveBlock[],
	context: TossContext
): RevealedToss | 'changed' {
	if (toss.stage === 'revealed') {
		return equalBytes(toss.partnerCoin, partnerCoin) ? toss : 'changed';
	}
	const seen = { ...toss, stage: 'revealed', partnerCoin } as const;
	if (toss.check === 'proof') return seen;
	const drawn = live[rank(drawOf(toss.coin, partnerCoin, context), live.length)];
	return drawn === undefined ? seen : { ...seen, drawn };
}

/** The partner's side of the last toss that an owner began, as it stands on its disk. */
export interface HeldToss {
	readonly agreement: AgreementId;
	readonly counter: number;
	readonly check: Check;
	readonly shelfVersion: number;
	readonly commitment: Uint8Array;
	readonly stage: 'tossed' | 'revealed';
	/** The shelf number that was drawn: it stands, whatever becomes of the shelf. Only of a revealed block. */
	readonly drawn?: number;
}

/** How an owner breaks a toss, or gives it up. */
export type TossMisdeed =
	/** The revealed coin is not the one committed to. */
	| 'wrong-reveal'
	/** Another commitment for a counter that was answered. */
	| 'other-commitment'
	/** A counter below one that was answered. */
	| 'replayed-counter'
	/** A reveal of what was never tossed, or is over. */
	| 'unknown-reveal'
	/** A toss begun after one that was never revealed. */
	| 'aborted';

export type TossVerdict =
	| { readonly kind: 'fresh'; readonly toss: HeldToss; readonly aborted: boolean }
	/** The very toss that was answered: the answer was lost, and is given again. */
	| { readonly kind: 'repeated' }
	| { readonly kind: 'broken'; readonly misdeed: TossMisdeed };

export type TossOffer = Omit<HeldToss, 'stage' | 'drawn'>;

/** What the partner does with a toss. */
export function judgeToss(held: HeldToss | undefined, offer: TossOffer): TossVerdict {
	if (held === undefined || offer.counter > held.counter) {
		const aborted = held?.stage === 'tossed';
		return { kind: 'fresh', toss: { ...offer, stage: 'tossed' }, aborted };
	}
	if (offer.counter < held.counter) return { kind: 'broken', misdeed: 'replayed-counter' };
	const same =
		equalBytes(offer.commitment, held.commitment) &&
		offer.check === held.check &&
		offer.shelfVersion === held.shelfVersion &&
		offer.agreement === held.agreement;
	return same ? { kind: 'repeated' } : { kind: 'broken', misdeed: 'other-commitment' };
}

export interface Reveal {
	readonly counter: number;
	readonly coin: Uint8Array;
}

/** Whether a reveal is that of the toss: undefined when it is, else how it breaks it. */
export function brokenReveal(
	held: HeldToss | undefined,
	{ counter, coin }: Reveal,
	context: TossContext
): TossMisdeed | undefined {
	if (held?.counter !== counter) return 'unknown-reveal';
	return equalBytes(commitmentTo(coin, context), held.commitment) ? undefined : 'wrong-reveal';
}

function contextBytes(context: TossContext): Uint8Array {
	const { owner, partner, agreement, counter, check, shelfVersion } = context;
	const ends = [bytesOf(owner), bytesOf(partner), bytesOf(agreement)];
	return encodeRow([...ends, epochOf(counter), counter, check, shelfVersion]);
}

function domain(name: string): Uint8Array {
	return utf8ToBytes(`holdfast v1 ${name}\0`);
}
