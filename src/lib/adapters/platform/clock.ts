import type { Clock } from '../../engine/ports.ts';

/** Timers count in 32 bits: a longer delay would fire at once. */
const timerMsMax = 2 ** 31 - 1;

/** The system's clock and timers. */
export class SystemClock implements Clock {
	now(): number {
		return Date.now();
	}

	async sleep(ms: number, signal?: AbortSignal): Promise<void> {
		let rest = ms;
		for (; rest > timerMsMax; rest -= timerMsMax) await timer(timerMsMax, signal);
		await timer(Math.max(0, rest), signal);
	}
}

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
	return new Promise((resolve, reject) => {
		const wake = (): void => {
			signal?.removeEventListener('abort', stop);
			resolve();
		};
		const stop = (): void => {
			clearTimeout(handle);
			reject(reasonOf(signal));
		};
		const handle = setTimeout(wake, ms);
		if (signal?.aborted === true) stop();
		else signal?.addEventListener('abort', stop, { once: true });
	});
}

function reasonOf(signal: AbortSignal | undefined): Error {
	const reason: unknown = signal?.reason;
	return reason instanceof Error ? reason : new Error(String(reason));
}
