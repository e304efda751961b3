/**
 * Restores into a directory that the person chose. A file comes into being whole: the browser writes it beside
 * its place and moves it there when it is closed. Modification times cannot be set.
 */
import type { FileStat, RestoreFile, RestoreTarget } from '../../engine/ports.ts';
import { unwritable } from './failures.ts';
import { foldedName, plainName, safeName, type EntryKind } from './names.ts';
import { PathNames, type Renaming } from './path-names.ts';
import { WriteBuffer } from './write-buffer.ts';

/** Rejects with StorageFull when the disk is full. */
export class DirectoryTarget implements RestoreTarget {
	readonly #root: FileSystemDirectoryHandle;
	readonly #names: PathNames;
	/** By the path in the target. */
	readonly #directories = new Map<string, FileSystemDirectoryHandle>();
	#open: OpenFile | undefined;

	private constructor(root: FileSystemDirectoryHandle, names: PathNames) {
		this.#root = root;
		this.#names = names;
	}

	/** `root` must be writable. */
	static async open(root: FileSystemDirectoryHandle): Promise<DirectoryTarget> {
		const folds = await foldsCase(root);
		const key = folds ? foldedName : (name: string): string => name;
		return new DirectoryTarget(root, new PathNames({ safe: safeName, key }));
	}

	async directory(path: readonly string[], _modified: number): Promise<void> {
		await this.#directory(path);
	}

	async has(path: readonly string[], size: number): Promise<boolean> {
		try {
			const file = await this.#in(path, 'file', (parent, name) => parent.getFileHandle(name));
			return (await file.getFile()).size === size;
		} catch (error) {
			if (error instanceof Error && error.name === 'NotFoundError') return false;
			throw error;
		}
	}

	async file(path: readonly string[], _stat: FileStat): Promise<RestoreFile> {
		try {
			this.#open = await this.#in(path, 'file', openFile);
			return this.#open;
		} catch (error) {
			throw unwritable(error);
		}
	}

	finish(): Promise<{ readonly renamed: readonly Renaming[] }> {
		return Promise.resolve({ renamed: this.#names.renamed });
	}

	/** Whole files stay: a later run finds them by `has`. */
	async abort(_reason: string): Promise<void> {
		await this.#open?.abort();
	}

	/** Does something in the parent of a path, under another name when the platform refuses the first. */
	async #in<T>(
		path: readonly string[],
		kind: EntryKind,
		work: (parent: FileSystemDirectoryHandle, name: string) => Promise<T>
	): Promise<T> {
		const parent = await this.#directory(path.slice(0, -1));
		const name = this.#names.pathOf(path, kind).at(-1) ?? '';
		try {
			return await work(parent, name);
		} catch (error) {
			if (!(error instanceof TypeError)) throw error;
			const other = this.#names.rename(path, kind, plainName(name)).at(-1) ?? '';
			return work(parent, other);
		}
	}

	async #directory(path: readonly string[]): Promise<FileSystemDirectoryHandle> {
		if (path.length === 0) return this.#root;
		const known = this.#directories.get(this.#names.pathOf(path, 'directory').join('/'));
		if (known !== undefined) return known;
		const made = await this.#in(path, 'directory', (parent, name) =>
			parent.getDirectoryHandle(name, { create: true })
		);
		this.#directories.set(this.#names.pathOf(path, 'directory').join('/'), made);
		return made;
	}
}

/** A file that is being written. */
class OpenFile implements RestoreFile {
	readonly #parent: FileSystemDirectoryHandle;
	readonly #handle: FileSystemFileHandle;
	readonly #writable: FileSystemWritableFileStream;
	readonly #buffer: WriteBuffer;
	#ended = false;

	constructor(
		parent: FileSystemDirectoryHandle,
		handle: FileSystemFileHandle,
		writable: FileSystemWritableFileStream
	) {
		this.#parent = parent;
		this.#handle = handle;
		this.#writable = writable;
		this.#buffer = new WriteBuffer((bytes) => writable.write(bytes));
	}

	async write(bytes: Uint8Array): Promise<void> {
		try {
			await this.#buffer.add(bytes);
		} catch (error) {
			throw unwritable(error);
		}
	}

	async close(): Promise<void> {
		try {
			await this.#buffer.flush();
			await this.#writable.close();
			this.#ended = true;
		} catch (error) {
			throw unwritable(error);
		}
	}

	async abort(): Promise<void> {
		if (this.#ended) return;
		this.#ended = true;
		// A writable that failed has let go already.
		await this.#writable.abort().catch(() => undefined);
		// Its empty place was made before the first byte; a file of an earlier run is left as it was.
		const { size } = await this.#handle.getFile();
		if (size === 0) await this.#parent.removeEntry(this.#handle.name);
	}
}

async function openFile(parent: FileSystemDirectoryHandle, name: string): Promise<OpenFile> {
	const handle = await parent.getFileHandle(name, { create: true });
	return new OpenFile(parent, handle, await handle.createWritable());
}

/** Whether this disk takes names that differ in case for one. */
async function foldsCase(root: FileSystemDirectoryHandle): Promise<boolean> {
	const probe = `Holdfast-${crypto.randomUUID()}`;
	await root.getFileHandle(probe, { create: true });
	try {
		await root.getFileHandle(probe.toLowerCase());
		return true;
	} catch {
		return false;
	} finally {
		await root.removeEntry(probe);
	}
}
