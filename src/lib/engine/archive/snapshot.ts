/** Makes the trees of a snapshot from what a scan found and what was read, from the leaves up. */
import type { ChunkId, FolderId } from '../identifiers.ts';
import type { RecordChange, Records } from '../ports.ts';
import { Chunker } from './chunker.ts';
import { recordsPerBatch } from './limits.ts';
import { keptFile, plus, type PendingFile, type ScannedNode, type Totals } from './scanned.ts';
import { encodeTree, type DirectoryEntry, type TreeEntry } from './tree.ts';

/** A tree that is on its way into stripes. */
export interface PutTree extends Totals {
	/** The chunks of the root tree, whose entries are the chosen folders. */
	readonly tree: readonly ChunkId[];
	/** Each chosen folder's own part of the totals. */
	readonly folders: readonly FolderTotals[];
}

export interface FolderTotals {
	readonly folder: FolderId;
	readonly files: number;
	readonly bytes: number;
}

export interface TreeWriterOptions {
	/** Takes ownership of a chunk; resolves to its id when it is known or on its way into a stripe. */
	readonly put: (content: Uint8Array) => Promise<ChunkId>;
	readonly records: Pick<Records, 'write'>;
}

/**
 * Writes the trees of one snapshot. Files that were not read yet, or could not be, stand in it with their last
 * version, and not at all when they have none: the same code makes checkpoints and complete snapshots.
 */
export class TreeWriter {
	readonly #options: TreeWriterOptions;
	readonly #chunker = new Chunker();
	#cached: RecordChange[] = [];
	#folders: FolderTotals[] = [];

	constructor(options: TreeWriterOptions) {
		this.#options = options;
	}

	async write(folders: readonly ScannedNode[]): Promise<PutTree> {
		this.#folders = [];
		const { entries, totals } = await this.#entriesOf(folders);
		const tree = await this.#put(entries);
		await this.#flush();
		return { tree, ...totals, folders: this.#folders };
	}

	async #entriesOf(
		nodes: readonly ScannedNode[]
	): Promise<{ entries: readonly TreeEntry[]; totals: Totals }> {
		const entries: TreeEntry[] = [];
		let totals = { files: 0, directories: 0, bytes: 0 };
		for (const node of nodes) {
			const made = node.kind === 'directory' ? await this.#directory(node) : entryOf(node);
			if (made === undefined) continue;
			entries.push(made.entry);
			totals = plus(totals, made.totals);
		}
		return { entries, totals };
	}

	async #directory(
		node: Extract<ScannedNode, { kind: 'directory' }>
	): Promise<{ entry: DirectoryEntry; totals: Totals }> {
		const { entries, totals } = await this.#entriesOf(node.children);
		const { files, bytes } = totals;
		if (node.folder !== undefined) this.#folders.push({ folder: node.folder, files, bytes });
		const entry: DirectoryEntry = {
			kind: 'directory',
			name: node.name,
			modified: newestOf(entries),
			chunks: await this.#put(entries),
			...(node.folder !== undefined && { folder: node.folder })
		};
		return { entry, totals: plus(totals, { files: 0, directories: 1, bytes: 0 }) };
	}

	async #put(entries: readonly TreeEntry[]): Promise<readonly ChunkId[]> {
		const chunks = this.#chunker.push(encodeTree(entries));
		const last = this.#chunker.end();
		if (last !== undefined) chunks.push(last);
		const ids: ChunkId[] = [];
		for (const bytes of chunks) {
			const kept = bytes.slice();
			const chunk = await this.#options.put(bytes);
			await this.#cache(chunk, kept);
			ids.push(chunk);
		}
		return ids;
	}

	/** The next scan reads these trees: from here, not from partners. */
	async #cache(chunk: ChunkId, bytes: Uint8Array): Promise<void> {
		this.#cached.push({ table: 'treeChunks', key: chunk, put: { bytes } });
		if (this.#cached.length >= recordsPerBatch) await this.#flush();
	}

	async #flush(): Promise<void> {
		const changes = this.#cached;
		this.#cached = [];
		if (changes.length > 0) await this.#options.records.write(changes);
	}
}

function entryOf(
	node: Exclude<ScannedNode, { kind: 'directory' }>
): { entry: TreeEntry; totals: Totals } | undefined {
	if (node.kind === 'kept') return node;
	const entry = versionOf(node);
	return entry === undefined ? undefined : keptFile(entry);
}

/** The newest version of a file that was read whole. */
function versionOf(file: PendingFile): PendingFile['previous'] {
	return file.entry ?? file.previous;
}

function newestOf(entries: readonly TreeEntry[]): number {
	if (entries.length === 0) return 0;
	return entries.reduce((newest, { modified }) => Math.max(newest, modified), -Infinity);
}
