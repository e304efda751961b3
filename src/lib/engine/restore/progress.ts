/** How far a restore is. */
import type { Clock } from '../ports.ts';

export interface RestoreProgress {
	readonly filesDone: number;
	readonly filesTotal: number;
	/** Plain bytes; files that were whole before count as done. */
	readonly bytesDone: number;
	readonly bytesTotal: number;
	/** Over the last while; absent until there is something to measure. */
	readonly bytesPerSecond?: number;
	/** Files that cannot be had now: foreseen, or found so. */
	readonly affected: number;
}

/** The speed is that of the last ten seconds or so. */
const windowMs = 10_000;

/** Measures speed over a sliding window. */
export class Throughput {
	readonly #clock: Clock;
	readonly #marks: { readonly at: number; readonly bytes: number }[] = [];
	#bytes = 0;

	constructor(clock: Clock) {
		this.#clock = clock;
		this.#marks.push({ at: clock.now(), bytes: 0 });
	}

	add(bytes: number): void {
		this.#bytes += bytes;
		const at = this.#clock.now();
		const last = this.#marks.at(-1);
		// A mark each tenth of the window is enough; a clock that was set back starts the window anew.
		if (last !== undefined && at < last.at) this.#marks.length = 0;
		else if (last !== undefined && at - last.at < windowMs / 10) return;
		this.#marks.push({ at, bytes: this.#bytes });
		while ((this.#marks[1]?.at ?? Infinity) <= at - windowMs) this.#marks.shift();
	}

	/** Undefined during the first second. */
	get bytesPerSecond(): number | undefined {
		const [first] = this.#marks;
		const passedMs = this.#clock.now() - (first?.at ?? Infinity);
		if (first === undefined || passedMs < windowMs / 10) return undefined;
		return Math.round((1000 * (this.#bytes - first.bytes)) / passedMs);
	}
}
