/**
 * Prints what a first visit to Home loads of JavaScript, compressed with gzip: the shell's start, the layout and
 * the page, with everything that they import statically. Exits 1 above the limit. Run it after a build.
 */
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';

interface Chunk {
	readonly file: string;
	readonly src?: string;
	readonly imports?: readonly string[];
}

const limitBytes = 200_000;
const client = '.svelte-kit/output/client';

const manifest = JSON.parse(await readFile(`${client}/.vite/manifest.json`, 'utf8')) as Readonly<
	Record<string, Chunk>
>;

/** Kit's entries, the root layout (node 0), and the page of '/' (the first node after layout and error page). */
const entries = [/runtime\/client\/entry\.js$/, /client-optimized\/app\.js$/, /\/nodes\/[02]\.js$/];
const wanted = new Set<string>();

function want(key: string): void {
	if (wanted.has(key)) return;
	wanted.add(key);
	for (const imported of manifest[key]?.imports ?? []) want(imported);
}

for (const key of Object.keys(manifest)) if (entries.some((entry) => entry.test(key))) want(key);

let total = 0;
for (const key of wanted) {
	const chunk = manifest[key];
	if (chunk === undefined) continue;
	const bytes = gzipSync(await readFile(`${client}/${chunk.file}`)).length;
	total += bytes;
	console.log(`${String(bytes).padStart(8)}  ${key}`);
}
console.log(
	`${String(total).padStart(8)}  bytes of JavaScript, gzip; the limit is ${String(limitBytes)}`
);
if (total > limitBytes) process.exit(1);
