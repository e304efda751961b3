import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BrowserFolders } from '../../../src/lib/adapters/folders/folders.ts';
import { nameOf, type FolderId } from '../../../src/lib/engine/identifiers.ts';
import type { SourceDirectory, SourceEntry, SourceFile } from '../../../src/lib/engine/ports.ts';
import { bytes } from '../../contract/restore-targets.ts';
import { MemoryRecords } from '../../doubles/records.ts';

const id = nameOf<FolderId>(new Uint8Array(8));
const name = 'folders-test';

describe('a folder with a handle', () => {
	let root: FileSystemDirectoryHandle;
	let folder: SourceDirectory;
	beforeEach(async () => {
		const origin = await navigator.storage.getDirectory();
		root = await origin.getDirectoryHandle(name, { create: true });
		const folders = new BrowserFolders(new MemoryRecords());
		folders.choose(id, { kind: 'handle', name, handle: root });
		const opened = await folders.open(id);
		if (opened === undefined) throw new Error('The folder was chosen.');
		folder = opened;
	});
	afterEach(async () => {
		const origin = await navigator.storage.getDirectory();
		await origin.removeEntry(name, { recursive: true });
	});

	test('lists files and directories, empty ones too, by their names in any script', async () => {
		await write(root, 'Überblick 東京.txt', 'x');
		await write(root, 'empty.txt', '');
		await write(root, 'n'.repeat(240), 'long');
		const sub = await root.getDirectoryHandle('الملف', { create: true });
		await sub.getDirectoryHandle('empty', { create: true });
		const entries = await entriesOf(folder);
		expect(entries.map(labelOf).sort()).toEqual(
			['empty.txt', 'n'.repeat(240), 'Überblick 東京.txt', 'الملف/'].sort()
		);
		const below = entries.find((entry) => entry.kind === 'directory');
		if (below === undefined) throw new Error('It has a directory.');
		expect((await entriesOf(below)).map(labelOf)).toEqual(['empty/']);
	});

	test('reads ranges of a file without the whole', async () => {
		await write(root, 'file', '0123456789');
		const file = await fileOf(folder, 'file');
		const stat = await file.stat();
		expect(stat.size).toBe(10);
		expect(Math.abs(stat.modified - Date.now())).toBeLessThan(60_000);
		const reader = await file.open();
		expect(reader.size).toBe(10);
		expect(await reader.read(3, 4)).toEqual(bytes('3456'));
		expect(await reader.read(8, 4)).toEqual(bytes('89'));
	});

	test('gives an empty file no bytes', async () => {
		await write(root, 'empty', '');
		const reader = await (await fileOf(folder, 'empty')).open();
		expect(await reader.read(0, 100)).toEqual(bytes(''));
	});

	test('says that a file vanished, before it is opened and after', async () => {
		await write(root, 'file', 'x');
		const file = await fileOf(folder, 'file');
		const reader = await file.open();
		await root.removeEntry('file');
		await expect(file.stat()).rejects.toMatchObject({ name: 'SourceUnreadable', why: 'vanished' });
		await expect(file.open()).rejects.toMatchObject({ why: 'vanished' });
		await expect(reader.read(0, 1)).rejects.toMatchObject({ why: 'vanished' });
	});

	test('says that a directory vanished while it was waiting to be listed', async () => {
		await root.getDirectoryHandle('sub', { create: true });
		const [sub] = await entriesOf(folder);
		await root.removeEntry('sub');
		if (sub?.kind !== 'directory') throw new Error('It has a directory.');
		await expect(entriesOf(sub)).rejects.toMatchObject({ why: 'vanished' });
	});

	test('never mixes two states of a file that changes while it is read', async () => {
		await write(root, 'file', 'a'.repeat(1000));
		const reader = await (await fileOf(folder, 'file')).open();
		expect(await reader.read(0, 10)).toEqual(bytes('a'.repeat(10)));
		await write(root, 'file', 'b'.repeat(2000));
		// Either the browser keeps the old state for its readers, or it refuses.
		const rest = await reader.read(10, 990).catch((error: unknown) => error);
		if (rest instanceof Uint8Array) expect(rest).toEqual(bytes('a'.repeat(990)));
		else expect(rest).toMatchObject({ name: 'SourceUnreadable', why: 'changed' });
		const again = await (await fileOf(folder, 'file')).open();
		expect(again.size).toBe(2000);
		expect(await again.read(0, 2)).toEqual(bytes('bb'));
	});
});

async function write(root: FileSystemDirectoryHandle, path: string, text: string): Promise<void> {
	const file = await root.getFileHandle(path, { create: true });
	const writable = await file.createWritable();
	await writable.write(text);
	await writable.close();
}

async function entriesOf(directory: SourceDirectory): Promise<readonly SourceEntry[]> {
	const entries: SourceEntry[] = [];
	for await (const entry of directory.entries()) entries.push(entry);
	return entries;
}

async function fileOf(directory: SourceDirectory, wanted: string): Promise<SourceFile> {
	const entries = await entriesOf(directory);
	const file = entries.find((entry) => entry.kind === 'file' && entry.name === wanted);
	if (file?.kind !== 'file') throw new Error(`There is no file ${wanted}.`);
	return file;
}

function labelOf(entry: SourceEntry): string {
	if (entry.kind === 'unnamed') return '?';
	return entry.kind === 'directory' ? `${entry.name}/` : entry.name;
}
