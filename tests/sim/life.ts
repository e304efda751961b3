/**
 * One run of a peer's process, from its start to its end. Everything that reaches the process from outside, and every
 * call by which it reaches out, passes here: so a process can end at any await, and a machine can be put to sleep. What
 * an ended process still waits for never comes, and what it still asks for is never done.
 */
import type { Clock } from '../../src/lib/engine/ports.ts';
import type { SimClock } from './clock.ts';

/** Where a process ends by itself: at the n-th call that it makes, before or after the call took effect. */
export interface CrashPoint {
	readonly call: number;
	readonly when: 'before' | 'after';
}

export class Life implements Clock {
	readonly #clock: SimClock;
	/** What the person's system clock is off, in milliseconds. */
	readonly #skewMs: () => number;
	#state: 'running' | 'asleep' | 'ended' = 'running';
	/** What happened outside while the machine slept. */
	#missed: (() => void)[] = [];
	#calls = 0;
	#crash: (CrashPoint & { readonly then: () => void }) | undefined;

	constructor(clock: SimClock, skewMs: () => number) {
		this.#clock = clock;
		this.#skewMs = skewMs;
	}

	get ended(): boolean {
		return this.#state === 'ended';
	}

	/** Calls that the process has made. */
	get calls(): number {
		return this.#calls;
	}

	/** The process ends at this point; `then` is told right after. */
	crashAt(point: CrashPoint, then: () => void): void {
		this.#crash = { ...point, then };
	}

	end(): void {
		this.#state = 'ended';
		this.#missed = [];
	}

	/** The lid is closed: nothing runs until it is opened. */
	fallAsleep(): void {
		if (this.#state === 'running') this.#state = 'asleep';
	}

	wake(): void {
		if (this.#state !== 'asleep') return;
		this.#state = 'running';
		const missed = this.#missed;
		this.#missed = [];
		// Each in an event of its own: a process sees one thing happen after the other.
		for (const happening of missed) this.#clock.after(0, () => this.hear(happening));
	}

	/** Something reaches the process, when it runs. */
	hear(happening: () => void): void {
		if (this.#state === 'running') happening();
		else if (this.#state === 'asleep') this.#missed.push(happening);
	}

	/** The process reaches out. */
	call<T>(work: () => T): Promise<T> {
		if (this.#state === 'ended') return never();
		this.#calls++;
		if (this.#crash !== undefined && this.#calls >= this.#crash.call) return this.#die(work);
		return new Promise((resolve) => {
			resolve(work());
		});
	}

	now(): number {
		return Math.floor(this.#clock.now + this.#skewMs());
	}

	sleep(ms: number, signal?: AbortSignal): Promise<void> {
		if (this.#state === 'ended') return never();
		return new Promise((resolve, reject) => {
			if (signal?.aborted === true) {
				reject(reasonOf(signal));
				return;
			}
			const wake = (): void => {
				signal?.removeEventListener('abort', give);
				resolve();
			};
			const give = (): void => {
				this.#clock.cancel(timer);
				reject(reasonOf(signal));
			};
			const timer = this.#clock.after(ms, () => {
				this.hear(wake);
			});
			signal?.addEventListener('abort', give, { once: true });
		});
	}

	#die<T>(work: () => T): Promise<T> {
		const crash = this.#crash;
		this.#crash = undefined;
		if (crash?.when === 'after') work();
		this.end();
		crash?.then();
		return never();
	}
}

function never(): Promise<never> {
	return new Promise(() => undefined);
}

function reasonOf(signal: AbortSignal | undefined): Error {
	const reason: unknown = signal?.reason;
	return reason instanceof Error ? reason : new Error(String(reason));
}
