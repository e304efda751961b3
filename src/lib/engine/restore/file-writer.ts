/** Streams planned files into the target, chunk by chunk, while the next chunks are being read. */
import type { ChunkLocation } from '../archive/head.ts';
import type { RestoreFile, RestoreTarget } from '../ports.ts';
import type { BytesReading, ChunkSource, Loss } from './chunk-source.ts';
import { readAheadBytesMax, readAheadChunksMax } from './limits.ts';
import type { PlannedFile } from './plan.ts';
import { readAhead } from './read-ahead.ts';
import type { RestoreAccount } from './restore-account.ts';

export interface FileWriterOptions {
	readonly chunks: Pick<ChunkSource, 'locate' | 'read'>;
	readonly target: RestoreTarget;
	readonly signal?: AbortSignal | undefined;
}

/** One chunk of a file, or the whole of an empty one. */
interface Piece {
	readonly file: PlannedFile;
	readonly content: 'empty' | 'unknown' | ChunkLocation;
	readonly last: boolean;
}

const nothing: BytesReading = { kind: 'bytes', bytes: new Uint8Array() };
const unknown: BytesReading = { kind: 'lost', loss: { kind: 'unknown' } };

export class FileWriter {
	readonly #options: FileWriterOptions;
	readonly #account: RestoreAccount;
	readonly #lost = new Set<PlannedFile>();
	#open: RestoreFile | undefined;
	#written = 0;

	constructor(options: FileWriterOptions, account: RestoreAccount) {
		this.#options = options;
		this.#account = account;
	}

	/** Rejects as the target does, or with the signal's reason, having given up the file it was in. */
	async writeAll(files: readonly PlannedFile[]): Promise<void> {
		const { signal } = this.#options;
		const pieces = readAhead(this.#pieces(files), (piece) => this.#read(piece), {
			weigh: ({ content }) => (typeof content === 'string' ? 0 : content.place.rawBytes),
			bytesMax: readAheadBytesMax,
			itemsMax: readAheadChunksMax,
			signal
		});
		try {
			for await (const { item, reading } of pieces) {
				signal?.throwIfAborted();
				if (!this.#lost.has(item.file)) await this.#take(item, reading);
			}
		} catch (error) {
			// What made the target fail is worth telling, not that it cannot clean up after it.
			await this.#open?.abort().catch(() => undefined);
			throw error;
		}
	}

	*#pieces(files: readonly PlannedFile[]): Generator<Piece> {
		for (const file of files) {
			const { chunks } = file.entry;
			if (chunks.length === 0) yield { file, content: 'empty', last: true };
			for (const [i, chunk] of chunks.entries()) {
				if (this.#lost.has(file)) break;
				const content = this.#options.chunks.locate(chunk) ?? 'unknown';
				yield { file, content, last: i === chunks.length - 1 };
			}
		}
	}

	async #read({ content }: Piece): Promise<BytesReading> {
		if (content === 'empty') return nothing;
		if (content === 'unknown') return unknown;
		return this.#options.chunks.read(content.place.chunk);
	}

	async #take({ file, last }: Piece, reading: BytesReading): Promise<void> {
		if (reading.kind === 'lost') return this.#giveUp(file, reading.loss);
		const open = this.#open ?? (await this.#begin(file));
		if (reading.bytes.length > 0) await open.write(reading.bytes);
		this.#written += reading.bytes.length;
		this.#account.wrote(reading.bytes.length);
		if (!last) return;
		if (this.#written !== file.entry.size) return this.#giveUp(file, { kind: 'damaged' });
		await open.close();
		this.#open = undefined;
		this.#account.whole(file);
	}

	async #begin({ path, entry }: PlannedFile): Promise<RestoreFile> {
		const { size, modified } = entry;
		this.#written = 0;
		this.#open = await this.#options.target.file(path, { size, modified });
		return this.#open;
	}

	async #giveUp(file: PlannedFile, loss: Loss): Promise<void> {
		this.#lost.add(file);
		const open = this.#open;
		this.#open = undefined;
		await open?.abort();
		this.#account.lost(file, loss);
	}
}
