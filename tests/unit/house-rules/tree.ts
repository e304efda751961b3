/** The files of the project as a clean clone has them, for the house rules that lint cannot say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What a build or an editor leaves behind: .gitignore has the same names. */
const ignored = /^(\.git|\.svelte-kit|\.tmp|\.vite|build|node_modules|target|test-results)$/;

const inText = /\.(ts|js|mjs|svelte|rs|css|html|md|json|toml|d\.ts)$|^\.ci\/run$/;

/** Every file's path from the root, sorted. */
export const paths: readonly string[] = filesBelow('').sort();

/** The top-level folders. */
export const folders: readonly string[] = entries('')
	.filter((entry) => entry.isDirectory())
	.map(({ name }) => name);

/** Written by people, except for the rules themselves, which have to quote what they forbid. */
export const texts: readonly string[] = paths.filter(
	(path) =>
		inText.test(path) &&
		path !== 'package-lock.json' &&
		!path.startsWith('tests/vectors/') &&
		!path.startsWith('tests/unit/house-rules/')
);

export function read(path: string): string {
	return readFileSync(join(root, path), 'utf8');
}

/** Where a pattern occurs: `path:line: the line`. */
export function findings(among: readonly string[], pattern: RegExp): readonly string[] {
	return among.flatMap((path) =>
		read(path)
			.split('\n')
			.flatMap((line, i) => (pattern.test(line) ? [`${path}:${i + 1}: ${line.trim()}`] : []))
	);
}

function filesBelow(folder: string): string[] {
	return entries(folder).flatMap((entry) => {
		const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
		return entry.isDirectory() ? filesBelow(path) : [path];
	});
}

function entries(folder: string) {
	return readdirSync(join(root, folder), { withFileTypes: true }).filter(
		({ name }) => !ignored.test(name)
	);
}
