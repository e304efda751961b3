/** The page's side of choosing a folder: by drag and drop, or by <input type="file" webkitdirectory>. */
import type { ChosenFolder, ListedEntry } from './chosen.ts';
import { unreadable } from './failures.ts';

export interface Drop {
	readonly folders: readonly ChosenFolder[];
	/** Dropped files that are in no folder: they cannot be backed up, and the person is told so. */
	readonly looseFiles: readonly string[];
}

/** One dropped item, by each way that this browser has to look into it. */
interface DroppedItem {
	readonly handle: Promise<FileSystemHandle | null> | undefined;
	readonly entry: FileSystemEntry | null;
}

/** Call it in the handler of the drop event itself: afterwards the browser empties the event's data. */
export function readDrop(transfer: DataTransfer): Promise<Drop> {
	const items = [...transfer.items].filter((item) => item.kind === 'file').map(itemOf);
	return sort(items);
}

/** The folder that the person picked; undefined when it has no files, for then the browser names none. */
export function readPicked(files: Iterable<File>): ChosenFolder | undefined {
	let name: string | undefined;
	const entries: ListedEntry[] = [];
	for (const file of files) {
		const [root, ...path] = file.webkitRelativePath.split('/');
		if (path.length === 0) continue;
		name ??= root;
		entries.push({ kind: 'file', path, file });
	}
	return name === undefined ? undefined : { kind: 'files', name, entries };
}

function itemOf(item: DataTransferItem): DroppedItem {
	const getHandle = (item as Partial<DataTransferItem>).getAsFileSystemHandle?.bind(item);
	// A folder that the browser protects gives no handle, but may be listed.
	return { handle: getHandle?.().catch(() => null), entry: item.webkitGetAsEntry() };
}

async function sort(items: readonly DroppedItem[]): Promise<Drop> {
	const folders: ChosenFolder[] = [];
	const looseFiles: string[] = [];
	for (const { handle: asked, entry } of items) {
		const handle = await asked;
		if (isDirectory(handle)) folders.push({ kind: 'handle', name: handle.name, handle });
		else if (isEntryOfDirectory(entry)) folders.push(await listed(entry));
		else looseFiles.push(handle?.name ?? entry?.name ?? '');
	}
	return { folders, looseFiles };
}

async function listed(root: FileSystemDirectoryEntry): Promise<ChosenFolder> {
	const entries: ListedEntry[] = [];
	const waiting: { directory: FileSystemDirectoryEntry; path: readonly string[] }[] = [
		{ directory: root, path: [] }
	];
	for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
		const { directory, path } = next;
		if (path.length > 0) entries.push({ kind: 'directory', path });
		try {
			for await (const entry of childrenOf(directory)) {
				const below = [...path, entry.name];
				if (isEntryOfDirectory(entry)) waiting.push({ directory: entry, path: below });
				else entries.push(await fileOf(entry as FileSystemFileEntry, below));
			}
		} catch (error) {
			const { why } = unreadable(error, directory.name);
			entries.push({ kind: 'unreadable', path, what: 'directory', why });
		}
	}
	return { kind: 'files', name: root.name, entries };
}

/** Browsers give at most 100 entries at a time, and an empty batch at the end. */
async function* childrenOf(directory: FileSystemDirectoryEntry): AsyncIterable<FileSystemEntry> {
	const reader = directory.createReader();
	for (;;) {
		const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => {
			reader.readEntries(resolve, reject);
		});
		if (batch.length === 0) return;
		yield* batch;
	}
}

async function fileOf(entry: FileSystemFileEntry, path: readonly string[]): Promise<ListedEntry> {
	try {
		const file = await new Promise<File>((resolve, reject) => {
			entry.file(resolve, reject);
		});
		return { kind: 'file', path, file };
	} catch (error) {
		return { kind: 'unreadable', path, what: 'file', why: unreadable(error, entry.name).why };
	}
}

function isDirectory(
	handle: FileSystemHandle | null | undefined
): handle is FileSystemDirectoryHandle {
	return handle?.kind === 'directory';
}

function isEntryOfDirectory(entry: FileSystemEntry | null): entry is FileSystemDirectoryEntry {
	return entry?.isDirectory === true;
}
