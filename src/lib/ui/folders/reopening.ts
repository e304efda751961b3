import type { FolderId } from '$lib/engine/identifiers.ts';
import { CommandRefused, type Commands } from '$lib/host/api.ts';
import { allowReading } from '$lib/host/directory-picker.ts';
import { texts } from '../texts.ts';

/** Asks the browser for the permission to read a folder again; must be called from a click. */
export async function reopenFolder(commands: Commands, folder: FolderId): Promise<void> {
	const handle = await commands.folderHandle(folder);
	if (handle === undefined || !(await allowReading(handle))) {
		throw new CommandRefused(texts.problems.noPermission);
	}
	await commands.reopenFolder(folder);
}
