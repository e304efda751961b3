/** Room in memory, handed out in the order of asking. */
export class ByteBudget {
	readonly #bytesMax: number;
	readonly #waiting: { readonly bytes: number; readonly enter: () => void }[] = [];
	#taken = 0;

	constructor(bytesMax: number) {
		this.#bytesMax = bytesMax;
	}

	/**
	 * Resolves to the function that gives the room back. What is larger than the whole budget waits until nothing
	 * else is taken.
	 */
	async take(bytes: number): Promise<() => void> {
		if (this.#waiting.length > 0 || !this.#fits(bytes)) {
			await new Promise<void>((enter) => this.#waiting.push({ bytes, enter }));
		} else {
			this.#taken += bytes;
		}
		return () => {
			this.#taken -= bytes;
			this.#admit();
		};
	}

	#fits(bytes: number): boolean {
		return this.#taken === 0 || this.#taken + bytes <= this.#bytesMax;
	}

	#admit(): void {
		for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
			if (!this.#fits(next.bytes)) return;
			this.#waiting.shift();
			this.#taken += next.bytes;
			next.enter();
		}
	}
}
