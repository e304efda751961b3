import type {
	FileStat,
	SourceDirectory,
	SourceEntry,
	SourceFile,
	SourceReader
} from '../../engine/ports.ts';
import { unreadable } from './failures.ts';
import { readerOf } from './file-reader.ts';

/** A directory that the person gave access to (File System Access API), or one below it. */
export class HandleDirectory implements SourceDirectory {
	readonly kind = 'directory';
	readonly name: string;
	readonly #handle: FileSystemDirectoryHandle;

	constructor(handle: FileSystemDirectoryHandle) {
		this.name = handle.name;
		this.#handle = handle;
	}

	async *entries(): AsyncIterable<SourceEntry> {
		const handles = this.#handle.values()[Symbol.asyncIterator]();
		for (;;) {
			// Only the platform's failures are translated here: those of the caller's loop are its own.
			const next = await handles.next().catch((error: unknown) => {
				throw unreadable(error, this.name);
			});
			if (next.done === true) return;
			yield entryOf(next.value, this.#handle);
		}
	}
}

/**
 * The file's own handle is let go when the platform wants its memory: each costs some 5 KiB, and a scan finds files
 * by the hundred thousand. It is found again by its name.
 */
class HandleFile implements SourceFile {
	readonly kind = 'file';
	readonly name: string;
	readonly #parent: FileSystemDirectoryHandle;
	#handle: WeakRef<FileSystemFileHandle>;

	constructor(handle: FileSystemFileHandle, parent: FileSystemDirectoryHandle) {
		this.name = handle.name;
		this.#parent = parent;
		this.#handle = new WeakRef(handle);
	}

	async stat(): Promise<FileStat> {
		const { size, lastModified } = await this.#take();
		return { size, modified: lastModified };
	}

	async open(): Promise<SourceReader> {
		return readerOf(await this.#take(), () => this.#getFile());
	}

	#take(): Promise<File> {
		return this.#getFile().catch((error: unknown) => {
			throw unreadable(error, this.name);
		});
	}

	async #getFile(): Promise<File> {
		const handle = this.#handle.deref() ?? (await handleIn(this.#parent, this.name));
		this.#handle = new WeakRef(handle);
		return handle.getFile();
	}
}

async function handleIn(
	parent: FileSystemDirectoryHandle,
	name: string
): Promise<FileSystemFileHandle> {
	try {
		return await parent.getFileHandle(name);
	} catch (error) {
		// Chromium lists names that it does not take: "notes~", "link.url".
		if (!(error instanceof TypeError)) throw error;
		for await (const entry of parent.values()) {
			if (entry.kind === 'file' && entry.name === name) return entry;
		}
		throw new DOMException(`${name} is no longer there.`, 'NotFoundError');
	}
}

function entryOf(
	handle: FileSystemFileHandle | FileSystemDirectoryHandle,
	parent: FileSystemDirectoryHandle
): SourceEntry {
	// Chromium lists a name that is not valid UTF-8 as the empty string.
	if (handle.name === '') return { kind: 'unnamed' };
	return handle.kind === 'file' ? new HandleFile(handle, parent) : new HandleDirectory(handle);
}
