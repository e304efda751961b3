import { describe, expect, test } from 'vitest';
import { readDrop, readPicked } from '../../../src/lib/adapters/folders/drop.ts';
import { FakeDirectoryEntry, FakeFileEntry, transferOf } from '../../doubles/drop.ts';

describe('a drop', () => {
	test('gives handles where the browser has them', async () => {
		const handle = { kind: 'directory', name: 'Documents' };
		const transfer = transferOf({ getAsFileSystemHandle: () => Promise.resolve(handle) });
		expect(await readDrop(transfer)).toEqual({
			folders: [{ kind: 'handle', name: 'Documents', handle }],
			looseFiles: []
		});
	});

	test('lists every file and directory where there are no handles', async () => {
		const many = Array.from({ length: 250 }, (_, i) => new FakeFileEntry(`${String(i)}.txt`));
		const root = new FakeDirectoryEntry('photos', [
			new FakeDirectoryEntry('empty', []),
			new FakeDirectoryEntry('2024', [new FakeFileEntry('a.jpg'), new FakeFileEntry('')]),
			...many
		]);
		const { folders } = await readDrop(transferOf({ entry: root }));
		const [folder] = folders;
		if (folder?.kind !== 'files') throw new Error('A folder was dropped.');
		expect(folder.name).toBe('photos');
		const paths = folder.entries.map((entry) => `${entry.kind} ${entry.path.join('/')}`);
		expect(paths).toHaveLength(254);
		expect(paths).toContain('directory empty');
		expect(paths).toContain('directory 2024');
		expect(paths).toContain('file 2024/a.jpg');
		expect(paths).toContain('file 2024/');
		expect(paths).toContain('file 249.txt');
	});

	test('asks for everything before it waits: the browser forgets the items afterwards', async () => {
		const first = { kind: 'directory', name: 'one' };
		const transfer = transferOf(
			{ getAsFileSystemHandle: () => Promise.resolve(first) },
			{ entry: new FakeDirectoryEntry('two', []) },
			{ entry: new FakeFileEntry('loose.txt') }
		);
		const drop = readDrop(transfer);
		transfer.forget();
		const { folders, looseFiles } = await drop;
		expect(folders.map((folder) => folder.name)).toEqual(['one', 'two']);
		expect(looseFiles).toEqual(['loose.txt']);
	});

	test('lists a folder whose handle the browser refuses', async () => {
		const transfer = transferOf({
			getAsFileSystemHandle: () => Promise.reject(new DOMException('No.', 'NotAllowedError')),
			entry: new FakeDirectoryEntry('Downloads', [new FakeFileEntry('a')])
		});
		const { folders } = await readDrop(transfer);
		expect(folders.map(({ kind, name }) => [kind, name])).toEqual([['files', 'Downloads']]);
	});

	test('notes what could be listed and not read, and goes on', async () => {
		const denied = new DOMException('No.', 'SecurityError');
		const root = new FakeDirectoryEntry('root', [
			new FakeFileEntry('gone.txt', new DOMException('Gone.', 'NotFoundError')),
			new FakeDirectoryEntry('locked', [], denied),
			new FakeFileEntry('good.txt')
		]);
		const { folders } = await readDrop(transferOf({ entry: root }));
		const entries = folders[0]?.kind === 'files' ? folders[0].entries : [];
		expect(entries).toContainEqual({
			kind: 'unreadable',
			path: ['gone.txt'],
			what: 'file',
			why: 'vanished'
		});
		expect(entries).toContainEqual({
			kind: 'unreadable',
			path: ['locked'],
			what: 'directory',
			why: 'denied'
		});
		expect(entries.map((entry) => entry.path.join('/'))).toContain('good.txt');
	});
});

describe('a picked folder', () => {
	test('has the name and the paths that the browser gave its files', () => {
		const files = ['root/a.txt', 'root/sub/b.txt'].map(pickedFile);
		expect(readPicked(files)).toEqual({
			kind: 'files',
			name: 'root',
			entries: [
				{ kind: 'file', path: ['a.txt'], file: files[0] },
				{ kind: 'file', path: ['sub', 'b.txt'], file: files[1] }
			]
		});
	});

	test('without files is none, for nobody says what it is called', () => {
		expect(readPicked([])).toBeUndefined();
		expect(readPicked([pickedFile('')])).toBeUndefined();
	});
});

function pickedFile(path: string): File {
	return Object.assign(new File(['x'], path), { webkitRelativePath: path });
}
