import { unzipSync } from 'fflate';

/** What a zip lists: files and directories by their paths, read by another implementation than wrote it. */
export function unzipped(zip: Uint8Array): {
	readonly files: ReadonlyMap<string, Uint8Array>;
	readonly directories: ReadonlySet<string>;
} {
	const entries = Object.entries(unzipSync(zip)).sort(([a], [b]) => (a < b ? -1 : 1));
	const directories = entries.filter(([path]) => path.endsWith('/'));
	return {
		files: new Map(
			entries
				.filter(([path]) => !path.endsWith('/'))
				.map(([path, bytes]) => [path, new Uint8Array(bytes)] as const)
		),
		directories: new Set(directories.map(([path]) => path.slice(0, -1)))
	};
}
