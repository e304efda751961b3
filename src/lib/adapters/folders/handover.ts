interface Given<T> {
	readonly value: T;
	taken(): void;
	refused(error: Error): void;
}

/**
 * Hands values from one side that pushes to one that pulls, one at a time: the giver waits until its value is
 * taken, so that nothing piles up in between.
 */
export class Handover<T> implements AsyncIterable<T> {
	#given: Given<T> | undefined;
	#taker:
		{ take(result: IteratorResult<T, undefined>): void; fail(error: Error): void } | undefined;
	#ended = false;
	#failure: Error | undefined;

	/** Resolves when the value is taken; rejects when either side failed. One value at a time. */
	give(value: T): Promise<void> {
		if (this.#failure !== undefined) return Promise.reject(this.#failure);
		if (this.#ended) return Promise.reject(new Error('Nothing can be given after the end.'));
		const taker = this.#taker;
		this.#taker = undefined;
		if (taker !== undefined) {
			taker.take({ value, done: false });
			return Promise.resolve();
		}
		return new Promise((taken, refused) => {
			this.#given = { value, taken, refused };
		});
	}

	/** No more values come. */
	end(): void {
		this.#ended = true;
		this.#taker?.take({ value: undefined, done: true });
		this.#taker = undefined;
	}

	/** Fails both sides, now and later. */
	fail(error: Error): void {
		this.#failure ??= error;
		this.#taker?.fail(error);
		this.#given?.refused(error);
		this.#taker = undefined;
		this.#given = undefined;
	}

	[Symbol.asyncIterator](): AsyncIterator<T, undefined> {
		return { next: () => this.#next() };
	}

	#next(): Promise<IteratorResult<T, undefined>> {
		if (this.#failure !== undefined) return Promise.reject(this.#failure);
		const given = this.#given;
		this.#given = undefined;
		if (given !== undefined) {
			given.taken();
			return Promise.resolve({ value: given.value, done: false });
		}
		if (this.#ended) return Promise.resolve({ value: undefined, done: true });
		return new Promise((take, fail) => {
			this.#taker = { take, fail };
		});
	}
}
