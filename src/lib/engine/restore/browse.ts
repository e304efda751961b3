/** Looks around in snapshots: directories are read when somebody opens them, and kept while there is room. */
import type { SnapshotEntry } from '../archive/head.ts';
import {
	decodeTree,
	type DirectoryEntry,
	type FileEntry,
	type TreeEntry
} from '../archive/tree.ts';
import { Malformed } from '../failures.ts';
import type { ChunkId, SnapshotId } from '../identifiers.ts';
import type { ChunkSource, Loss } from './chunk-source.ts';
import { directoriesKeptMax, foundPathsMax } from './limits.ts';

export type Path = readonly string[];

export type Listing =
	| { readonly kind: 'entries'; readonly entries: readonly TreeEntry[] }
	/** The snapshot has no such directory. */
	| { readonly kind: 'absent' }
	| { readonly kind: 'lost'; readonly loss: Loss };

export type Finding =
	{ readonly kind: 'entry'; readonly entry: TreeEntry } | Exclude<Listing, { kind: 'entries' }>;

/** One step of a walk through a snapshot. */
export type Step =
	| { readonly kind: 'file'; readonly path: Path; readonly entry: FileEntry }
	| { readonly kind: 'directory'; readonly path: Path; readonly entry: DirectoryEntry }
	/** This directory, and all that is below it, cannot be listed. */
	| { readonly kind: 'lost'; readonly path: Path; readonly loss: Loss };

export interface SearchResult {
	readonly paths: readonly Path[];
	/** There are more than could be given. */
	readonly more: boolean;
	/** Directories that could not be searched. */
	readonly lost: readonly Path[];
}

/** What one path was in one snapshot. */
export interface FileVersion {
	readonly snapshot: SnapshotEntry;
	readonly entry: FileEntry;
}

export class SnapshotBrowser {
	/** In the order of the head. */
	readonly snapshots: readonly SnapshotEntry[];
	readonly #chunks: Pick<ChunkSource, 'readObject'>;
	/** Entries by the chunks that hold them; the least recently used first. */
	readonly #directories = new Map<string, readonly TreeEntry[]>();

	constructor(snapshots: readonly SnapshotEntry[], chunks: Pick<ChunkSource, 'readObject'>) {
		this.snapshots = snapshots;
		this.#chunks = chunks;
	}

	/** The entries of a directory; the empty path is the list of folders. */
	async list(snapshot: SnapshotId, path: Path): Promise<Listing> {
		const root = this.snapshots.find(({ id }) => id === snapshot);
		if (root === undefined) return { kind: 'absent' };
		let listing = await this.#directory(root.tree);
		for (const name of path) {
			if (listing.kind !== 'entries') return listing;
			const entry = listing.entries.find((each) => each.name === name);
			if (entry?.kind !== 'directory') return { kind: 'absent' };
			listing = await this.#directory(entry.chunks);
		}
		return listing;
	}

	/** One file or directory. The path has at least one part. */
	async find(snapshot: SnapshotId, path: Path): Promise<Finding> {
		const listing = await this.list(snapshot, path.slice(0, -1));
		if (listing.kind !== 'entries') return listing;
		const entry = listing.entries.find((each) => each.name === path.at(-1));
		return entry === undefined ? { kind: 'absent' } : { kind: 'entry', entry };
	}

	/** Everything at and below a path, parents before their children, in the order of the trees. */
	async *walk(snapshot: SnapshotId, path: Path, signal?: AbortSignal): AsyncGenerator<Step> {
		const open: Step[] = [];
		if (path.length === 0) open.push(...(await this.#below(snapshot, [])));
		else {
			const found = await this.find(snapshot, path);
			if (found.kind === 'entry') open.push(stepTo(path, found.entry));
			else open.push({ kind: 'lost', path, loss: lossOf(found) });
		}
		for (let step = open.pop(); step !== undefined; step = open.pop()) {
			signal?.throwIfAborted();
			yield step;
			if (step.kind === 'directory') open.push(...(await this.#stepsIn(step)));
		}
	}

	/** Files and directories whose name contains the text, whatever its case. */
	async search(snapshot: SnapshotId, text: string, signal?: AbortSignal): Promise<SearchResult> {
		const wanted = comparable(text);
		const paths: Path[] = [];
		const lost: Path[] = [];
		for await (const step of this.walk(snapshot, [], signal)) {
			if (step.kind === 'lost') lost.push(step.path);
			else if (comparable(step.entry.name).includes(wanted)) paths.push(step.path);
			if (paths.length > foundPathsMax) {
				return { paths: paths.slice(0, foundPathsMax), more: true, lost };
			}
		}
		return { paths, more: false, lost };
	}

	/** A file's different contents over all snapshots, newest first; each with the oldest snapshot that has it. */
	async versions(path: Path, signal?: AbortSignal): Promise<readonly FileVersion[]> {
		const versions: FileVersion[] = [];
		for (const snapshot of this.snapshots.toSorted((a, b) => b.at - a.at)) {
			signal?.throwIfAborted();
			const found = await this.find(snapshot.id, path);
			if (found.kind !== 'entry' || found.entry.kind !== 'file') continue;
			const newer = versions.at(-1);
			const same = newer !== undefined && sameChunks(newer.entry.chunks, found.entry.chunks);
			if (same) versions.pop();
			versions.push({ snapshot, entry: found.entry });
		}
		return versions;
	}

	async #below(snapshot: SnapshotId, path: Path): Promise<readonly Step[]> {
		return stepsFrom(path, await this.list(snapshot, path));
	}

	async #stepsIn({ path, entry }: Extract<Step, { kind: 'directory' }>): Promise<readonly Step[]> {
		return stepsFrom(path, await this.#directory(entry.chunks));
	}

	async #directory(chunks: readonly ChunkId[]): Promise<Listing> {
		const key = chunks.join();
		const kept = this.#directories.get(key);
		if (kept !== undefined) {
			this.#keep(key, kept);
			return { kind: 'entries', entries: kept };
		}
		const reading = await this.#chunks.readObject(chunks);
		if (reading.kind === 'lost') return reading;
		try {
			const entries = decodeTree(reading.bytes);
			this.#keep(key, entries);
			return { kind: 'entries', entries };
		} catch (cause) {
			if (cause instanceof Malformed) return { kind: 'lost', loss: { kind: 'damaged' } };
			throw cause;
		}
	}

	#keep(key: string, entries: readonly TreeEntry[]): void {
		this.#directories.delete(key);
		this.#directories.set(key, entries);
		const [oldest] = this.#directories.keys();
		if (this.#directories.size > directoriesKeptMax && oldest !== undefined) {
			this.#directories.delete(oldest);
		}
	}
}

/** In reverse, because the walk takes the last one first. */
function stepsFrom(path: Path, listing: Listing): readonly Step[] {
	if (listing.kind !== 'entries') return [{ kind: 'lost', path, loss: lossOf(listing) }];
	return listing.entries.map((entry) => stepTo([...path, entry.name], entry)).reverse();
}

function stepTo(path: Path, entry: TreeEntry): Step {
	return entry.kind === 'file' ? { kind: 'file', path, entry } : { kind: 'directory', path, entry };
}

function lossOf(listing: Exclude<Listing, { kind: 'entries' }>): Loss {
	return listing.kind === 'lost' ? listing.loss : { kind: 'unknown' };
}

function sameChunks(a: readonly ChunkId[], b: readonly ChunkId[]): boolean {
	return a.length === b.length && a.every((chunk, i) => chunk === b[i]);
}

function comparable(text: string): string {
	return text.normalize('NFKC').toLowerCase();
}
