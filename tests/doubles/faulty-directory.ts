import type { PackDirectory, PackHandle } from '../../src/lib/adapters/opfs/pack-directory.ts';

/**
 * full: a write throws. short: a write ends half-way. code: it does, and returns an error code as Chromium does.
 * flush: what was written does not reach the disk.
 */
export type HandleFault = 'full' | 'short' | 'code' | 'flush';

/** FILE_ERROR_NO_SPACE, which is -8, as Chromium 156 gives it. */
const noSpaceCode = 2 ** 32 - 8;

/** Any directory, with one fault to order at a time: the next call that it concerns fails. */
export class FaultyDirectory implements PackDirectory {
	readonly #inner: PackDirectory;
	readonly #open = new Map<number, PackHandle>();
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
		if (handle !== undefined) this.#open.set(pack, handle);
		return handle && this.#wrap(pack, handle);
	}

	/** Length of every pack file, by its number. */
	async sizes(): Promise<ReadonlyMap<number, number>> {
		const sizes = new Map<number, number>();
		for (const pack of await this.#inner.list()) {
			const open = this.#open.get(pack);
			const handle = open ?? (await this.#inner.open(pack, false));
			sizes.set(pack, handle?.getSize() ?? 0);
			if (open === undefined) handle?.close();
		}
		return sizes;
	}

	remove(pack: number): Promise<void> {
		return this.#inner.remove(pack);
	}

	release(): void {
		this.#inner.release();
	}

	#wrap(pack: number, handle: PackHandle): PackHandle {
		return {
			read: (into, options) => handle.read(into, options),
			write: (bytes, options) => {
				const half = bytes.subarray(0, bytes.length >> 1);
				if (this.#due('short')) return handle.write(half, options);
				if (this.#due('code')) return handle.write(half, options) && noSpaceCode;
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
				this.#open.delete(pack);
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
