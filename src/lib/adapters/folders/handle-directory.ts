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
			yield entryOf(next.value);
		}
	}
}

class HandleFile implements SourceFile {
	readonly kind = 'file';
	readonly name: string;
	readonly #handle: FileSystemFileHandle;

	constructor(handle: FileSystemFileHandle) {
		this.name = handle.name;
		this.#handle = handle;
	}

	async stat(): Promise<FileStat> {
		const { size, lastModified } = await this.#take();
		return { size, modified: lastModified };
	}

	async open(): Promise<SourceReader> {
		return readerOf(await this.#take(), () => this.#handle.getFile());
	}

	#take(): Promise<File> {
		return this.#handle.getFile().catch((error: unknown) => {
			throw unreadable(error, this.name);
		});
	}
}

function entryOf(handle: FileSystemFileHandle | FileSystemDirectoryHandle): SourceEntry {
	// Chromium lists a name that is not valid UTF-8 as the empty string.
	if (handle.name === '') return { kind: 'unnamed' };
	return handle.kind === 'file' ? new HandleFile(handle) : new HandleDirectory(handle);
}
