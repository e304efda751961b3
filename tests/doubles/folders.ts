import { SourceUnreadable, type UnreadableCause } from '../../src/lib/engine/failures.ts';
import type { FolderId } from '../../src/lib/engine/identifiers.ts';
import type {
	FileStat,
	Folders,
	SourceDirectory,
	SourceEntry,
	SourceFile,
	SourceReader
} from '../../src/lib/engine/ports.ts';

/** Bytes in memory, or a rule that makes them: a file of 8 GiB needs no room. */
export type Content =
	| Uint8Array
	| { readonly size: number; read(offset: number, length: number): Uint8Array<ArrayBuffer> };

const someTime = Date.UTC(2026, 10, 1);

/** A file of a MemoryDirectory, which the test changes under its reader. */
export class MemoryFile implements SourceFile {
	readonly kind = 'file';
	readonly name: string;
	/** Called before every read of an open reader: the place to change, remove or deny the file. */
	onRead: ((offset: number) => void) | undefined;
	/** How often the file was opened: a scan opens nothing that did not change. */
	opened = 0;
	#content: Content;
	#modified: number;
	#version = 0;
	#refusal: UnreadableCause | undefined;

	constructor(name: string, content: Content, modified = someTime) {
		this.name = name;
		this.#content = content;
		this.#modified = modified;
	}

	/** Other content, a second younger unless told. */
	change(content: Content, modified = this.#modified + 1000): void {
		this.#content = content;
		this.#modified = modified;
		this.#version++;
	}

	/** Every stat, open and read fails with this cause from now on; without one it works again. */
	refuse(cause: UnreadableCause | undefined): void {
		this.#refusal = cause;
	}

	stat(): Promise<FileStat> {
		return new Promise((resolve) => {
			this.#check();
			resolve({ size: sizeOf(this.#content), modified: this.#modified });
		});
	}

	async open(): Promise<SourceReader> {
		const stat = await this.stat();
		this.opened++;
		const version = this.#version;
		return { ...stat, read: (offset, length) => this.#read(version, offset, length) };
	}

	#read(version: number, offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
		return new Promise((resolve) => {
			this.onRead?.(offset);
			this.#check();
			if (version !== this.#version) throw new SourceUnreadable('changed', `${this.name} changed.`);
			resolve(bytesAt(this.#content, offset, length));
		});
	}

	#check(): void {
		if (this.#refusal === undefined) return;
		throw new SourceUnreadable(this.#refusal, `${this.name}: ${this.#refusal}.`);
	}
}

/** A directory that the test fills and changes. Paths are parts joined by '/'. */
export class MemoryDirectory implements SourceDirectory {
	readonly kind = 'directory';
	readonly name: string;
	readonly #entries = new Map<string, MemoryFile | MemoryDirectory>();
	#unnamed = 0;
	#refusal: UnreadableCause | undefined;

	constructor(name: string) {
		this.name = name;
	}

	/** Adds or replaces a file, with the directories above it. Text stands for its UTF-8 bytes. */
	file(path: string, content: Content | string, modified?: number): MemoryFile {
		const { parent, name } = this.#place(path);
		const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
		const file = new MemoryFile(name, bytes, modified);
		parent.#entries.set(name, file);
		return file;
	}

	/** The directory at a path, made with those above it when it is not there. */
	directory(path: string): MemoryDirectory {
		const { parent, name } = this.#place(path);
		const found = parent.#entries.get(name);
		if (found instanceof MemoryDirectory) return found;
		const made = new MemoryDirectory(name);
		parent.#entries.set(name, made);
		return made;
	}

	/** Takes an entry away. Readers that are open find that it vanished. */
	remove(path: string): void {
		const { parent, name } = this.#place(path);
		parent.#entries.get(name)?.refuse('vanished');
		parent.#entries.delete(name);
	}

	/** Adds an entry whose name the platform cannot express. */
	addUnnamed(): void {
		this.#unnamed++;
	}

	/** Listing fails with this cause from now on; without one it works again. */
	refuse(cause: UnreadableCause | undefined): void {
		this.#refusal = cause;
		if (cause !== 'vanished') return;
		for (const entry of this.#entries.values()) entry.refuse(cause);
	}

	async *entries(): AsyncIterable<SourceEntry> {
		await Promise.resolve();
		this.#check();
		yield* this.#entries.values();
		this.#check();
		for (let i = 0; i < this.#unnamed; i++) yield { kind: 'unnamed' };
	}

	#check(): void {
		if (this.#refusal === undefined) return;
		throw new SourceUnreadable(this.#refusal, `${this.name}: ${this.#refusal}.`);
	}

	#place(path: string): { parent: MemoryDirectory; name: string } {
		const slash = path.lastIndexOf('/');
		const parent = slash < 0 ? this : this.directory(path.slice(0, slash));
		return { parent, name: path.slice(slash + 1) };
	}
}

/** Chosen folders in memory. */
export class MemoryFolders implements Folders {
	readonly #roots = new Map<FolderId, MemoryDirectory>();
	readonly #closed = new Set<FolderId>();

	/** Adds an empty folder, or gives the one that is there. */
	add(folder: FolderId, name = 'folder'): MemoryDirectory {
		let root = this.#roots.get(folder);
		if (root === undefined) this.#roots.set(folder, (root = new MemoryDirectory(name)));
		return root;
	}

	/** The person's permission is gone: the folder cannot be opened until it is granted again. */
	revoke(folder: FolderId): void {
		this.#closed.add(folder);
	}

	grant(folder: FolderId): void {
		this.#closed.delete(folder);
	}

	open(folder: FolderId): Promise<SourceDirectory | undefined> {
		return Promise.resolve(this.#closed.has(folder) ? undefined : this.#roots.get(folder));
	}
}

function sizeOf(content: Content): number {
	return content instanceof Uint8Array ? content.length : content.size;
}

function bytesAt(content: Content, offset: number, length: number): Uint8Array<ArrayBuffer> {
	if (content instanceof Uint8Array)
		return new Uint8Array(content.subarray(offset, offset + length));
	return content.read(offset, Math.max(0, Math.min(length, content.size - offset)));
}
