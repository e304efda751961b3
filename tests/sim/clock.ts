/**
 * Virtual time and the loop that moves it. One event runs at a time, in the order of due time and then of its making;
 * before the next one everything that waits for promises has run to its end. Nothing else happens in a simulation, so
 * that the order of all that happens is the seed's.
 */

/** What happens at a moment. `run` is undefined once it was cancelled. */
export interface Timer {
	readonly due: number;
	readonly order: number;
	run: (() => void) | undefined;
}

/** Steps between two visits to Node's own event loop, which a test runner needs to hear from us. */
const stepsPerVisit = 2048;
const resolved = Promise.resolve();

export class SimClock {
	/** A binary heap by due time and order. */
	readonly #heap: Timer[] = [];
	#now: number;
	#made = 0;
	#events = 0;

	/** `start` in milliseconds since the Unix epoch. */
	constructor(start: number) {
		this.#now = start;
	}

	/** Milliseconds since the Unix epoch. Never goes back. */
	get now(): number {
		return this.#now;
	}

	/** Events that have run. */
	get events(): number {
		return this.#events;
	}

	at(due: number, run: () => void): Timer {
		const timer = { due: Math.max(due, this.#now), order: this.#made++, run };
		this.#push(timer);
		return timer;
	}

	after(ms: number, run: () => void): Timer {
		return this.at(this.#now + Math.max(0, ms), run);
	}

	cancel(timer: Timer): void {
		timer.run = undefined;
	}

	/** Runs everything up to a moment. Rejects with what an event throws. */
	run(until: number): Promise<void> {
		return new Promise((resolve, reject) => {
			let steps = 0;
			const step = (): void => {
				const next = this.#next(until);
				if (next === undefined) {
					this.#now = Math.max(this.#now, until);
					resolve();
					return;
				}
				try {
					this.#now = next.due;
					this.#events++;
					next.run?.();
				} catch (error) {
					reject(error instanceof Error ? error : new Error(String(error)));
					return;
				}
				// A tick that a microtask asks for comes when no microtask is left: all that the event set off is done.
				if (++steps % stepsPerVisit === 0) setImmediate(step);
				else void resolved.then(() => process.nextTick(step));
			};
			setImmediate(step);
		});
	}

	#next(until: number): Timer | undefined {
		for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
			if (top.run !== undefined && top.due > until) return undefined;
			this.#pop();
			if (top.run !== undefined) return top;
		}
		return undefined;
	}

	#push(timer: Timer): void {
		const heap = this.#heap;
		let at = heap.length;
		heap.push(timer);
		while (at > 0) {
			const above = (at - 1) >> 1;
			const other = heap[above];
			if (other === undefined || !isBefore(timer, other)) break;
			heap[at] = other;
			at = above;
		}
		heap[at] = timer;
	}

	#pop(): void {
		const heap = this.#heap;
		const last = heap.pop();
		if (last === undefined || heap.length === 0) return;
		let at = 0;
		for (;;) {
			const child = this.#smallerChild(at);
			const other = heap[child];
			if (other === undefined || isBefore(last, other)) break;
			heap[at] = other;
			at = child;
		}
		heap[at] = last;
	}

	#smallerChild(at: number): number {
		const left = 2 * at + 1;
		const a = this.#heap[left];
		const b = this.#heap[left + 1];
		return a !== undefined && b !== undefined && isBefore(b, a) ? left + 1 : left;
	}
}

function isBefore(a: Timer, b: Timer): boolean {
	return a.due < b.due || (a.due === b.due && a.order < b.order);
}
