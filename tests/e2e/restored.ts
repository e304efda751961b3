/** What a restore brought back, read out of the zip that the person saves. */
import type { BrowserName } from '../../scripts/browsers.ts';
import type { App } from '../../scripts/driver/app.ts';
import { savedZip } from '../../scripts/driver/download.ts';
import { zipEntries } from '../../scripts/driver/zip.ts';
import type { Story } from './story.ts';

export interface Restored {
	/** SHA-256 by path. */
	readonly files: ReadonlyMap<string, string>;
	readonly directories: ReadonlySet<string>;
	readonly modified: ReadonlyMap<string, Date>;
}

/** Saves the finished zip as a person would and reads it. */
export async function restoredContent(
	story: Story,
	app: App,
	browser: BrowserName = 'chromium'
): Promise<Restored> {
	const path = await savedZip(app, browser, `${story.folder('restored')}.zip`);
	const files = new Map<string, string>();
	const directories = new Set<string>();
	const modified = new Map<string, Date>();
	for await (const entry of zipEntries(path)) {
		modified.set(entry.name, entry.modified);
		if (entry.name.endsWith('/')) directories.add(entry.name.slice(0, -1));
		else files.set(entry.name, entry.sha256);
	}
	return { files, directories, modified };
}
