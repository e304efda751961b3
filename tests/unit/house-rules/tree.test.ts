import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { findings, folders, paths, read, texts } from './tree.ts';

test('the house has the rooms that the architecture names', () => {
	expect(folders).toEqual([
		'.ci',
		'bench',
		'docs',
		'scripts',
		'signaling',
		'src',
		'static',
		'tests'
	]);
	const kinds = paths
		.filter((path) => path.startsWith('tests/'))
		.map((path) => path.split('/')[1] ?? '');
	const known =
		/^(browser|contract|doubles|e2e|fuzz|integration|oracle|property|sim|ui|unit|vectors)$/;
	expect([...new Set(kinds)].filter((kind) => !known.test(kind))).toEqual([]);
});

test('every file is named for what it is about', () => {
	const empty = /(^|[-.])(utils?|helpers?|misc|common|managers?|stuff)([-.]|$)/i;
	expect(paths.filter((path) => empty.test(basename(path)))).toEqual([]);
	const folderNames = new Set(paths.flatMap((path) => path.split('/').slice(0, -1)));
	expect([...folderNames].filter((name) => empty.test(name))).toEqual([]);
});

test('no text names a folder of the machine it was written on', () => {
	expect(findings(texts, /(^|[\s'"`(=])\/(work|root|home|Users)\/\w/)).toEqual([]);
});

test('texts speak of Holdfast as it stands, not of how they came about', () => {
	const aside =
		/\b(TODO|FIXME|XXX|HACK)\b|\b(AI|language model|chatbot|AI assistant|coding assistant)\b/;
	expect(findings(texts, aside)).toEqual([]);
});

test('an exception from a rule says why', () => {
	const code = texts.filter((path) => /\.(ts|js|mjs|svelte)$/.test(path));
	const unexplained = findings(code, /eslint-disable/).filter((line) => !line.includes(' -- '));
	expect(unexplained).toEqual([]);
	expect(findings(code, /eslint-disable(?!-next-line|-line)/)).toEqual([]);
});

test('all unsafe code of the coder is in one file', () => {
	const rust = paths.filter((path) => path.startsWith('src/lib/wasm-rs/src/'));
	const unsafe = rust.filter((path) => /^[^/]*\bunsafe (fn|impl|extern|\{)/m.test(read(path)));
	expect(unsafe).toEqual(['src/lib/wasm-rs/src/abi.rs']);
});
