/**
 * How partners behave while blocks are read from them, and the pure decision whom to ask next: those that are
 * expected to deliver first, judged by measured speed, what they still owe, failures and rot.
 */
import { Listeners } from '../doorbell.ts';
import type { PeerId } from '../identifiers.ts';
import type { Unsubscribe } from '../ports.ts';
import {
	blocksInFlightPerPartnerMax,
	patienceFactor,
	patienceMsMax,
	patienceMsMin,
	queueMsMax,
	unmeasuredBytesPerSecond
} from './limits.ts';
import type { HeldPlace } from './shelves.ts';

export interface Conduct {
	/** Smoothed over the last answers; undefined before the first. */
	readonly bytesPerSecond?: number;
	/** Requests that it has not answered. */
	readonly open: number;
	/** Bytes that these will bring. */
	readonly openBytes: number;
	/** Requests in a row that brought no block. */
	readonly failures: number;
	/** Good blocks, ever. */
	readonly delivered: number;
	/** Blocks that did not verify, ever. */
	readonly rotten: number;
}

const newcomer: Conduct = { open: 0, openBytes: 0, failures: 0, delivered: 0, rotten: 0 };

/** Milliseconds until a block of so many bytes is expected, if it is asked for now. */
export function expectedMs(conduct: Conduct, bytes: number): number {
	const speed = conduct.bytesPerSecond ?? unmeasuredBytesPerSecond;
	const doubt = 1 + Math.min(conduct.failures, 8) + 4 * Math.min(conduct.rotten, 8);
	return (1000 * doubt * (conduct.openBytes + bytes)) / speed;
}

/** After how long without the block another partner is asked beside this one. */
export function patienceMs(conduct: Conduct, bytes: number): number {
	const patience = patienceFactor * expectedMs(conduct, bytes);
	return Math.min(Math.max(patience, patienceMsMin), patienceMsMax);
}

/**
 * Whether a partner can take one more request: one beside the one it is answering always, and more as long as it
 * can answer them all soon. What waits at a slow partner could have come from another.
 */
export function hasRoom(conduct: Conduct): boolean {
	const speed = conduct.bytesPerSecond ?? unmeasuredBytesPerSecond;
	const soon = 1000 * conduct.openBytes < queueMsMax * speed;
	return conduct.open < 2 || (soon && conduct.open < blocksInFlightPerPartnerMax);
}

export interface RankedPlace {
	readonly place: HeldPlace;
	readonly conduct: Conduct;
	/** How often this block was asked for at this partner before. */
	readonly attempts: number;
}

/** A parity block must be this much faster than a data block: data blocks need no decoding. */
const parityHandicap = 1.1;

/** The places in the order in which to ask: untried ones first, then by expected time, then by position. */
export function rankPlaces(
	places: readonly RankedPlace[],
	{ m, blockBytes }: { readonly m: number; readonly blockBytes: number }
): readonly RankedPlace[] {
	const costs = places.map((ranked) => {
		const handicap = ranked.place.position < m ? 1 : parityHandicap;
		return { ranked, cost: handicap * expectedMs(ranked.conduct, blockBytes) };
	});
	costs.sort(
		(a, b) =>
			a.ranked.attempts - b.ranked.attempts ||
			a.cost - b.cost ||
			a.ranked.place.position - b.ranked.place.position
	);
	return costs.map(({ ranked }) => ranked);
}

/** How an attempt ended. */
export type Outcome =
	| { readonly kind: 'good'; readonly bytes: number; readonly ms: number }
	/** No answer, or a refusal. */
	| { readonly kind: 'failed' }
	/** An answer that is not the block. */
	| { readonly kind: 'rotten' };

/** New measurements count for this much. */
const smoothing = 0.3;

/** What is known of each partner's conduct. */
export class ConductLedger {
	readonly #conduct = new Map<PeerId, Conduct>();
	readonly #ended = new Listeners();

	of(partner: PeerId): Conduct {
		return this.#conduct.get(partner) ?? newcomer;
	}

	/** Partners that returned blocks that did not verify, and how many. */
	rotten(): ReadonlyMap<PeerId, number> {
		const counts = [...this.#conduct].map(([partner, { rotten }]) => [partner, rotten] as const);
		return new Map(counts.filter(([, rotten]) => rotten > 0));
	}

	began(partner: PeerId, bytes: number): void {
		const before = this.of(partner);
		const { open, openBytes } = before;
		this.#conduct.set(partner, { ...before, open: open + 1, openBytes: openBytes + bytes });
	}

	/** `bytes` are those that `began` was told. */
	ended(partner: PeerId, bytes: number, outcome: Outcome): void {
		this.#conduct.set(partner, after(this.of(partner), bytes, outcome));
		this.#ended.tell();
	}

	/** Called whenever a partner has room again. */
	onEnd(listener: () => void): Unsubscribe {
		return this.#ended.add(listener);
	}
}

function after(before: Conduct, bytes: number, outcome: Outcome): Conduct {
	const open = before.open - 1;
	const openBytes = before.openBytes - bytes;
	const rest = { ...before, open, openBytes };
	switch (outcome.kind) {
		case 'failed':
			return { ...rest, failures: before.failures + 1 };
		case 'rotten':
			return { ...rest, failures: before.failures + 1, rotten: before.rotten + 1 };
		case 'good': {
			// While several blocks are under way on one line, each takes as long as all of them.
			const shared = outcome.bytes + openBytes;
			const speed = (1000 * shared) / Math.max(outcome.ms, 1);
			const last = before.bytesPerSecond ?? speed;
			const bytesPerSecond = last + smoothing * (speed - last);
			return { ...rest, failures: 0, delivered: before.delivered + 1, bytesPerSecond };
		}
	}
}
