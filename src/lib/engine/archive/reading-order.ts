/** In which order files are read, and when a checkpoint is due: so that a long first backup is soon worth something. */
import { checkpointBytes, checkpointMs } from './limits.ts';
import type { PendingFile } from './scanned.ts';

const dayMs = 24 * 60 * 60 * 1000;
/** What a person worked on lately is read first; within a group the small files, which are the most per byte. */
const groupEndsMs = [dayMs, 7 * dayMs, 30 * dayMs, 365 * dayMs] as const;

/** Newest first in five groups by age (a day, a week, a month, a year, older), smallest first in each. */
export function readingOrder(files: readonly PendingFile[], now: number): readonly PendingFile[] {
	const keyed = files.map((file) => ({ file, group: groupOf(now - file.modified) }));
	// The sort is stable: equal files keep the order in which they were found.
	keyed.sort((a, b) => a.group - b.group || a.file.size - b.file.size);
	return keyed.map(({ file }) => file);
}

function groupOf(ageMs: number): number {
	const group = groupEndsMs.findIndex((end) => ageMs < end);
	return group < 0 ? groupEndsMs.length : group;
}

/** Clock and new data at some moment of a backup. */
export interface Milestone {
	readonly at: number;
	/** New content since the backup began. */
	readonly newBytes: number;
}

/** Whether a checkpoint is due: after 1 GiB of new data or ten minutes, but never without new data. */
export function checkpointDue(last: Milestone, now: Milestone): boolean {
	const fresh = now.newBytes - last.newBytes;
	if (fresh >= checkpointBytes) return true;
	// A clock that was set back says nothing about how long it was: the checkpoint comes now.
	return fresh > 0 && (now.at - last.at >= checkpointMs || now.at < last.at);
}
