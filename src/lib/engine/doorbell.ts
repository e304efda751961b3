/**
 * Lets a loop sleep until somebody has work for it, or a time has passed. A ring while nobody waits is kept,
 * so that no wake-up is lost; several rings are one.
 */
import type { Clock } from './ports.ts';

/** Why a timer is given up. Made once: a reason with a stack trace costs more than the rest of a wait. */
const answered = new Error('the bell was answered');

export class Doorbell {
	#rung = false;
	#answer: (() => void) | undefined;

	ring(): void {
		this.#rung = true;
		this.#answer?.();
	}

	/** Resolves at the next ring, after `ms`, or when the signal is aborted. */
	async wait(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
		if (!this.#rung && !signal.aborted) {
			const timer = new AbortController();
			const giveUp = (): void => {
				this.#answer?.();
			};
			const rung = new Promise<void>((resolve) => {
				this.#answer = resolve;
			});
			signal.addEventListener('abort', giveUp, { once: true });
			await Promise.race([rung, clock.sleep(ms, timer.signal).catch(() => undefined)]);
			signal.removeEventListener('abort', giveUp);
			timer.abort(answered);
			this.#answer = undefined;
		}
		this.#rung = false;
	}
}

/** Subscribers to one kind of news. */
export class Listeners<Arguments extends readonly unknown[] = []> {
	readonly #listeners = new Set<(...news: Arguments) => void>();

	add(listener: (...news: Arguments) => void): () => void {
		this.#listeners.add(listener);
		return () => {
			this.#listeners.delete(listener);
		};
	}

	/** A listener that throws does not keep the others from hearing it: the first such error is thrown at the end. */
	tell(...news: Arguments): void {
		const failures: unknown[] = [];
		for (const listener of [...this.#listeners]) {
			try {
				listener(...news);
			} catch (error) {
				failures.push(error);
			}
		}
		if (failures.length > 0) throw failures[0];
	}

	/** Resolves at the next news, or when the signal is aborted: the caller looks which it was. */
	next(signal: AbortSignal): Promise<void> {
		return new Promise((resolve) => {
			const done = (): void => {
				unsubscribe();
				signal.removeEventListener('abort', done);
				resolve();
			};
			const unsubscribe = this.add(done);
			if (signal.aborted) done();
			else signal.addEventListener('abort', done, { once: true });
		});
	}
}
