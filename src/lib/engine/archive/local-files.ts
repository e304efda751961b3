/**
 * Chunks from the folders of this machine, where their files have not changed since the newest snapshot: what a
 * repair makes blocks from without asking a partner (design section 5). Everything is checked by its id: a file
 * that only looks unchanged gives nothing.
 */
import { chunkIdOf, type CodingTools } from '../coding/stripe.ts';
import { SourceUnreadable } from '../failures.ts';
import type { ChunkId, FolderId } from '../identifiers.ts';
import type { Folders, Records, SourceDirectory, SourceEntry, SourceFile } from '../ports.ts';
import type { SnapshotEntry } from './head.ts';
import type { ChunkIndex } from './index.ts';
import { keptStat } from './scanned.ts';
import type { FileEntry, TreeEntry } from './tree.ts';
import type { TreeReader } from './tree-reader.ts';

export interface LocalFilesOptions {
	readonly tools: Pick<CodingTools, 'keyring' | 'ciphers'>;
	readonly folders: Folders;
	readonly records: Pick<Records, 'get'>;
	readonly index: Pick<ChunkIndex, 'locate'>;
	readonly reader: Pick<TreeReader, 'entries'>;
	/** The newest snapshot; undefined before the first. */
	readonly snapshot: SnapshotEntry | undefined;
}

/** A stretch of a file as the snapshot knows it. */
interface FilePlace {
	readonly folder: FolderId;
	/** Below the folder; the last part is the file's name. */
	readonly path: readonly string[];
	readonly file: Pick<FileEntry, 'size' | 'modified'>;
	readonly offset: number;
	readonly bytes: number;
}

export class LocalFiles {
	readonly #options: LocalFilesOptions;
	readonly #places: ReadonlyMap<ChunkId, FilePlace>;
	/** Directories that were listed, by folder and path. */
	readonly #listed = new Map<string, Promise<ReadonlyMap<string, SourceEntry>>>();

	private constructor(options: LocalFilesOptions, places: ReadonlyMap<ChunkId, FilePlace>) {
		this.#options = options;
		this.#places = places;
	}

	/** Finds where the wanted chunks lie in the newest snapshot's files. Rejects as its trees' reader does. */
	static async find(options: LocalFilesOptions, wanted: ReadonlySet<ChunkId>): Promise<LocalFiles> {
		return new LocalFiles(options, await placesOf(options, wanted));
	}

	/** The plain chunk; undefined when it is not, or no longer, to be had here. */
	async chunk(chunk: ChunkId): Promise<Uint8Array | undefined> {
		const { tools, records } = this.#options;
		const cached = await records.get('treeChunks', chunk);
		if (cached !== undefined) return cached.bytes.slice();
		const place = this.#places.get(chunk);
		const bytes = place && (await this.#read(place));
		if (bytes === undefined || (await chunkIdOf(tools, bytes)) !== chunk) return undefined;
		return bytes;
	}

	async #read(place: FilePlace): Promise<Uint8Array | undefined> {
		try {
			const source = await this.#file(place);
			if (source === undefined || !isUnchanged(keptStat(await source.stat()), place.file)) {
				return undefined;
			}
			const reader = await source.open();
			return await reader.read(place.offset, place.bytes);
		} catch (error) {
			if (error instanceof SourceUnreadable) return undefined;
			throw error;
		}
	}

	async #file({ folder, path }: FilePlace): Promise<SourceFile | undefined> {
		const root = await this.#options.folders.open(folder);
		if (root === undefined) return undefined;
		let directory = root;
		for (const [depth, name] of path.entries()) {
			const above = `${folder}/${path.slice(0, depth).join('/')}`;
			const entry = (await this.#list(above, directory)).get(name);
			if (depth === path.length - 1) return entry?.kind === 'file' ? entry : undefined;
			if (entry?.kind !== 'directory') return undefined;
			directory = entry;
		}
		return undefined;
	}

	#list(key: string, directory: SourceDirectory): Promise<ReadonlyMap<string, SourceEntry>> {
		const known = this.#listed.get(key);
		if (known !== undefined) return known;
		const listing = listed(directory);
		this.#listed.set(key, listing);
		return listing;
	}
}

async function listed(directory: SourceDirectory): Promise<ReadonlyMap<string, SourceEntry>> {
	const entries = new Map<string, SourceEntry>();
	for await (const entry of directory.entries()) {
		if (entry.kind !== 'unnamed') entries.set(entry.name, entry);
	}
	return entries;
}

function isUnchanged(
	now: { readonly size: number; readonly modified: number },
	then: FilePlace['file']
): boolean {
	return now.size === then.size && now.modified === then.modified;
}

/** Walks the newest snapshot until every wanted chunk has a place, or there is nothing left to walk. */
async function placesOf(
	{ index, reader, snapshot }: LocalFilesOptions,
	wanted: ReadonlySet<ChunkId>
): Promise<ReadonlyMap<ChunkId, FilePlace>> {
	const places = new Map<ChunkId, FilePlace>();
	if (snapshot === undefined) return places;
	const waiting: Walk[] = [{ entries: await reader.entries(snapshot.tree) }];
	for (let walk = waiting.pop(); walk !== undefined; walk = waiting.pop()) {
		for (const entry of walk.entries) {
			if (places.size >= wanted.size) return places;
			if (entry.kind === 'file') notePlaces(places, wanted, walk, entry, index);
			else waiting.push(await below(walk, entry, reader));
		}
	}
	return places;
}

interface Walk {
	readonly entries: readonly TreeEntry[];
	/** Undefined in the root tree, whose entries are the folders. */
	readonly folder?: FolderId;
	readonly path?: readonly string[];
}

async function below(
	walk: Walk,
	entry: Extract<TreeEntry, { kind: 'directory' }>,
	reader: Pick<TreeReader, 'entries'>
): Promise<Walk> {
	const entries = await reader.entries(entry.chunks);
	const folder = walk.folder ?? entry.folder;
	if (folder === undefined) return { entries: [] };
	const path = walk.folder === undefined ? [] : [...(walk.path ?? []), entry.name];
	return { entries, folder, path };
}

function notePlaces(
	places: Map<ChunkId, FilePlace>,
	wanted: ReadonlySet<ChunkId>,
	{ folder, path = [] }: Walk,
	file: FileEntry,
	index: Pick<ChunkIndex, 'locate'>
): void {
	if (folder === undefined) return;
	let offset = 0;
	for (const chunk of file.chunks) {
		const bytes = index.locate(chunk)?.place.rawBytes;
		// Without this chunk's length, nothing behind it has a place.
		if (bytes === undefined) return;
		if (wanted.has(chunk) && !places.has(chunk)) {
			places.set(chunk, { folder, path: [...path, file.name], file, offset, bytes });
		}
		offset += bytes;
	}
}
