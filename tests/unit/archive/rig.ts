import {
	backUp,
	type BackupContext,
	type BackupProgress,
	type BackupReport
} from '../../../src/lib/engine/archive/backup.ts';
import type { ChunkLocation, SnapshotEntry } from '../../../src/lib/engine/archive/head.ts';
import { ChunkIndex } from '../../../src/lib/engine/archive/index.ts';
import { readSegments } from '../../../src/lib/engine/archive/segment-log.ts';
import { joined, TreeReader } from '../../../src/lib/engine/archive/tree-reader.ts';
import type { TreeEntry } from '../../../src/lib/engine/archive/tree.ts';
import { defaultProfile } from '../../../src/lib/engine/coding/profile.ts';
import type { CodingTools } from '../../../src/lib/engine/coding/stripe.ts';
import type { ChunkId, FolderId } from '../../../src/lib/engine/identifiers.ts';
import type { Geometry } from '../../../src/lib/engine/ports.ts';
import type { FolderRecord } from '../../../src/lib/engine/records.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { MemoryFolders, type MemoryDirectory } from '../../doubles/folders.ts';
import { MemoryRecords, RecordDisk } from '../../doubles/records.ts';
import { codingTools, fingerprint } from '../coding/tools.ts';
import { Partners } from './partners.ts';

export const documents = '0000000000000001' as FolderId;
export const smallGeometry: Geometry = { m: 2, k: 1, blockBytes: 512 * 1024 };

export type RigOptions = Partial<
	Pick<BackupContext, 'verifyAll' | 'signal' | 'geometry' | 'profile'>
>;

/** One peer's archive with everything around it in memory: folders, records, partners, heads. */
export class Rig {
	readonly tools: CodingTools;
	readonly clock = new VirtualClock();
	readonly folders = new MemoryFolders();
	readonly disk = new RecordDisk();
	readonly partners: Partners;
	readonly progress: BackupProgress[] = [];
	/** What was committed, oldest first. */
	readonly snapshots: SnapshotEntry[] = [];
	readonly log: string[] = [];
	records = new MemoryRecords(this.disk);
	index = new ChunkIndex();
	segments: readonly (readonly ChunkLocation[])[] = [];
	folderRecords: FolderRecord[] = [];
	/** Called in place of a commit, before it counts. */
	onCommit: (snapshot: SnapshotEntry) => void | Promise<void> = () => undefined;

	constructor(seed: number | string = 1) {
		this.tools = codingTools(seed);
		this.partners = new Partners(this.tools);
	}

	/** Adds a chosen folder. */
	choose(
		id: FolderId = documents,
		name = 'Documents',
		exclude: readonly string[] = []
	): MemoryDirectory {
		const addedAt = this.folderRecords.length;
		this.folderRecords.push({ id, name, addedAt, exclude });
		return this.folders.add(id, name);
	}

	get newest(): SnapshotEntry {
		const newest = this.snapshots.at(-1);
		if (newest === undefined) throw new Error('nothing was committed');
		return newest;
	}

	context(options: RigOptions = {}): BackupContext {
		const previous = this.snapshots.at(-1);
		return {
			tools: this.tools,
			clock: this.clock,
			records: this.records,
			folders: this.folders,
			log: { write: (_, text) => this.log.push(text) },
			index: this.index,
			profile: defaultProfile,
			geometry: () => smallGeometry,
			sink: this.partners,
			...(previous !== undefined && { previous }),
			segments: this.segments,
			fetchChunk: (location) => this.partners.fetch(location),
			folderRecords: this.folderRecords,
			signal: new AbortController().signal,
			verifyAll: false,
			progress: (progress) => this.progress.push(progress),
			commit: async (snapshot, segments) => {
				await this.onCommit(snapshot);
				this.snapshots.push(snapshot);
				this.segments = segments;
			},
			...options
		};
	}

	backUp(options: RigOptions = {}): Promise<BackupReport> {
		return backUp(this.context(options));
	}

	/** The engine starts again on the same disk. */
	async restart(): Promise<void> {
		this.records = new MemoryRecords(this.disk);
		this.index = await ChunkIndex.load(this.records);
	}

	/** The disk is lost: everything comes back from the head's segments. */
	async rebuildFromSegments(): Promise<void> {
		this.disk.tables.clear();
		this.records = new MemoryRecords(this.disk);
		this.index = new ChunkIndex();
		for await (const entry of readSegments(this.segments, (at) => this.partners.fetch(at))) {
			this.index.add({ ...entry, ...entry.geometry });
		}
	}

	/** Reads trees past the local cache. */
	reader(): TreeReader {
		const nothing = new MemoryRecords();
		return new TreeReader({
			tools: this.tools,
			records: nothing,
			index: this.index,
			fetchChunk: (location) => this.partners.fetch(location)
		});
	}

	/** A snapshot as a restore reads it: path to content and time; a directory's path ends with '/'. */
	async read(snapshot = this.newest): Promise<Map<string, string>> {
		const found = new Map<string, string>();
		await this.#readTree(snapshot.tree, '', found);
		return found;
	}

	async content(chunks: readonly ChunkId[]): Promise<Uint8Array> {
		const pieces: Uint8Array[] = [];
		for (const chunk of chunks) {
			const location = this.index.locate(chunk);
			if (location === undefined) throw new Error(`chunk ${chunk} is in no stripe`);
			pieces.push(await this.partners.fetch(location));
		}
		return joined(pieces);
	}

	async #readTree(
		chunks: readonly ChunkId[],
		above: string,
		found: Map<string, string>
	): Promise<void> {
		for (const entry of await this.reader().entries(chunks)) {
			const path = `${above}${entry.name}`;
			if (entry.kind === 'directory') {
				found.set(`${path}/`, '');
				await this.#readTree(entry.chunks, `${path}/`, found);
			} else found.set(path, await this.#fileOf(entry));
		}
	}

	async #fileOf(entry: Extract<TreeEntry, { kind: 'file' }>): Promise<string> {
		const content = await this.content(entry.chunks);
		if (content.length !== entry.size) throw new Error(`${entry.name} has another size`);
		return described(content, entry.modified);
	}
}

/** A file's content and time in one short text. */
export function described(content: Uint8Array | string, modified: number): string {
	const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
	return `${String(bytes.length)} ${fingerprint(bytes).slice(0, 16)} ${String(modified)}`;
}

/** A promise and its handles. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
	let open: () => void = () => undefined;
	const opened = new Promise<void>((resolve) => {
		open = resolve;
	});
	return { opened, open };
}
