/** Work that must not overlap: one piece after the other for each key, whatever became of the one before. */
export class Turns<Key> {
	readonly #last = new Map<Key, Promise<unknown>>();

	/** Runs the work once all work for this key before it has ended. Rejects only as the work does. */
	take<T>(key: Key, work: () => Promise<T>): Promise<T> {
		const turn = (this.#last.get(key) ?? Promise.resolve()).then(work);
		const ended = turn
			.catch(() => undefined)
			.then(() => {
				if (this.#last.get(key) === ended) this.#last.delete(key);
			});
		this.#last.set(key, ended);
		return turn;
	}
}
