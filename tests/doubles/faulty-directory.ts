import type { PackDirectory, PackHandle } from '../../src/lib/adapters/opfs/pack-directory.ts';

/** full: a write throws. short: a write ends half-way. flush: what was written does not reach the disk. */
export type HandleFault = 'full' | 'short' | 'flush';

/** Any directory, with one fault to order at a time: the next call that it concerns fails. */
export class FaultyDirectory implements PackDirectory {
	readonly #inner: PackDirectory;
	#fault: HandleFault | undefined;

	constructor(inner: PackDirectory) {
		this.#inner = inner;
	}

	fail(fault: HandleFault): void {
		this.#fault = fault;
	}

	list(): Promise<readonly number[]> {
		return this.#inner.list();
	}

	async open(pack: number, make: boolean): Promise<PackHandle | undefined> {
		const handle = await this.#inner.open(pack, make);
		return handle && this.#wrap(handle);
	}

	remove(pack: number): Promise<void> {
		return this.#inner.remove(pack);
	}

	release(): void {
		this.#inner.release();
	}

	#wrap(handle: PackHandle): PackHandle {
		return {
			read: (into, options) => handle.read(into, options),
			write: (bytes, options) => {
				const half = bytes.subarray(0, bytes.length >> 1);
				if (this.#due('short')) return handle.write(half, options);
				if (!this.#due('full')) return handle.write(bytes, options);
				handle.write(half, options);
				throw new DOMException('No space available.', 'QuotaExceededError');
			},
			truncate: (size) => {
				handle.truncate(size);
			},
			getSize: () => handle.getSize(),
			flush: () => {
				if (this.#due('flush')) throw new DOMException('Flush failed.', 'QuotaExceededError');
				handle.flush();
			},
			close: () => {
				handle.close();
			}
		};
	}

	#due(fault: HandleFault): boolean {
		const due = this.#fault === fault;
		if (due) this.#fault = undefined;
		return due;
	}
}
