import type { PackDirectory, PackHandle } from './pack-directory.ts';
import { writeWhole } from './pack-write.ts';

interface OpenPack {
	readonly handle: PackHandle;
	/** Length of the file. It is held alone, so that asking for it once will do: asking costs as much as a read. */
	size: number;
	/** Written to since the last flush. */
	dirty: boolean;
}

/**
 * The open packs, the one used longest ago first. Beyond `handlesMax` that one is closed, unless it waits for
 * its flush. Handles are used without waiting in between, so that none is closed under its user.
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

	/** Bytes of a pack; undefined when there is no such pack or it ends before them. */
	async read(
		pack: number,
		offset: number,
		length: number
	): Promise<Uint8Array<ArrayBuffer> | undefined> {
		const open = await this.#use(pack, false);
		if (open === undefined || offset + length > open.size) return undefined;
		const bytes = new Uint8Array(length);
		return open.handle.read(bytes, { at: offset }) === length ? bytes : undefined;
	}

	/**
	 * Writes to a pack, which is made when there is none. Rejects with StorageFull when the platform has no room,
	 * and has given back what the file grew by.
	 */
	async write(pack: number, offset: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
		const open = await this.#use(pack, true);
		if (open === undefined) throw new Error(`Pack ${String(pack)} was removed.`);
		open.dirty = true;
		writeWhole(open.handle, offset, bytes, open.size);
		open.size = Math.max(open.size, offset + bytes.length);
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
		this.#open.set(pack, { handle, size: handle.getSize(), dirty: false });
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
