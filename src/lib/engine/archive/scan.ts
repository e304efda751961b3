/**
 * Finds what is new, changed and gone, by names, sizes and times beside the trees of the previous snapshot
 * (design section 4, step 1; patent step 282). No content is read. Subtrees in which nothing changed are kept as
 * one entry, so that the result is as large as the change.
 */
import { Malformed, SourceUnreadable, type UnreadableCause } from '../failures.ts';
import type { FolderId } from '../identifiers.ts';
import type { FileStat, Folders, Log, SourceDirectory, SourceFile } from '../ports.ts';
import type { FolderRecord } from '../records.ts';
import type { SnapshotEntry } from './head.ts';
import type { ChunkIndex } from './index.ts';
import { isExcluded } from './exclusion.ts';
import { namedFolders } from './chosen-folders.ts';
import { LeftOutList } from './left-out.ts';
import { listingsInFlightMax, statsInFlightMax } from './limits.ts';
import { settled, Slots } from './slots.ts';
import { ChunkUnknown, type TreeReader } from './tree-reader.ts';
import {
	keptFile,
	keptStat,
	plus,
	sumOf,
	type KeptEntry,
	type PendingFile,
	type ScannedNode,
	type Totals
} from './scanned.ts';
import { problemOfName, type DirectoryEntry, type FileEntry, type TreeEntry } from './tree.ts';

export interface ScanContext {
	readonly folders: Folders;
	readonly reader: Pick<TreeReader, 'entries'>;
	readonly index: Pick<ChunkIndex, 'has'>;
	readonly log: Log;
	readonly previous?: SnapshotEntry;
	readonly folderRecords: readonly FolderRecord[];
	readonly signal: AbortSignal;
	readonly verifyAll: boolean;
	/** What was found so far. */
	progress(files: number, bytes: number): void;
}

export interface Scan {
	/** The chosen folders, in the order in which they were added. */
	readonly folders: readonly ScannedNode[];
	readonly pending: readonly PendingFile[];
	readonly leftOut: LeftOutList;
}

/** Rejects with the signal's reason, or as the reader does when the previous trees cannot be fetched. */
export async function scan(context: ScanContext): Promise<Scan> {
	return new Scanner(context).scan();
}

/** Where the walk stands. */
interface Place {
	readonly path: readonly string[];
	readonly exclude: readonly string[];
}

class Scanner {
	readonly #context: ScanContext;
	readonly #leftOut = new LeftOutList();
	readonly #pending: PendingFile[] = [];
	readonly #listings = new Slots(listingsInFlightMax);
	readonly #stats = new Slots(statsInFlightMax);
	#files = 0;
	#bytes = 0;

	constructor(context: ScanContext) {
		this.#context = context;
	}

	async scan(): Promise<Scan> {
		const { previous, folderRecords } = this.#context;
		const before = await this.#entriesOf(previous?.tree);
		const byFolder = new Map(
			before.map((entry) => [entry.kind === 'directory' ? entry.folder : undefined, entry])
		);
		const folders: ScannedNode[] = [];
		for (const { record, name } of namedFolders(folderRecords)) {
			const last = byFolder.get(record.id);
			const node = await this.#folder(record, name, isDirectory(last) ? last : undefined);
			if (node !== undefined) folders.push(node);
		}
		return { folders, pending: this.#pending, leftOut: this.#leftOut };
	}

	/** A folder that is not there may be a disk that is not plugged in: it keeps its last version. */
	async #folder(
		record: FolderRecord,
		name: string,
		last: DirectoryEntry | undefined
	): Promise<ScannedNode | undefined> {
		const previous = last === undefined || last.name === name ? last : { ...last, name };
		const place = { path: [name], exclude: record.exclude };
		const source = await this.#context.folders.open(record.id);
		if (source === undefined) return this.#keep(place.path, 'denied', previous);
		try {
			return await this.#directory(source, place, previous, record.id);
		} catch (failure) {
			return this.#keep(place.path, causeOf(failure), previous);
		}
	}

	/** Rejects with SourceUnreadable when the directory itself cannot be listed. */
	async #directory(
		source: SourceDirectory,
		place: Place,
		previous: DirectoryEntry | undefined,
		folder?: FolderId
	): Promise<ScannedNode> {
		const { before, beside, files, directories } = await this.#listings.run(async () => {
			const before = await this.#entriesOf(previous?.chunks);
			const beside = new Map(before.map((entry) => [entry.name, entry]));
			const listed = await this.#list(source, place);
			const work = listed.files.map((file) => this.#file(file, place, beside.get(file.name)));
			return { before, beside, files: await settled(work), directories: listed.directories };
		});
		const below = await settled(
			directories.map((each) => this.#subdirectory(each, place, beside.get(each.name)))
		);
		const children = [...files, ...below].filter((child) => child !== undefined);
		if (previous !== undefined && this.#isSame(children, before, previous)) {
			return { kind: 'kept', entry: previous, totals: sumOf(children) };
		}
		const name = place.path.at(-1) ?? '';
		return { kind: 'directory', name, ...(folder !== undefined && { folder }), children };
	}

	async #subdirectory(
		source: SourceDirectory,
		above: Place,
		previous: TreeEntry | undefined
	): Promise<ScannedNode | undefined> {
		const place = { path: [...above.path, source.name], exclude: above.exclude };
		const last = isDirectory(previous) ? previous : undefined;
		try {
			return await this.#directory(source, place, last);
		} catch (failure) {
			const why = causeOf(failure);
			return this.#keep(place.path, why, why === 'vanished' ? undefined : previous);
		}
	}

	async #file(
		source: SourceFile,
		place: Place,
		previous: TreeEntry | undefined
	): Promise<ScannedNode | undefined> {
		const last = previous?.kind === 'file' ? previous : undefined;
		try {
			const found = await this.#stats.run(async () => {
				// Asked here, where thousands may wait for their turn.
				this.#context.signal.throwIfAborted();
				return source.stat();
			});
			return this.#sort(source, place, keptStat(found), last);
		} catch (failure) {
			const why = causeOf(failure);
			const path = [...place.path, source.name];
			return this.#keep(path, why, why === 'vanished' ? undefined : previous);
		}
	}

	/** Unchanged, empty, or to be read. */
	#sort(
		source: SourceFile,
		place: Place,
		stat: FileStat,
		previous: FileEntry | undefined
	): ScannedNode {
		this.#count(1, stat.size);
		const { size, modified } = stat;
		const unchanged = previous?.size === size && previous.modified === modified;
		if (previous !== undefined && unchanged && !this.#context.verifyAll) {
			if (this.#isStored(previous)) return keptFile(previous);
		}
		// Empty files are never opened: what looks empty may be a pipe, and reading it would wait for ever.
		if (size === 0) {
			return keptFile(
				unchanged ? previous : { kind: 'file', name: source.name, size, modified, chunks: [] }
			);
		}
		const pending: PendingFile = {
			kind: 'pending',
			above: place.path,
			source,
			size,
			modified,
			...(previous !== undefined && { previous })
		};
		this.#pending.push(pending);
		return pending;
	}

	async #list(
		source: SourceDirectory,
		place: Place
	): Promise<{ files: SourceFile[]; directories: SourceDirectory[] }> {
		const files: SourceFile[] = [];
		const directories: SourceDirectory[] = [];
		const seen = new Set<string>();
		for await (const entry of source.entries()) {
			this.#context.signal.throwIfAborted();
			if (entry.kind === 'unnamed') {
				this.#leftOut.add(place.path, 'unnamed');
				continue;
			}
			// A directory that changes while it is listed may name an entry twice.
			if (seen.has(entry.name) || isExcluded(entry.name, place.exclude)) continue;
			seen.add(entry.name);
			if (problemOfName(entry.name) !== undefined) {
				this.#leftOut.add([...place.path, entry.name], 'unnamed');
			} else if (entry.kind === 'file') files.push(entry);
			else directories.push(entry);
		}
		return { files, directories };
	}

	/** Reports what cannot be read, and keeps its last version where there is one. */
	async #keep(
		path: readonly string[],
		why: UnreadableCause,
		previous: TreeEntry | undefined
	): Promise<KeptEntry | undefined> {
		this.#leftOut.add(path, why);
		if (previous === undefined) return undefined;
		const totals = await this.#totalsOf(previous);
		this.#count(totals.files, totals.bytes);
		return { kind: 'kept', entry: previous, totals };
	}

	async #totalsOf(entry: TreeEntry): Promise<Totals> {
		if (entry.kind === 'file') return keptFile(entry).totals;
		let totals = { files: 0, directories: 1, bytes: 0 };
		for (const child of await this.#entriesOf(entry.chunks)) {
			totals = plus(totals, await this.#totalsOf(child));
		}
		return totals;
	}

	/** A previous tree that is lost or broken is as none: everything below is read again. */
	async #entriesOf(chunks: DirectoryEntry['chunks'] | undefined): Promise<readonly TreeEntry[]> {
		this.#context.signal.throwIfAborted();
		if (chunks === undefined) return [];
		try {
			return await this.#context.reader.entries(chunks);
		} catch (failure) {
			if (!(failure instanceof ChunkUnknown) && !(failure instanceof Malformed)) throw failure;
			this.#context.log.write('warning', `A tree of the last snapshot is lost: ${failure.message}`);
			return [];
		}
	}

	#isSame(
		children: readonly ScannedNode[],
		before: readonly TreeEntry[],
		previous: DirectoryEntry
	): boolean {
		const same = new Set<TreeEntry>(before);
		return (
			children.length === before.length &&
			children.every((child) => child.kind === 'kept' && same.has(child.entry)) &&
			this.#isStored(previous)
		);
	}

	#isStored(entry: TreeEntry): boolean {
		return entry.chunks.every((chunk) => this.#context.index.has(chunk));
	}

	#count(files: number, bytes: number): void {
		this.#files += files;
		this.#bytes += bytes;
		this.#context.progress(this.#files, this.#bytes);
	}
}

function isDirectory(entry: TreeEntry | undefined): entry is DirectoryEntry {
	return entry?.kind === 'directory';
}

/** Throws what is not the source's fault again. */
function causeOf(failure: unknown): UnreadableCause {
	if (failure instanceof SourceUnreadable) return failure.why;
	throw failure;
}
