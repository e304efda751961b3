/** A real folder as the person sees it, to be compared with what came back. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface FolderContent {
	/** SHA-256 of every file by its path, parts joined by '/'. */
	readonly files: ReadonlyMap<string, string>;
	readonly directories: ReadonlySet<string>;
	readonly bytes: number;
	/** Entries that browsers do not list: symbolic links and special files. */
	readonly passedOver: readonly string[];
}

/** Reads and hashes everything below a folder. */
export async function readFolder(root: string): Promise<FolderContent> {
	const files = new Map<string, string>();
	const directories = new Set<string>();
	const passedOver: string[] = [];
	let bytes = 0;
	const walk = async (path: string): Promise<void> => {
		for (const name of (await readdir(join(root, path))).toSorted()) {
			const at = path === '' ? name : `${path}/${name}`;
			const stat = await lstat(join(root, at));
			if (stat.isDirectory()) {
				directories.add(at);
				await walk(at);
			} else if (stat.isFile()) {
				files.set(at, await hashOf(join(root, at)));
				bytes += stat.size;
			} else passedOver.push(at);
		}
	};
	await walk('');
	return { files, directories, bytes, passedOver };
}

async function hashOf(path: string): Promise<string> {
	const hash = createHash('sha256');
	for await (const piece of createReadStream(path)) hash.update(piece as Buffer);
	return hash.digest('hex');
}
