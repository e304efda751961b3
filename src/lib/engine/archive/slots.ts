/** How many things run at once. */

/**
 * A number of slots for work. Who waited least gets the next free slot: a walk that queues subdirectories then
 * goes deep before it goes wide, and holds few of them in memory.
 */
export class Slots {
	#free: number;
	readonly #waiting: (() => void)[] = [];

	constructor(count: number) {
		this.#free = count;
	}

	async run<T>(work: () => Promise<T>): Promise<T> {
		if (this.#free > 0) this.#free--;
		else await new Promise<void>((resolve) => this.#waiting.push(resolve));
		try {
			return await work();
		} finally {
			const next = this.#waiting.pop();
			if (next === undefined) this.#free++;
			else next();
		}
	}
}

/** Lanes for work in order of arrival. The first failure stops what has not started yet. */
export class Lanes {
	readonly #count: number;
	readonly #running = new Set<Promise<void>>();
	#failure: { readonly cause: unknown } | undefined;

	constructor(count: number) {
		this.#count = count;
	}

	/** Resolves when the work has a lane and runs. Rejects, the work undone, with the failure of earlier work. */
	async start(work: () => Promise<void>): Promise<void> {
		while (this.#running.size >= this.#count) await Promise.race(this.#running);
		this.#check();
		const running: Promise<void> = work()
			.catch((cause: unknown) => {
				this.#failure ??= { cause };
			})
			.finally(() => this.#running.delete(running));
		this.#running.add(running);
	}

	/** Resolves when nothing runs any more. Rejects with the first failure. */
	async idle(): Promise<void> {
		await this.settled();
		this.#check();
	}

	/** As `idle`, but never rejects. */
	async settled(): Promise<void> {
		while (this.#running.size > 0) await Promise.race(this.#running);
	}

	#check(): void {
		if (this.#failure !== undefined) throw this.#failure.cause;
	}
}

/** All results in order. Unlike Promise.all it waits for everyone before it rejects with the first failure. */
export async function settled<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
	const results: T[] = [];
	for (const outcome of await Promise.allSettled(work)) {
		if (outcome.status === 'rejected') throw outcome.reason;
		results.push(outcome.value);
	}
	return results;
}
