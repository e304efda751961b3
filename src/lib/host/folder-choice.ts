import { readDrop, readPicked } from '../adapters/folders/drop.ts';
import type { FolderChoice } from './api.ts';
import { pickDirectory } from './directory-picker.ts';

/** Lets the person choose a folder to protect; undefined when nothing was chosen or the browser refused it. */
export async function pickFolder(): Promise<FolderChoice | undefined> {
	const handle = await pickDirectory('read');
	return handle === undefined ? undefined : { kind: 'handle', name: handle.name, handle };
}

/**
 * What `<input type="file" webkitdirectory>` gave, as a folder. Undefined when the folder is empty, because the
 * browser then names nothing at all.
 */
export function chosenFiles(files: Iterable<File>): FolderChoice | undefined {
	return readPicked(files);
}

/**
 * The folders among what was dropped on the page. Must be called in the drop event itself: what a DataTransfer
 * holds is gone when the event is over.
 */
export async function droppedFolders(dropped: DataTransfer): Promise<readonly FolderChoice[]> {
	const { folders } = await readDrop(dropped);
	return folders;
}
