/** Reads changed files piece by piece into chunks (patent step 282; design section 4, step 2). */
import { chunkBytesMin } from '../coding/limits.ts';
import { SourceUnreadable } from '../failures.ts';
import type { ChunkId } from '../identifiers.ts';
import type { FileStat, SourceReader } from '../ports.ts';
import { Chunker } from './chunker.ts';
import { readBytesMax } from './limits.ts';
import type { StageMeter } from './progress.ts';
import { keptStat, type PendingFile } from './scanned.ts';
import type { PutChunk, StripeWriter } from './stripe-writer.ts';
import type { FileEntry } from './tree.ts';

export interface FileReadingOptions {
	readonly writer: Pick<StripeWriter, 'put'>;
	readonly meter: StageMeter;
	/** Called for every piece, before its chunks are put. */
	readonly onRead: (file: PendingFile, bytes: number) => void;
	/** Called for every chunk that no stripe had. */
	readonly onFresh: (bytes: number) => void;
	/** Called before every piece: the place to pause. */
	readonly between: (file: PendingFile) => Promise<void>;
}

/** Several files may be read at once. */
export class FileReading {
	readonly #options: FileReadingOptions;
	/** A chunker holds a buffer of the longest chunk: one for every file that is read now, not for every file. */
	readonly #chunkers: Chunker[] = [];

	constructor(options: FileReadingOptions) {
		this.#options = options;
	}

	/**
	 * Puts the content of a file, and resolves to its entry. Rejects with SourceUnreadable unless all of it was
	 * read and the file still has the size and time that it had when it was opened.
	 */
	async read(file: PendingFile): Promise<FileEntry> {
		const reader = await file.source.open();
		const { size, modified } = keptStat(reader);
		const chunks = await this.#chunksOf(file, reader, size);
		if (!sameStat(keptStat(await file.source.stat()), { size, modified })) {
			throw new SourceUnreadable('changed', 'the file changed while it was read');
		}
		return { kind: 'file', name: file.source.name, size, modified, chunks };
	}

	async #chunksOf(file: PendingFile, reader: SourceReader, size: number): Promise<ChunkId[]> {
		// The chunker never cuts what is this short, so that small files need no copy and no buffer.
		if (size <= chunkBytesMin) return this.#readAtOnce(file, reader, size);
		const chunker = this.#chunkers.pop() ?? new Chunker();
		try {
			return await this.#readInPieces(file, reader, size, chunker);
		} finally {
			// What a failed file left in it must not run into the next one.
			chunker.end();
			this.#chunkers.push(chunker);
		}
	}

	async #readAtOnce(file: PendingFile, reader: SourceReader, size: number): Promise<ChunkId[]> {
		if (size === 0) return [];
		await this.#options.between(file);
		return [await this.#put(await this.#piece(file, reader, 0, size))];
	}

	async #readInPieces(
		file: PendingFile,
		reader: SourceReader,
		size: number,
		chunker: Chunker
	): Promise<ChunkId[]> {
		const { meter, between } = this.#options;
		const ids: ChunkId[] = [];
		for (let at = 0; at < size; at += readBytesMax) {
			await between(file);
			const bytes = await this.#piece(file, reader, at, Math.min(readBytesMax, size - at));
			const chunks = await meter.time('chunk', bytes.length, () => chunker.push(bytes));
			for (const chunk of chunks) ids.push(await this.#put(chunk));
		}
		const last = chunker.end();
		if (last !== undefined) ids.push(await this.#put(last));
		return ids;
	}

	async #piece(
		file: PendingFile,
		reader: SourceReader,
		at: number,
		length: number
	): Promise<Uint8Array> {
		const { meter, onRead } = this.#options;
		const bytes = await meter.time('read', length, () => reader.read(at, length));
		if (bytes.length !== length) {
			throw new SourceUnreadable('changed', 'the file was cut short while it was read');
		}
		onRead(file, length);
		return bytes;
	}

	async #put(content: Uint8Array): Promise<ChunkId> {
		const bytes = content.length;
		const { chunk, fresh }: PutChunk = await this.#options.writer.put(content);
		if (fresh) this.#options.onFresh(bytes);
		return chunk;
	}
}

function sameStat(a: FileStat, b: FileStat): boolean {
	return a.size === b.size && a.modified === b.modified;
}
