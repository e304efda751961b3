/**
 * The time that counts. Standing is judged in it, never in the clock's own: it passes only while this peer looks
 * at its partners over a connection that is not in doubt. So neither an outage or a holiday of this peer nor a clock that
 * somebody sets makes anybody older. Rejected: the clock itself (a leap of a month would expel everybody who
 * is away at that moment), and the running time of the peer (a grace of 14 days would be a year for a machine
 * that is on for an hour a day).
 */

export interface Watch {
	/** Milliseconds that count, since this peer has partners. Never goes back. */
	readonly countedMs: number;
	/** The clock at the last look; undefined before the first. */
	readonly lookedAt: number | undefined;
	/** The clock at the last look that found the own connection good. */
	readonly goodAt: number | undefined;
	/** How long the own connection has been in doubt since then. */
	readonly doubtMs: number;
}

export const freshWatch: Watch = {
	countedMs: 0,
	lookedAt: undefined,
	goodAt: undefined,
	doubtMs: 0
};

/**
 * Of the time between two looks at most this counts: 24 hours. A machine that is off at night counts whole days; one
 * that was off for a month, or whose clock leapt, counts one.
 */
export const gapCountedMaxMs = 24 * 60 * 60_000;

export interface Look {
	readonly now: number;
	/** Whether the own connection is beyond doubt (connectivity.ts). */
	readonly good: boolean;
	/** How often this peer looks while it runs. */
	readonly everyMs: number;
}

/** The watch after a look. Pure. */
export function look(watch: Watch, { now, good, everyMs }: Look): Watch {
	if (!good) {
		const sinceLook = now - (watch.lookedAt ?? now);
		const doubtMs = watch.doubtMs + within(sinceLook, everyMs);
		return { ...watch, lookedAt: now, doubtMs };
	}
	const passedMs = now - (watch.goodAt ?? now) - watch.doubtMs;
	return {
		countedMs: watch.countedMs + within(passedMs, gapCountedMaxMs),
		lookedAt: now,
		goodAt: now,
		doubtMs: 0
	};
}

/** A clock that was set back passes no time. */
function within(ms: number, maxMs: number): number {
	return Math.min(Math.max(0, ms), maxMs);
}
