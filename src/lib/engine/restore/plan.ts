/** What a restore will do, and in which order: pure decisions over the files that were found. */
import type { ChunkLocation } from '../archive/head.ts';
import type { DirectoryEntry, FileEntry } from '../archive/tree.ts';
import type { ChunkId, SnapshotId, StripeId } from '../identifiers.ts';
import type { Path, SnapshotBrowser } from './browse.ts';
import type { Loss } from './chunk-source.ts';

export interface PlannedFile {
	readonly path: Path;
	readonly entry: FileEntry;
}

export interface PlannedDirectory {
	readonly path: Path;
	readonly entry: DirectoryEntry;
}

export interface LostPath {
	readonly path: Path;
	readonly loss: Loss;
}

export interface Plan {
	/** In the order in which they are restored. */
	readonly files: readonly PlannedFile[];
	/** Parents before their children. */
	readonly directories: readonly PlannedDirectory[];
	/** Directories that cannot be listed, and selected paths that are not there. */
	readonly lost: readonly LostPath[];
}

type Locate = (chunk: ChunkId) => ChunkLocation | undefined;

/** Everything at and below the selected paths. */
export async function planRestore(
	browser: Pick<SnapshotBrowser, 'walk'>,
	snapshot: SnapshotId,
	selection: readonly Path[],
	locate: Locate,
	signal?: AbortSignal
): Promise<Plan> {
	const files: PlannedFile[] = [];
	const directories: PlannedDirectory[] = [];
	const lost: LostPath[] = [];
	for (const path of outermost(selection)) {
		for await (const step of browser.walk(snapshot, path, signal)) {
			if (step.kind === 'file') files.push(step);
			else if (step.kind === 'directory') directories.push(step);
			else lost.push(step);
		}
	}
	return { files: inReadingOrder(files, locate), directories, lost };
}

/** The paths that lie in no other selected path, each once. */
export function outermost(selection: readonly Path[]): readonly Path[] {
	return selection.filter((path, i) =>
		selection.every(
			(other, j) => i === j || !startsWith(path, other) || (path.length === other.length && i < j)
		)
	);
}

/**
 * Files in the order in which their first chunks lie in the stripes, and stripes in the order of their first
 * mention: neighbours in a folder were backed up together, so each stripe is read once where that is possible.
 */
export function inReadingOrder(
	files: readonly PlannedFile[],
	locate: Locate
): readonly PlannedFile[] {
	const ordinals = new Map<StripeId, number>();
	const keyed = files.map((file) => {
		const [first] = file.entry.chunks;
		const location = first === undefined ? undefined : locate(first);
		if (location === undefined) return { file, ordinal: -1, offset: 0 };
		const { stripe, place } = location;
		const ordinal = ordinals.get(stripe) ?? ordinals.size;
		ordinals.set(stripe, ordinal);
		return { file, ordinal, offset: place.offset };
	});
	keyed.sort((a, b) => a.ordinal - b.ordinal || a.offset - b.offset);
	return keyed.map(({ file }) => file);
}

function startsWith(path: Path, beginning: Path): boolean {
	return beginning.length <= path.length && beginning.every((name, i) => name === path[i]);
}
