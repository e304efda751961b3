/** What became of every file of a restore so far: the figures that progress and report are made of. */
import type { StripeId } from '../identifiers.ts';
import type { Clock } from '../ports.ts';
import type { Path } from './browse.ts';
import type { ChunkSource, Loss } from './chunk-source.ts';
import type { LostPath, PlannedFile } from './plan.ts';
import { type RestoreProgress, Throughput } from './progress.ts';
import type { RestoreReport } from './restore.ts';

interface AccountSource {
	readonly clock: Clock;
	readonly chunks: Pick<ChunkSource, 'stripesWith' | 'foresee'>;
}

export class RestoreAccount {
	readonly #source: AccountSource;
	readonly #progress: ((progress: RestoreProgress) => void) | undefined;
	readonly #throughput: Throughput;
	readonly #losses = new Map<PlannedFile, Loss>();
	readonly #foreseen = new Set<PlannedFile>();
	readonly #directories = new Set<string>();
	#filesTotal = 0;
	#bytesTotal = 0;
	#filesDone = 0;
	#bytesWhole = 0;
	/** Of the file being written. */
	#bytesPartial = 0;
	/** Progress never runs backwards, also when a file that was half written is lost. */
	#bytesTold = 0;

	constructor(source: AccountSource, progress: ((progress: RestoreProgress) => void) | undefined) {
		this.#source = source;
		this.#progress = progress;
		this.#throughput = new Throughput(source.clock);
	}

	/** Files to restore: at first, and again when a directory could be listed after all. */
	add(files: readonly PlannedFile[]): void {
		this.#filesTotal += files.length;
		this.#bytesTotal += files.reduce((sum, { entry }) => sum + entry.size, 0);
	}

	/** A directory stands in the target; a second time counts for nothing. */
	made(path: Path): void {
		this.#directories.add(path.join('/'));
	}

	/** Finished by an earlier run. */
	wholeAlready({ entry }: PlannedFile): void {
		this.#filesDone++;
		this.#bytesWhole += entry.size;
	}

	/** Says at once which files the partners that are reachable now do not suffice for. */
	foresee(files: readonly PlannedFile[]): void {
		const foresight = new Map<StripeId, boolean>();
		for (const file of files) if (this.#isLossAhead(file, foresight)) this.#foreseen.add(file);
		this.#tell();
	}

	wrote(bytes: number): void {
		this.#bytesPartial += bytes;
		this.#throughput.add(bytes);
		this.#tell();
	}

	whole(file: PlannedFile): void {
		this.#filesDone++;
		this.#bytesWhole += file.entry.size;
		this.#settle(file);
	}

	lost(file: PlannedFile, loss: Loss): void {
		this.#settle(file, loss);
	}

	losses(): readonly LostPath[] {
		return [...this.#losses].map(([{ path }, loss]) => ({ path, loss }));
	}

	/** Files that lacked blocks, for which partners that are reachable now say to have enough. */
	nowWithinReach(): readonly PlannedFile[] {
		const foresight = new Map<StripeId, boolean>();
		return [...this.#losses]
			.filter(([file, loss]) => loss.kind === 'missing' && !this.#isLossAhead(file, foresight))
			.map(([file]) => file);
	}

	restored(): Pick<RestoreReport, 'files' | 'bytes' | 'directories'> {
		const directories = this.#directories.size;
		return { files: this.#filesDone, bytes: this.#bytesWhole, directories };
	}

	#settle(file: PlannedFile, loss?: Loss): void {
		this.#bytesPartial = 0;
		this.#foreseen.delete(file);
		if (loss === undefined) this.#losses.delete(file);
		else this.#losses.set(file, loss);
		this.#tell();
	}

	/** `foresight` keeps what is known of each stripe: files share them. */
	#isLossAhead({ entry }: PlannedFile, foresight: Map<StripeId, boolean>): boolean {
		const { chunks } = this.#source;
		return entry.chunks.some((chunk) => {
			return chunks.stripesWith(chunk).every((stripe) => {
				const known = foresight.get(stripe) ?? chunks.foresee(stripe) !== undefined;
				foresight.set(stripe, known);
				return known;
			});
		});
	}

	#tell(): void {
		const { bytesPerSecond } = this.#throughput;
		this.#bytesTold = Math.max(this.#bytesTold, this.#bytesWhole + this.#bytesPartial);
		this.#progress?.({
			filesDone: this.#filesDone,
			filesTotal: this.#filesTotal,
			bytesDone: this.#bytesTold,
			bytesTotal: this.#bytesTotal,
			...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
			affected: this.#losses.size + this.#foreseen.size
		});
	}
}
