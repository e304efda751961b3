/** What a scan found: the directories in which something changed, and below them what is kept or to be read. */
import type { FolderId } from '../identifiers.ts';
import type { FileStat, SourceFile } from '../ports.ts';
import { keptTime, type FileEntry, type TreeEntry } from './tree.ts';

export interface Totals {
	readonly files: number;
	/** The chosen folders included. */
	readonly directories: number;
	readonly bytes: number;
}

/** An entry that the new snapshot takes over as it is: unchanged, or the last version of what cannot be read. */
export interface KeptEntry {
	readonly kind: 'kept';
	readonly entry: TreeEntry;
	readonly totals: Totals;
}

/** A new or changed file. */
export interface PendingFile extends FileStat {
	readonly kind: 'pending';
	/** The parts above the name. */
	readonly above: readonly string[];
	readonly source: SourceFile;
	/** Its last version, in the tree until the new one is read. */
	readonly previous?: FileEntry;
	/** Set when it was read whole. */
	entry?: FileEntry;
}

/** A directory in which something changed. */
export interface ScannedDirectory {
	readonly kind: 'directory';
	readonly name: string;
	readonly folder?: FolderId;
	readonly children: readonly ScannedNode[];
}

export type ScannedNode = KeptEntry | PendingFile | ScannedDirectory;

/** The totals below nodes that are all kept. */
export function sumOf(children: readonly ScannedNode[]): Totals {
	let totals = { files: 0, directories: 1, bytes: 0 };
	for (const child of children) if (child.kind === 'kept') totals = plus(totals, child.totals);
	return totals;
}

export function plus(a: Totals, b: Totals): Totals {
	return {
		files: a.files + b.files,
		directories: a.directories + b.directories,
		bytes: a.bytes + b.bytes
	};
}

export function keptFile(entry: FileEntry): KeptEntry {
	return { kind: 'kept', entry, totals: { files: 1, directories: 0, bytes: entry.size } };
}

/** Size and time as trees keep them, so that a file compares equal to its entry. */
export function keptStat(stat: FileStat): FileStat {
	return { size: stat.size, modified: keptTime(stat.modified) };
}

/** Whether a file is in the snapshot with another version than before. */
export function isChanged({ entry, previous }: PendingFile): boolean {
	if (entry === undefined) return false;
	return (
		entry.size !== previous?.size ||
		entry.modified !== previous.modified ||
		entry.chunks.some((chunk, i) => chunk !== previous.chunks[i])
	);
}
