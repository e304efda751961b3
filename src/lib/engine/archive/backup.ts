/** A backup from scan to commit (design section 4; patent figure 6, steps 282 to 296). */
import type { CodingProfile } from '../coding/profile.ts';
import type { CodingTools } from '../coding/stripe.ts';
import { SourceUnreadable } from '../failures.ts';
import { nameOf, type SnapshotId } from '../identifiers.ts';
import type { Clock, Folders, Geometry, Log, Records } from '../ports.ts';
import type { FolderRecord } from '../records.ts';
import { FileReading } from './file-reading.ts';
import type { ChunkLocation, SnapshotEntry } from './head.ts';
import type { ChunkIndex } from './index.ts';
import { LeftOutList } from './left-out.ts';
import { smallFileBytesMax, smallReadsInFlightMax } from './limits.ts';
import { StageMeter, type BackupProgress, type BackupReport } from './progress.ts';
import { checkpointDue, readingOrder, type Milestone } from './reading-order.ts';
import { ReadingProgress } from './reading-progress.ts';
import { scan, type Scan } from './scan.ts';
import { isChanged, type PendingFile } from './scanned.ts';
import { updateSegments, type SegmentLocations } from './segment-log.ts';
import { Lanes } from './slots.ts';
import { TreeWriter, type PutTree } from './snapshot.ts';
import { StripeWriter, type StripeSink } from './stripe-writer.ts';
import { TreeReader, type FetchChunk } from './tree-reader.ts';

export type { LeftOut } from './left-out.ts';
export type { BackupProgress, BackupReport, Stage, StageCost } from './progress.ts';
export type { StripeSink } from './stripe-writer.ts';

export interface BackupContext {
	readonly tools: CodingTools;
	readonly clock: Pick<Clock, 'now'>;
	readonly records: Records;
	readonly folders: Folders;
	readonly log: Log;
	/** Follows the records: stored stripes are added to both. */
	readonly index: ChunkIndex;
	readonly profile: CodingProfile;
	/** Asked for every new stripe. */
	readonly geometry: () => Geometry;
	readonly sink: StripeSink;
	/** The newest snapshot, checkpoint or not. */
	readonly previous?: SnapshotEntry;
	/** The index segments that the newest head lists. */
	readonly segments: readonly SegmentLocations[];
	readonly fetchChunk: FetchChunk;
	readonly folderRecords: readonly FolderRecord[];
	readonly signal: AbortSignal;
	/** Reads every file again, also those whose size and time did not change. */
	readonly verifyAll: boolean;
	progress(progress: BackupProgress): void;
	/** Resolves when a head with this snapshot and these segments is committed. */
	commit(snapshot: SnapshotEntry, segments: readonly (readonly ChunkLocation[])[]): Promise<void>;
}

/**
 * Scans, reads what changed, stores it, and commits a snapshot of the chosen folders; checkpoints on the way.
 * Unreadable files stop nothing. Rejects with the signal's reason, with StorageFull, or as sink, `fetchChunk` and
 * `commit` do: then the last commit stands, and the next run finds what was stored and sends none of it again.
 * Nothing runs any more when it settles.
 */
export async function backUp(context: BackupContext): Promise<BackupReport> {
	const run = new BackupRun(context);
	try {
		return await run.run();
	} finally {
		await run.settled();
	}
}

class BackupRun {
	readonly #context: BackupContext;
	readonly #meter: StageMeter;
	readonly #reader: TreeReader;
	readonly #writer: StripeWriter;
	readonly #reading: FileReading;
	readonly #lanes = new Lanes(smallReadsInFlightMax);
	readonly #progress: ReadingProgress;
	/** Files that could not be read at the first attempt, with the failure. */
	readonly #failed = new Map<PendingFile, SourceUnreadable>();
	#found: Scan = { folders: [], pending: [], leftOut: new LeftOutList() };
	#segments: readonly SegmentLocations[];
	#checkpoint: Milestone;

	constructor(context: BackupContext) {
		this.#context = context;
		this.#meter = new StageMeter(context.clock);
		this.#reader = new TreeReader(context);
		this.#writer = new StripeWriter({ ...context, meter: this.#meter });
		this.#progress = new ReadingProgress(this.#writer, (progress) => {
			context.progress(progress);
		});
		this.#reading = new FileReading({
			writer: this.#writer,
			meter: this.#meter,
			onRead: (file, bytes) => {
				this.#progress.read(file, bytes);
			},
			onFresh: (bytes) => {
				this.#progress.fresh(bytes);
			},
			between: (file) => this.#between(file)
		});
		this.#segments = context.segments;
		this.#checkpoint = this.#now();
	}

	async run(): Promise<BackupReport> {
		this.#found = await this.#scan();
		await this.#readAll();
		await this.#readFailedAgain();
		this.#context.progress({ stage: 'finishing' });
		const totals = await this.#commit('complete');
		return this.#report(totals);
	}

	async settled(): Promise<void> {
		await this.#lanes.settled();
		await this.#writer.settled();
	}

	#scan(): Promise<Scan> {
		const context = this.#context;
		const progress = (files: number, bytes: number): void => {
			context.progress({ stage: 'scanning', files, bytes });
		};
		const reader = this.#reader;
		return this.#meter.time('scan', 0, () => scan({ ...context, reader, progress }));
	}

	/** Small files several at once; a large one alone, so that its chunks lie together for its restore. */
	async #readAll(): Promise<void> {
		const files = readingOrder(this.#found.pending, this.#context.clock.now());
		this.#progress.start(files);
		for (const file of files) {
			if (file.size > smallFileBytesMax || this.#isCheckpointDue()) await this.#lanes.idle();
			if (this.#isCheckpointDue()) await this.#commit('checkpoint');
			await this.#lanes.start(() => this.#readFirst(file));
			if (file.size > smallFileBytesMax) await this.#lanes.idle();
		}
		await this.#lanes.idle();
	}

	/** Between the pieces of a large file, which is read alone, a checkpoint may be made. */
	async #between(file: PendingFile): Promise<void> {
		this.#context.signal.throwIfAborted();
		const alone = file.size > smallFileBytesMax;
		if (alone && this.#isCheckpointDue()) await this.#commit('checkpoint');
	}

	async #readFirst(file: PendingFile): Promise<void> {
		try {
			file.entry = await this.#reading.read(file);
		} catch (failure) {
			if (!(failure instanceof SourceUnreadable)) throw failure;
			this.#failed.set(file, failure);
		}
		this.#progress.done(file);
	}

	/** Once: what fails again is left out, with its last version kept, until the next backup. */
	async #readFailedAgain(): Promise<void> {
		const files = [...this.#failed.keys()];
		for (const file of files) {
			try {
				file.entry = await this.#reading.read(file);
			} catch (failure) {
				if (!(failure instanceof SourceUnreadable)) throw failure;
				this.#found.leftOut.add([...file.above, file.source.name], failure.why);
			}
			this.#failed.delete(file);
		}
	}

	/** Trees, then the index, then the head: whoever reads a head finds all that it refers to. */
	async #commit(kind: SnapshotEntry['kind']): Promise<PutTree> {
		const { tools, clock, records, index, signal } = this.#context;
		const writer = this.#writer;
		const trees = new TreeWriter({
			put: async (content) => (await writer.put(content)).chunk,
			records
		});
		const made = await trees.write(this.#found.folders);
		await writer.flush();
		this.#segments = await updateSegments(
			{ reader: this.#reader, writer, records, index },
			this.#segments
		);
		const snapshot: SnapshotEntry = {
			id: nameOf<SnapshotId>(tools.random.bytes(8)),
			at: clock.now(),
			kind,
			tree: made.tree,
			files: made.files,
			bytes: made.bytes,
			leftOut: this.#found.leftOut.count + this.#failed.size
		};
		signal.throwIfAborted();
		await this.#context.commit(snapshot, this.#segments);
		this.#checkpoint = this.#now();
		return made;
	}

	#isCheckpointDue(): boolean {
		return checkpointDue(this.#checkpoint, this.#now());
	}

	#now(): Milestone {
		return { at: this.#context.clock.now(), newBytes: this.#progress.newBytes };
	}

	#report(totals: PutTree): BackupReport {
		const { leftOut, pending } = this.#found;
		return {
			files: totals.files,
			directories: totals.directories,
			bytes: totals.bytes,
			folders: totals.folders,
			newFiles: pending.filter(isChanged).length,
			newDataBytes: this.#progress.newBytes,
			stripes: this.#writer.stripes,
			leftOut: leftOut.list(),
			leftOutCount: leftOut.count,
			unnamedCount: leftOut.unnamed,
			stages: this.#meter.costs()
		};
	}
}
