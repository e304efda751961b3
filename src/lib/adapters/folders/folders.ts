/**
 * The chosen folders in a browser. Where the platform has directory handles, the engine's record of a folder
 * keeps one, and it opens again without the person as long as the permission holds. Elsewhere a folder is the
 * list of files that the person dropped or picked, and is there until the page goes away.
 */
import type { FolderId } from '../../engine/identifiers.ts';
import type { Folders, Records, SourceDirectory } from '../../engine/ports.ts';
import type { ChosenFolder } from './chosen.ts';
import { HandleDirectory } from './handle-directory.ts';
import { ListedDirectory } from './listed-directory.ts';

export class BrowserFolders implements Folders {
	readonly #records: Pick<Records, 'get'>;
	readonly #chosen = new Map<FolderId, ChosenFolder>();

	constructor(records: Pick<Records, 'get'>) {
		this.#records = records;
	}

	/** The person chose this folder in this session. Replaces what it was before. */
	choose(folder: FolderId, chosen: ChosenFolder): void {
		this.#chosen.set(folder, chosen);
	}

	/** Forgets what was chosen in this session, and with it the memory that a long list of files takes. */
	forget(folder: FolderId): void {
		this.#chosen.delete(folder);
	}

	async open(folder: FolderId): Promise<SourceDirectory | undefined> {
		const chosen = this.#chosen.get(folder);
		if (chosen?.kind === 'files') return new ListedDirectory(chosen.name, chosen.entries);
		const handle = chosen?.handle ?? (await this.#records.get('folders', folder))?.handle;
		if (!isDirectoryHandle(handle)) return undefined;
		return (await isReadable(handle)) ? new HandleDirectory(handle) : undefined;
	}
}

function isDirectoryHandle(value: unknown): value is FileSystemDirectoryHandle {
	return (
		typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'directory'
	);
}

async function isReadable(handle: FileSystemDirectoryHandle): Promise<boolean> {
	// Firefox and Safari have handles of their private file system only, which need no permission.
	if ((handle as Partial<FileSystemDirectoryHandle>).queryPermission === undefined) return true;
	return (await handle.queryPermission({ mode: 'read' })) === 'granted';
}
