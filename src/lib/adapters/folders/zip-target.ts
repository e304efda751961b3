/**
 * Restores into one zip, where the browser can write no folder: streamed, ZIP64 where needed, names in UTF-8,
 * modification times kept to two seconds (that is all that the format has). client-zip makes the zip as it is
 * pulled; fflate writes no ZIP64. What it gives goes to the sink by the mebibyte, and only the directory, some
 * hundred bytes a file, is held in memory.
 */
import { makeZip } from 'client-zip';
import type { FileStat, RestoreFile, RestoreTarget } from '../../engine/ports.ts';
import { Handover } from './handover.ts';
import { zipName } from './names.ts';
import { PathNames, type Renaming } from './path-names.ts';
import { WriteBuffer } from './write-buffer.ts';
import { joined, withoutEntries } from './zip-directory.ts';
import { openZipSink, type ZipSink } from './zip-sink.ts';

interface ZipEntry {
	readonly name: string;
	readonly lastModified: Date;
	/** Missing for directories. */
	readonly input?: AsyncIterable<Uint8Array>;
}

/** What MS-DOS times can say: 1980 to 2107, in local time. */
const earliest = new Date(1980, 0, 1).getTime();
const latest = new Date(2107, 11, 31).getTime();

/** A restore starts its zip anew: `has` knows only the files of this one. Rejects with StorageFull. */
export class ZipTarget implements RestoreTarget {
	readonly #sink: ZipSink;
	readonly #names = new PathNames({ safe: zipName, key: (name) => name });
	readonly #entries = new Handover<ZipEntry>();
	/** Sizes of the files that are whole, and the directories, by their path in the zip. */
	readonly #whole = new Map<string, number>();
	/** Places of the entries that could not be completed. */
	readonly #struck = new Set<number>();
	readonly #pumped: Promise<Error | undefined>;
	#count = 0;
	#written = 0;
	#tail: Uint8Array[] | undefined;
	#open: ZipFile | undefined;

	constructor(sink: ZipSink) {
		this.#sink = sink;
		this.#pumped = this.#pump(makeZip(this.#entries, { buffersAreUTF8: true }));
	}

	/** Into a new file of the origin private file system. Fastest in a worker. */
	static async open(name: string): Promise<ZipTarget> {
		return new ZipTarget(await openZipSink(name));
	}

	async directory(path: readonly string[], modified: number): Promise<void> {
		const name = `${this.#names.pathOf(path, 'directory').join('/')}/`;
		if (this.#whole.has(name)) return;
		this.#whole.set(name, 0);
		await this.#give({ name, lastModified: dateOf(modified) });
	}

	has(path: readonly string[], size: number): Promise<boolean> {
		const name = this.#names.pathOf(path, 'file').join('/');
		return Promise.resolve(this.#whole.get(name) === size);
	}

	async file(path: readonly string[], { size, modified }: FileStat): Promise<RestoreFile> {
		const name = this.#names.pathOf(path, 'file').join('/');
		const place = this.#count;
		const file = new ZipFile((complete) => {
			if (complete) this.#whole.set(name, size);
			else this.#struck.add(place);
		});
		await this.#give({ name, lastModified: dateOf(modified), input: file.pieces });
		this.#open = file;
		return file;
	}

	async finish(): Promise<{ readonly renamed: readonly Renaming[] }> {
		this.#tail = [];
		this.#entries.end();
		const failure = await this.#pumped;
		if (failure !== undefined) throw failure;
		await this.#sink.write(withoutEntries(joined(this.#tail), this.#written, this.#struck));
		await this.#sink.close();
		return { renamed: this.#names.renamed };
	}

	/** Removes the zip: without its directory nothing in it can be found. */
	async abort(reason: string): Promise<void> {
		this.#stop(new Error(reason));
		await this.#pumped;
		await this.#sink.discard();
	}

	/** The zip, once finished: to be offered for download. Its bytes stay on disk. */
	zip(): Promise<File> {
		return this.#sink.file();
	}

	#give(entry: ZipEntry): Promise<void> {
		this.#count++;
		return this.#entries.give(entry);
	}

	/** Takes the zip as it is made, to its end or to the first failure, which it gives. */
	async #pump(zip: ReadableStream<Uint8Array>): Promise<Error | undefined> {
		const buffer = new WriteBuffer((bytes) => this.#sink.write(bytes));
		const reader = zip.getReader();
		try {
			for (let next = await reader.read(); !next.done; next = await reader.read()) {
				if (this.#tail !== undefined) {
					this.#tail.push(next.value);
					continue;
				}
				await buffer.add(next.value);
				this.#written += next.value.length;
			}
			await buffer.flush();
			return undefined;
		} catch (error) {
			const failure = error instanceof Error ? error : new Error(String(error));
			this.#stop(failure);
			await reader.cancel(failure).catch(() => undefined);
			return failure;
		}
	}

	/** Whoever waits to hand something over is told. */
	#stop(failure: Error): void {
		this.#entries.fail(failure);
		this.#open?.fail(failure);
	}
}

/** The file whose turn it is in the zip. */
class ZipFile implements RestoreFile {
	readonly pieces = new Handover<Uint8Array>();
	#ended: ((complete: boolean) => void) | undefined;

	constructor(ended: (complete: boolean) => void) {
		this.#ended = ended;
	}

	async write(bytes: Uint8Array): Promise<void> {
		// The zip takes pieces as they are, a little later, when the caller may have used them for something else.
		if (bytes.length > 0) await this.pieces.give(bytes.slice());
	}

	close(): Promise<void> {
		return this.#end(true);
	}

	/** What was written stays in the file, and is listed nowhere in it. */
	abort(): Promise<void> {
		return this.#end(false);
	}

	fail(failure: Error): void {
		this.pieces.fail(failure);
	}

	#end(complete: boolean): Promise<void> {
		this.pieces.end();
		this.#ended?.(complete);
		this.#ended = undefined;
		return Promise.resolve();
	}
}

function dateOf(modified: number): Date {
	const known = Number.isFinite(modified) ? modified : earliest;
	return new Date(Math.min(Math.max(known, earliest), latest));
}
