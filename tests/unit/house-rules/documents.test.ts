import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { paths, read, root, texts } from './tree.ts';

const documents = texts.filter((path) => path.endsWith('.md'));

test('every decision is in the list of decisions', () => {
	const list = read('docs/adr/README.md');
	const records = paths
		.filter((path) => /^docs\/adr\/\d{4}-.*\.md$/.test(path))
		.map((path) => basename(path));
	expect(records.length).toBeGreaterThan(0);
	expect(records.filter((name) => !list.includes(`(${name})`))).toEqual([]);
	const numbers = records.map((name) => name.slice(0, 4));
	expect(new Set(numbers).size).toBe(numbers.length);
});

test('every link between documents leads somewhere', () => {
	const broken = documents.flatMap((path) =>
		[...read(path).matchAll(/\]\(([^)#\s]+)(#[^)\s]*)?\)/g)]
			.map((link) => link[1] ?? '')
			.filter((target) => !/^[a-z]+:/.test(target))
			.filter((target) => !existsSync(join(root, dirname(path), decodeURI(target))))
			.map((target) => `${path}: ${target}`)
	);
	expect(broken).toEqual([]);
});

test('every document is found from the lists of documents', () => {
	const lists = ['README.md', 'docs/README.md'].map((path) => read(path)).join('\n');
	const pages = paths
		.filter((path) => /^docs\/[^/]+\.md$/.test(path))
		.map((path) => basename(path));
	expect(pages.filter((name) => name !== 'README.md' && !lists.includes(name))).toEqual([]);
});
