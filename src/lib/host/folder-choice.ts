import type { FolderChoice } from './api.ts';
import { pickDirectory } from './directory-picker.ts';

/** Lets the person choose a folder to protect; undefined when nothing was chosen or the browser refused it. */
export async function pickFolder(): Promise<FolderChoice | undefined> {
	const handle = await pickDirectory('read');
	return handle === undefined ? undefined : { kind: 'handle', handle };
}

/**
 * What `<input type="file" webkitdirectory>` gave, as a folder: every path begins with the folder's own name.
 * Undefined when the folder is empty, because the browser then names nothing at all.
 */
export function chosenFiles(files: FileList): FolderChoice | undefined {
	const first = files[0];
	if (first === undefined) return undefined;
	const [name = ''] = first.webkitRelativePath.split('/');
	return {
		kind: 'files',
		name,
		files: Array.from(files, (file) => ({
			path: file.webkitRelativePath.slice(name.length + 1),
			file
		}))
	};
}

/**
 * The folders among what was dropped on the page. Must be called in the drop event itself: what a DataTransfer
 * holds is gone when the event is over.
 */
export async function droppedFolders(dropped: DataTransfer): Promise<readonly FolderChoice[]> {
	const handles = Array.from(dropped.items, (item) =>
		item.kind === 'file' ? item.getAsFileSystemHandle() : null
	);
	const found = await Promise.all(handles);
	return found
		.filter((handle) => handle instanceof FileSystemDirectoryHandle)
		.map((handle) => ({ kind: 'handle', handle }));
}
