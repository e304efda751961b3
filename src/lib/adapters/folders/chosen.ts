/** A folder as the person chose it: these are plain data that cross to a worker by postMessage. */
import type { UnreadableCause } from '../../engine/failures.ts';

export type ChosenFolder =
	| {
			readonly kind: 'handle';
			readonly name: string;
			/** Can be kept in the database and opened again. */
			readonly handle: FileSystemDirectoryHandle;
	  }
	| {
			readonly kind: 'files';
			readonly name: string;
			/** Every file and directory in it. Good for this session only: it must be chosen again for each backup. */
			readonly entries: readonly ListedEntry[];
	  };

/** Paths are relative to the folder, have at least one part, and come in any order. */
export type ListedEntry =
	| { readonly kind: 'file'; readonly path: readonly string[]; readonly file: File }
	/** Needed for empty ones only. */
	| { readonly kind: 'directory'; readonly path: readonly string[] }
	/** What could be listed and not read: the file, or what is in the directory. */
	| {
			readonly kind: 'unreadable';
			readonly path: readonly string[];
			readonly what: 'file' | 'directory';
			readonly why: UnreadableCause;
	  };
