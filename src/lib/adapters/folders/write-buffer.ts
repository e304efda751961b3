/** Few big writes cost far less than many small ones: each is a message to another process, or opens the file. */
const bufferBytes = 1024 * 1024;

/** Gathers pieces and writes them by the mebibyte, in order. */
export class WriteBuffer {
	readonly #write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
	readonly #buffer = new Uint8Array(bufferBytes);
	#filled = 0;

	/** What is given to `write` may change once it has resolved. */
	constructor(write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>) {
		this.#write = write;
	}

	/** Resolves when there is room for more. The piece may be used again afterwards. */
	async add(piece: Uint8Array): Promise<void> {
		let rest = piece;
		while (rest.length > 0) {
			if (this.#filled === 0 && rest.length >= bufferBytes) {
				return this.#write(rest as Uint8Array<ArrayBuffer>);
			}
			const part = rest.subarray(0, bufferBytes - this.#filled);
			this.#buffer.set(part, this.#filled);
			this.#filled += part.length;
			rest = rest.subarray(part.length);
			if (this.#filled === bufferBytes) await this.flush();
		}
	}

	/** Writes what is left. */
	async flush(): Promise<void> {
		const filled = this.#buffer.subarray(0, this.#filled);
		this.#filled = 0;
		if (filled.length > 0) await this.#write(filled);
	}
}
