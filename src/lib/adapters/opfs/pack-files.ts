import type { PackDirectory, PackHandle } from './pack-directory.ts';

interface OpenPack {
	readonly handle: PackHandle;
	/** Written to since the last flush. */
	dirty: boolean;
}

/**
 * The open handles, the one used longest ago first. Beyond `handlesMax` that one is closed, unless it waits
 * for its flush. Handles are used without waiting in between, so that none is closed under its user.
 */
export class PackFiles {
	readonly #directory: PackDirectory;
	readonly #handlesMax: number;
	readonly #open = new Map<number, OpenPack>();
	readonly #opening = new Map<number, Promise<boolean>>();
	readonly #removed = new Set<number>();

	constructor(directory: PackDirectory, handlesMax: number) {
		this.#directory = directory;
		this.#handlesMax = handlesMax;
	}

	/** Reads from a pack; undefined when there is no such pack. */
	async read<T>(pack: number, work: (handle: PackHandle) => T): Promise<T | undefined> {
		const open = await this.#use(pack, false);
		return open === undefined ? undefined : work(open.handle);
	}

	/** Writes to a pack, which is made when there is none. */
	async write(pack: number, work: (handle: PackHandle) => void): Promise<void> {
		const open = await this.#use(pack, true);
		if (open === undefined) throw new Error(`Pack ${String(pack)} was removed.`);
		open.dirty = true;
		work(open.handle);
	}

	/** Forces what was written to a pack to the disk. */
	flush(pack: number): void {
		const open = this.#open.get(pack);
		if (open?.dirty !== true) return;
		// A flush that failed is not tried again: what it lost is gone, and its writers are told.
		open.dirty = false;
		open.handle.flush();
	}

	/** Closes a pack and removes its file. Its number is not used again. */
	async remove(pack: number): Promise<void> {
		this.#removed.add(pack);
		await this.#opening.get(pack)?.catch(() => undefined);
		this.#close(pack);
		await this.#directory.remove(pack);
	}

	closeAll(): void {
		for (const pack of [...this.#open.keys()]) this.#close(pack);
	}

	async #use(pack: number, make: boolean): Promise<OpenPack | undefined> {
		for (;;) {
			const open = this.#open.get(pack);
			if (open !== undefined) return this.#touch(pack, open);
			if (this.#removed.has(pack)) return undefined;
			const opened = await (this.#opening.get(pack) ?? this.#start(pack, make));
			// A reader found no file to open while a writer is about to make it: only the writer goes on.
			if (!opened && !make) return undefined;
		}
	}

	#touch(pack: number, open: OpenPack): OpenPack {
		this.#open.delete(pack);
		this.#open.set(pack, open);
		return open;
	}

	#start(pack: number, make: boolean): Promise<boolean> {
		const opening = this.#openFile(pack, make).finally(() => this.#opening.delete(pack));
		this.#opening.set(pack, opening);
		return opening;
	}

	async #openFile(pack: number, make: boolean): Promise<boolean> {
		const handle = await this.#directory.open(pack, make);
		if (handle === undefined) return false;
		this.#open.set(pack, { handle, dirty: false });
		this.#closeOldest(pack);
		return true;
	}

	#closeOldest(spared: number): void {
		for (const [pack, open] of this.#open) {
			if (this.#open.size <= this.#handlesMax) return;
			if (!open.dirty && pack !== spared) this.#close(pack);
		}
	}

	#close(pack: number): void {
		this.#open.get(pack)?.handle.close();
		this.#open.delete(pack);
	}
}
