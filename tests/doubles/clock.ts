import type { Clock } from '../../src/lib/engine/ports.ts';

interface Sleeper {
	readonly due: number;
	readonly wake: () => void;
}

/** Lets everything run that waits for nothing but promises. */
function turn(): Promise<void> {
	return new Promise((resolve) => {
		setTimeout(resolve, 0);
	});
}

/**
 * A clock that stands still until the test moves it. Sleepers wake in the order of their due times, those
 * of one instant in the order in which they fell asleep, and each one's work is done before the next wakes.
 */
export class VirtualClock implements Clock {
	/** Time since the start, never going back: jumps of the person's clock do not touch it. */
	#elapsed = 0;
	#epoch: number;
	readonly #settle: () => Promise<void>;
	readonly #sleepers: Sleeper[] = [];

	/** `settle` lets woken work finish; work that waits for native cryptography may need another one. */
	constructor(start = Date.UTC(2026, 10, 2, 9), settle: () => Promise<void> = turn) {
		this.#epoch = start;
		this.#settle = settle;
	}

	now(): number {
		return this.#epoch + this.#elapsed;
	}

	/** How many sleep now. */
	get sleeping(): number {
		return this.#sleepers.length;
	}

	/** Milliseconds until the next sleeper wakes; undefined when none sleeps. */
	get untilNext(): number | undefined {
		const next = this.#sleepers[0];
		return next === undefined ? undefined : Math.max(0, next.due - this.#elapsed);
	}

	sleep(ms: number, signal?: AbortSignal): Promise<void> {
		return new Promise((resolve, reject) => {
			if (signal?.aborted === true) return reject(reasonOf(signal));
			const onAbort = (): void => {
				this.#sleepers.splice(this.#sleepers.indexOf(sleeper), 1);
				reject(reasonOf(signal));
			};
			const wake = (): void => {
				signal?.removeEventListener('abort', onAbort);
				resolve();
			};
			const sleeper = { due: this.#elapsed + Math.max(0, ms), wake };
			this.#insert(sleeper);
			signal?.addEventListener('abort', onAbort, { once: true });
		});
	}

	/** Moves time on, waking every sleeper that is due on the way. */
	async advance(ms: number): Promise<void> {
		const target = this.#elapsed + ms;
		await this.#settle();
		for (let next = this.#sleepers[0]; next !== undefined; next = this.#sleepers[0]) {
			if (next.due > target) break;
			this.#sleepers.shift();
			this.#elapsed = Math.max(this.#elapsed, next.due);
			next.wake();
			await this.#settle();
		}
		this.#elapsed = target;
	}

	/** The person sets the system clock: `now` jumps, and nobody wakes earlier or later for it. */
	jump(ms: number): void {
		this.#epoch += ms;
	}

	#insert(sleeper: Sleeper): void {
		let low = 0;
		let high = this.#sleepers.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if ((this.#sleepers[middle]?.due ?? Infinity) <= sleeper.due) low = middle + 1;
			else high = middle;
		}
		this.#sleepers.splice(low, 0, sleeper);
	}
}

function reasonOf(signal: AbortSignal | undefined): Error {
	const reason: unknown = signal?.reason;
	return reason instanceof Error ? reason : new Error(String(reason));
}
