/** Real folders to protect. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * Of every script a person may name a file in; the last one is as long as a name can be. Chromium passes over names
 * with a joiner (U+200D), so no family of emoji is among them.
 */
export const names: readonly string[] = [
	'Ελληνικά.txt',
	'Кириллица.txt',
	'日本語の名前.txt',
	'한국어.txt',
	'العربية.txt',
	'עברית.txt',
	'हिन्दी.txt',
	'ไทย.txt',
	'🌊 sea, family & friends.txt',
	'e\u0301 decomposed.txt',
	'\u00e9 composed.txt',
	'.hidden',
	'two  blanks and a #hash%20.txt',
	`${'n'.repeat(251)}.txt`
];

const depth = 40;
const photoBytes = 10_000_000;

/** Files of every kind that a backup must bring back as they were. */
export function fillFolder(root: string): void {
	for (const name of names) write(join(root, 'names', name), `I am called ${name}`);
	const deep = Array.from({ length: depth }, (_, level) => `level ${level + 1}`);
	write(join(root, ...deep, 'bottom.txt'), 'at the bottom');
	write(join(root, 'empty file'), '');
	mkdirSync(join(root, 'empty folder', 'in an empty folder'), { recursive: true });
	write(join(root, 'photos', 'beach.raw'), randomBytes(photoBytes));
	write(join(root, 'letters', 'to anna.txt'), 'Dear Anna, '.repeat(50_000));
	write(join(root, 'letters', 'to anna, again.txt'), 'Dear Anna, '.repeat(50_000));
	write(join(root, 'small.bin'), randomBytes(1));
}

/** So many files of random bytes in a new folder. */
export function fillWithRandom(root: string, files: number, bytesEach: number): void {
	for (let i = 0; i < files; i++) write(join(root, `part-${i}.bin`), randomBytes(bytesEach));
}

/** Writes a file, and the folders above it. */
export function write(path: string, content: string | Uint8Array): void {
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, content);
}
