/** Counts what is read, so that the numbers reach their totals exactly and never fall. */
import type { BackupProgress } from './progress.ts';
import type { PendingFile } from './scanned.ts';

export class ReadingProgress {
	readonly #stored: { readonly storedBytes: number };
	readonly #tell: (progress: BackupProgress) => void;
	/** Bytes counted of files that are being read for the first time. */
	readonly #open = new Map<PendingFile, number>();
	#filesDone = 0;
	#filesTotal = 0;
	#bytesDone = 0;
	#bytesTotal = 0;
	#newBytes = 0;

	constructor(stored: { readonly storedBytes: number }, tell: (progress: BackupProgress) => void) {
		this.#stored = stored;
		this.#tell = tell;
	}

	/** File content that no stripe had. */
	get newBytes(): number {
		return this.#newBytes;
	}

	start(files: readonly PendingFile[]): void {
		this.#filesTotal = files.length;
		for (const file of files) {
			this.#bytesTotal += file.size;
			this.#open.set(file, 0);
		}
		this.#report();
	}

	/** A file that grew since the scan counts no more than it had then, and a second reading nothing. */
	read(file: PendingFile, bytes: number): void {
		const before = this.#open.get(file);
		if (before !== undefined) this.#count(file, Math.min(file.size, before + bytes));
		this.#report();
	}

	fresh(bytes: number): void {
		this.#newBytes += bytes;
	}

	/** The file was read, or could not be: nothing of it is to come. */
	done(file: PendingFile): void {
		this.#count(file, file.size);
		this.#open.delete(file);
		this.#filesDone++;
		this.#report();
	}

	#count(file: PendingFile, bytes: number): void {
		this.#bytesDone += bytes - (this.#open.get(file) ?? 0);
		this.#open.set(file, bytes);
	}

	#report(): void {
		this.#tell({
			stage: 'reading',
			filesDone: this.#filesDone,
			filesTotal: this.#filesTotal,
			bytesDone: this.#bytesDone,
			bytesTotal: this.#bytesTotal,
			newBytes: this.#newBytes,
			storedBytes: this.#stored.storedBytes
		});
	}
}
