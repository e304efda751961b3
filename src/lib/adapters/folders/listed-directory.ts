import { SourceUnreadable, type UnreadableCause } from '../../engine/failures.ts';
import type { SourceDirectory, SourceEntry, SourceFile } from '../../engine/ports.ts';
import type { ListedEntry } from './chosen.ts';
import { readerOf } from './file-reader.ts';

/** A directory whose files the page listed when the person chose them. */
export class ListedDirectory implements SourceDirectory {
	readonly kind = 'directory';
	readonly name: string;
	readonly #files: SourceFile[] = [];
	readonly #directories = new Map<string, ListedDirectory>();
	#unnamed = 0;
	#refusal: UnreadableCause | undefined;

	/** Builds the tree of a folder. */
	constructor(name: string, entries: readonly ListedEntry[] = []) {
		this.name = name;
		for (const entry of entries) this.#add(entry);
	}

	async *entries(): AsyncIterable<SourceEntry> {
		await Promise.resolve();
		yield* this.#directories.values();
		yield* this.#files;
		for (let i = 0; i < this.#unnamed; i++) yield { kind: 'unnamed' };
		if (this.#refusal !== undefined) throw refused(this.#refusal, this.name);
	}

	#add(entry: ListedEntry): void {
		const name = entry.path.at(-1);
		if (name === undefined) {
			if (entry.kind === 'unreadable') this.#refusal = entry.why;
			return;
		}
		const parent = this.#below(entry.path.slice(0, -1));
		if (name === '') parent.#unnamed++;
		else if (entry.kind === 'file') parent.#files.push(listedFile(name, entry.file));
		else if (entry.kind === 'directory') parent.#below([name]);
		else if (entry.what === 'file') parent.#files.push(refusedFile(name, entry.why));
		else parent.#below([name]).#refusal = entry.why;
	}

	/** The directory at a path, made with those above it when it is not there. */
	#below([name, ...rest]: readonly string[]): ListedDirectory {
		if (name === undefined) return this;
		const directory = this.#directories.get(name) ?? new ListedDirectory(name);
		this.#directories.set(name, directory);
		return directory.#below(rest);
	}
}

function listedFile(name: string, file: File): SourceFile {
	return {
		kind: 'file',
		name,
		stat: () => Promise.resolve({ size: file.size, modified: file.lastModified }),
		open: () => Promise.resolve(readerOf(file))
	};
}

function refusedFile(name: string, why: UnreadableCause): SourceFile {
	return {
		kind: 'file',
		name,
		stat: () => Promise.reject(refused(why, name)),
		open: () => Promise.reject(refused(why, name))
	};
}

function refused(why: UnreadableCause, name: string): SourceUnreadable {
	return new SourceUnreadable(why, `${name} could not be read when the folder was chosen.`);
}
