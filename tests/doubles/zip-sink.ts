import { joined } from '../../src/lib/adapters/folders/zip-directory.ts';
import type { ZipSink } from '../../src/lib/adapters/folders/zip-sink.ts';

/** A zip in memory. */
export class MemoryZipSink implements ZipSink {
	readonly #pieces: Uint8Array[] = [];
	#failure: Error | undefined;
	closed = false;
	discarded = false;

	get bytes(): Uint8Array<ArrayBuffer> {
		return joined(this.#pieces);
	}

	/** The next write fails. */
	failNextWrite(failure: Error): void {
		this.#failure = failure;
	}

	write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
		if (this.#failure !== undefined) return Promise.reject(this.#failure);
		this.#pieces.push(bytes.slice());
		return Promise.resolve();
	}

	close(): Promise<void> {
		this.closed = true;
		return Promise.resolve();
	}

	discard(): Promise<void> {
		this.discarded = true;
		return Promise.resolve();
	}

	file(): Promise<File> {
		return Promise.resolve(new File([this.bytes], 'restored.zip'));
	}
}
