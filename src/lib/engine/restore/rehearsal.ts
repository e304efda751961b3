/** A restore to nowhere: it reads, verifies, unseals and counts, and writes nothing (design.md section 7). */
import type { RestoreFile, RestoreTarget } from '../ports.ts';

const file: RestoreFile = {
	write: () => Promise.resolve(),
	close: () => Promise.resolve(),
	abort: () => Promise.resolve()
};

/** The target of a rehearsal. Its report is the proof of the backup. */
export const nowhere: RestoreTarget = {
	directory: () => Promise.resolve(),
	has: () => Promise.resolve(false),
	file: () => Promise.resolve(file),
	finish: () => Promise.resolve({ renamed: [] }),
	abort: () => Promise.resolve()
};
