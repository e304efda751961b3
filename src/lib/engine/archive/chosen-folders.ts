/** The chosen folders as entries of the root tree. */
import type { FolderRecord } from '../records.ts';
import { problemOfName } from './tree.ts';

/** Chosen folders by age, each under a name of its own in the root tree. */
export function namedFolders(
	records: readonly FolderRecord[]
): readonly { readonly record: FolderRecord; readonly name: string }[] {
	const byAge = [...records].sort((a, b) => a.addedAt - b.addedAt || (a.id < b.id ? -1 : 1));
	const taken = new Set<string>();
	return byAge.map((record) => {
		// The root of a drive has no name that a tree could hold.
		const base = problemOfName(record.name) === undefined ? record.name : 'folder';
		let name = base;
		for (let i = 2; taken.has(name); i++) name = `${base} (${i})`;
		taken.add(name);
		return { record, name };
	});
}
