/** A backup from scan to commit (design section 4; patent figure 6, steps 282 to 296). */
import type { CodingProfile } from '../coding/profile.ts';
import type { CodedStripe, CodingTools } from '../coding/stripe.ts';
import type { Clock, Folders, Geometry, Log, Records } from '../ports.ts';
import type { FolderRecord, StripeHolder } from '../records.ts';
import type { ChunkLocation, SnapshotEntry } from './head.ts';
import type { ChunkIndex } from './index.ts';
import type { BackupProgress, BackupReport } from './progress.ts';
import type { FetchChunk } from './tree-reader.ts';

export type { LeftOut } from './left-out.ts';
export type { BackupProgress, BackupReport } from './progress.ts';

/** Where coded stripes go: to the partners, in the application. */
export interface StripeSink {
	/**
	 * Resolves once the stripe is stored (q acknowledgements) with the holders known by then; later
	 * acknowledgements are recorded by the sink itself. Rejects only when aborted.
	 */
	store(stripe: CodedStripe): Promise<readonly (StripeHolder | undefined)[]>;
	/** Back-pressure: resolves when another stripe may be given. Rejects when the signal is aborted. */
	room(signal: AbortSignal): Promise<void>;
}

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
	readonly segments: readonly (readonly ChunkLocation[])[];
	readonly fetchChunk: FetchChunk;
	readonly folderRecords: readonly FolderRecord[];
	readonly signal: AbortSignal;
	/** Reads every file again, also those whose size and time did not change. */
	readonly verifyAll: boolean;
	progress(progress: BackupProgress): void;
	/** Resolves when a head with this snapshot and these segments is committed. */
	commit(snapshot: SnapshotEntry, segments: readonly (readonly ChunkLocation[])[]): Promise<void>;
}

export function backUp(_context: BackupContext): Promise<BackupReport> {
	return Promise.reject(new Error('to be written'));
}
