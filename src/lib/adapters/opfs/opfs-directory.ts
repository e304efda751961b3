import type { Clock } from '../../engine/ports.ts';
import { StoreInUse, StoreUnsupported } from './failures.ts';
import type { PackDirectory, PackHandle } from './pack-directory.ts';

/** Between two looks whether the files are free. */
const pauseMs = 50;

const lockName = 'lock';
const packName = /^pack-(\d{1,9})$/;

/**
 * A directory of the origin private file system. It is held by a sync access handle on its file 'lock':
 * the browser gives it to one holder, and takes it back when that one crashes.
 */
export class OpfsDirectory implements PackDirectory {
	readonly #directory: FileSystemDirectoryHandle;
	readonly #lock: FileSystemSyncAccessHandle;

	private constructor(directory: FileSystemDirectoryHandle, lock: FileSystemSyncAccessHandle) {
		this.#directory = directory;
		this.#lock = lock;
	}

	/**
	 * Takes the directory of that name, and makes it when it is not there. Only in a dedicated worker.
	 * Rejects with StoreInUse while another holds it, and with StoreUnsupported where there is none to be had.
	 */
	static async open(name: string): Promise<OpfsDirectory> {
		const root = await originRoot();
		const directory = await root.getDirectoryHandle(name, { create: true });
		const lock = await directory.getFileHandle(lockName, { create: true });
		return new OpfsDirectory(directory, await holdAlone(lock));
	}

	/**
	 * Like `open`, but patient: after a reload the browser takes the files back from the old page's worker a moment
	 * later. Rejects with StoreInUse after about `patienceMs`.
	 */
	static async openWhenFree(
		name: string,
		clock: Clock,
		patienceMs: number
	): Promise<OpfsDirectory> {
		for (let waited = 0; ; waited += pauseMs) {
			try {
				return await OpfsDirectory.open(name);
			} catch (error) {
				if (!(error instanceof StoreInUse) || waited >= patienceMs) throw error;
			}
			await clock.sleep(pauseMs);
		}
	}

	async list(): Promise<readonly number[]> {
		const packs: number[] = [];
		for await (const name of this.#directory.keys()) {
			const number = packName.exec(name)?.[1];
			if (number !== undefined) packs.push(Number(number));
		}
		return packs.sort((a, b) => a - b);
	}

	async open(pack: number, make: boolean): Promise<PackHandle | undefined> {
		try {
			const file = await this.#directory.getFileHandle(nameOf(pack), { create: make });
			return await holdAlone(file);
		} catch (error) {
			if (!make && isNamed(error, 'NotFoundError')) return undefined;
			throw error;
		}
	}

	async remove(pack: number): Promise<void> {
		try {
			await this.#directory.removeEntry(nameOf(pack));
		} catch (error) {
			if (!isNamed(error, 'NotFoundError')) throw error;
		}
	}

	release(): void {
		this.#lock.close();
	}
}

function nameOf(pack: number): string {
	return `pack-${String(pack).padStart(6, '0')}`;
}

async function originRoot(): Promise<FileSystemDirectoryHandle> {
	try {
		return await navigator.storage.getDirectory();
	} catch (cause) {
		// Private windows of some browsers refuse; plain HTTP has no storage manager at all.
		throw new StoreUnsupported('The browser gives no file system here.', { cause });
	}
}

async function holdAlone(file: FileSystemFileHandle): Promise<FileSystemSyncAccessHandle> {
	// Typed as always there, but pages and old browsers have none.
	if ((file as Partial<FileSystemFileHandle>).createSyncAccessHandle === undefined) {
		throw new StoreUnsupported('Files with synchronous access exist in workers only.');
	}
	try {
		return await file.createSyncAccessHandle();
	} catch (error) {
		if (!isNamed(error, 'NoModificationAllowedError')) throw error;
		throw new StoreInUse('Another tab has the storage open.', { cause: error });
	}
}

function isNamed(error: unknown, name: string): boolean {
	return error instanceof Error && error.name === name;
}
