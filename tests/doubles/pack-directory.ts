import { StoreInUse } from '../../src/lib/adapters/opfs/failures.ts';
import { packBytesMax } from '../../src/lib/adapters/opfs/limits.ts';
import type { PackDirectory, PackHandle } from '../../src/lib/adapters/opfs/pack-directory.ts';

/** The files that outlive a crash, and who holds them. */
export class PackDisk {
	/** Over resizable buffers: the arrays follow their length. */
	readonly files = new Map<number, Uint8Array<ArrayBuffer>>();
	/** Open handles of packs, and 'lock' for the directory. */
	readonly held = new Set<number | 'lock'>();

	make(pack: number): void {
		if (this.files.has(pack)) return;
		const buffer = new ArrayBuffer(0, { maxByteLength: packBytesMax });
		this.files.set(pack, new Uint8Array(buffer));
	}

	/** Counts the processes that had the files. */
	life = 0;

	/** The process that held the files is gone: what is left of it gets at them no more. */
	crash(): void {
		this.held.clear();
		this.life++;
	}
}

/** A directory of packs in memory, as strict about who holds what as a browser is. */
export class MemoryPackDirectory implements PackDirectory {
	readonly #disk: PackDisk;
	readonly #life: number;

	/** Throws StoreInUse while another instance holds the disk. */
	constructor(disk: PackDisk) {
		if (disk.held.has('lock')) throw new StoreInUse('Another tab has the storage open.');
		disk.held.add('lock');
		this.#disk = disk;
		this.#life = disk.life;
	}

	list(): Promise<readonly number[]> {
		return Promise.resolve([...this.#disk.files.keys()].sort((a, b) => a - b));
	}

	open(pack: number, make: boolean): Promise<PackHandle | undefined> {
		if (this.#disk.life !== this.#life) return Promise.reject(new Error('This process is dead.'));
		if (!make && !this.#disk.files.has(pack)) return Promise.resolve(undefined);
		if (this.#disk.held.has(pack)) return Promise.reject(new StoreInUse(`Pack ${String(pack)}.`));
		this.#disk.make(pack);
		this.#disk.held.add(pack);
		return Promise.resolve(handleOf(this.#disk, pack));
	}

	remove(pack: number): Promise<void> {
		if (this.#disk.held.has(pack)) return Promise.reject(new StoreInUse(`Pack ${String(pack)}.`));
		this.#disk.files.delete(pack);
		return Promise.resolve();
	}

	release(): void {
		this.#disk.held.delete('lock');
	}
}

function handleOf(disk: PackDisk, pack: number): PackHandle {
	const { life } = disk;
	const bytes = (): Uint8Array<ArrayBuffer> => {
		const found = disk.files.get(pack);
		if (found === undefined || !disk.held.has(pack) || life !== disk.life) {
			throw new Error('The handle is closed.');
		}
		return found;
	};
	return {
		read: (into, { at }) => {
			const piece = bytes().subarray(at, at + into.length);
			into.set(piece);
			return piece.length;
		},
		write: (piece, { at }) => {
			const file = bytes();
			file.buffer.resize(Math.max(file.length, at + piece.length));
			file.set(piece, at);
			return piece.length;
		},
		truncate: (size) => {
			bytes().buffer.resize(size);
		},
		getSize: () => bytes().length,
		flush: () => void bytes(),
		close: () => {
			if (life === disk.life) disk.held.delete(pack);
		}
	};
}
