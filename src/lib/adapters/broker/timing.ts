/** Pauses and patience of the broker's client. */
import type { Random } from '../../engine/ports.ts';

export const patience = {
	/** From the start of a connection to the broker's welcome. */
	welcomeWithinMs: 15_000,
	answerWithinMs: 10_000,
	/** Publishing again finds a connection that died without a word; brokers ping, but pages cannot. */
	publishEveryMs: 60_000,
	pauseMinMs: 1_000,
	pauseMaxMs: 5 * 60_000
} as const;

/** What may wait in a socket before set-up messages are dropped; a link's set-up is tried again. */
export const bufferedBytesMax = 1024 * 1024;
/** Requests under way at one broker; more find nothing. */
export const pendingMax = 128;

/**
 * How long to wait after the `failures`th failure in a row: doubling from 1 s to 5 min, times a random factor
 * from 0.5 to 1.5, so that the clients of a broker that restarts do not all come at the same moment.
 */
export function pauseMs(failures: number, random: Random): number {
	const doubled = patience.pauseMinMs * 2 ** Math.min(failures - 1, 20);
	const [high = 0, low = 0] = random.bytes(2);
	const factor = 0.5 + (high * 256 + low) / 65_536;
	return Math.min(doubled, patience.pauseMaxMs) * factor;
}
