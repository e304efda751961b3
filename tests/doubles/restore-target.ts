import type { FileStat, RestoreFile, RestoreTarget } from '../../src/lib/engine/ports.ts';

export interface RestoredFile {
	readonly bytes: Uint8Array<ArrayBuffer>;
	readonly modified: number;
}

/** Restored files in memory, by path with parts joined by '/'. Refuses what the port's contract rules out. */
export class MemoryRestoreTarget implements RestoreTarget {
	readonly files = new Map<string, RestoredFile>();
	/** Directory to its modification time; those made only for what is in them have none. */
	readonly directories = new Map<string, number | undefined>();
	/** Why the restore was given up. */
	aborted: string | undefined;
	finished = false;
	#open: string | undefined;
	#failure: Error | undefined;

	/** The next write into a file rejects. */
	failNextWrite(failure: Error): void {
		this.#failure = failure;
	}

	/** A restored file as UTF-8 text. */
	text(path: string): string | undefined {
		const file = this.files.get(path);
		return file === undefined ? undefined : new TextDecoder().decode(file.bytes);
	}

	directory(path: readonly string[], modified: number): Promise<void> {
		this.#parents(path);
		this.directories.set(path.join('/'), modified);
		return Promise.resolve();
	}

	has(path: readonly string[], size: number): Promise<boolean> {
		return Promise.resolve(this.files.get(path.join('/'))?.bytes.length === size);
	}

	file(path: readonly string[], stat: FileStat): Promise<RestoreFile> {
		const name = path.join('/');
		return new Promise((resolve) => {
			if (path.length === 0) throw new Error('A path has at least one part.');
			if (this.#open !== undefined) throw new Error(`${this.#open} is still open.`);
			this.#parents(path);
			this.files.delete(name);
			this.#open = name;
			resolve(this.#writer(name, stat));
		});
	}

	finish(): Promise<{ readonly renamed: readonly { from: string; to: string }[] }> {
		if (this.#open !== undefined) return Promise.reject(new Error(`${this.#open} is still open.`));
		this.finished = true;
		return Promise.resolve({ renamed: [] });
	}

	abort(reason: string): Promise<void> {
		this.aborted = reason;
		this.#open = undefined;
		return Promise.resolve();
	}

	#writer(name: string, stat: FileStat): RestoreFile {
		const pieces: Uint8Array<ArrayBuffer>[] = [];
		return {
			write: (bytes) => {
				const failure = this.#failure;
				this.#failure = undefined;
				if (failure !== undefined) return Promise.reject(failure);
				pieces.push(bytes.slice());
				return Promise.resolve();
			},
			close: () => {
				this.files.set(name, { bytes: join(pieces), modified: stat.modified });
				this.#open = undefined;
				return Promise.resolve();
			},
			abort: () => {
				this.#open = undefined;
				return Promise.resolve();
			}
		};
	}

	#parents(path: readonly string[]): void {
		for (let depth = 1; depth < path.length; depth++) {
			const parent = path.slice(0, depth).join('/');
			if (!this.directories.has(parent)) this.directories.set(parent, undefined);
		}
	}
}

function join(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
	const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
	let offset = 0;
	for (const piece of pieces) {
		whole.set(piece, offset);
		offset += piece.length;
	}
	return whole;
}
