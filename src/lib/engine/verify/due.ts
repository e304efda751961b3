/** When checks are due: once in every period, at a place in it that differs from partner to partner. Pure. */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { bytesOf, type PeerId } from '../identifiers.ts';
import type { Check } from './observation.ts';

/** The periods of one check of one partner. */
export interface Beat {
	readonly everyMs: number;
	/** Where each period begins, in milliseconds after a multiple of it. */
	readonly offsetMs: number;
}

/** Stable, and spread over the period, so that twenty partners are not checked at once. */
export function beatOf(owner: PeerId, partner: PeerId, check: Check, everyMs: number): Beat {
	const ends = concatBytes(bytesOf(owner), bytesOf(partner));
	const hash = sha256(concatBytes(utf8ToBytes(`holdfast v1 beat ${check}\0`), ends));
	const share = new DataView(hash.buffer, hash.byteOffset).getUint32(0) / 2 ** 32;
	return { everyMs, offsetMs: Math.floor(share * everyMs) };
}

/** The number of the period that a time lies in. */
export function periodOf({ everyMs, offsetMs }: Beat, at: number): number {
	return Math.floor((at - offsetMs) / everyMs);
}

/** When the next period begins. */
export function nextPeriodAt(beat: Beat, now: number): number {
	return (periodOf(beat, now) + 1) * beat.everyMs + beat.offsetMs;
}

/** Whether nothing was tried in this period: one check, however many periods passed. Also after the clock was set back. */
export function isDue(beat: Beat, triedAt: number | undefined, now: number): boolean {
	return triedAt === undefined || periodOf(beat, triedAt) !== periodOf(beat, now);
}

/** The last period in which this peer looked for a partner, and whether it was there from its beginning. */
export interface Watch {
	readonly period: number;
	readonly whole: boolean;
}

/** What a look at a check finds: `missed` when a whole period went by without a try. */
export function watched(
	before: Watch | undefined,
	beat: Beat,
	triedAt: number | undefined,
	now: number
): { readonly watch: Watch; readonly missed: boolean } {
	const period = periodOf(beat, now);
	if (before?.period === period) return { watch: before, missed: false };
	const follows = before !== undefined && period === before.period + 1;
	const tried = triedAt !== undefined && periodOf(beat, triedAt) === before?.period;
	return {
		watch: { period, whole: follows },
		missed: follows && before.whole && !tried
	};
}
