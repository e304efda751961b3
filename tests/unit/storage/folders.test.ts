import { afterEach, describe, expect, test, vi } from 'vitest';
import type { ListedEntry } from '../../../src/lib/adapters/folders/chosen.ts';
import { readerOf } from '../../../src/lib/adapters/folders/file-reader.ts';
import { BrowserFolders } from '../../../src/lib/adapters/folders/folders.ts';
import { SourceUnreadable } from '../../../src/lib/engine/failures.ts';
import { nameOf, type FolderId } from '../../../src/lib/engine/identifiers.ts';
import type { SourceDirectory } from '../../../src/lib/engine/ports.ts';
import { bytes } from '../../contract/restore-targets.ts';
import { MemoryRecords } from '../../doubles/records.ts';

const id = nameOf<FolderId>(new Uint8Array(8));

describe('a folder of listed files', () => {
	test('is a tree with every entry once', async () => {
		const folder = await listed([
			file('a.txt', 'A'),
			file('sub/deep/b.txt', 'B'),
			{ kind: 'directory', path: ['empty'] },
			{ kind: 'directory', path: ['sub'] },
			file('sub/', 'a name that is not valid UTF-8')
		]);
		expect(await walk(folder)).toEqual([
			'a.txt = A',
			'empty/',
			'sub/',
			'sub/? unnamed',
			'sub/deep/',
			'sub/deep/b.txt = B'
		]);
	});

	test('says what could not be read, each at its place, and gives the rest', async () => {
		const folder = await listed([
			{ kind: 'unreadable', path: ['x'], what: 'file', why: 'denied' },
			{ kind: 'unreadable', path: ['locked'], what: 'directory', why: 'denied' },
			file('good.txt', 'G')
		]);
		expect(await walk(folder)).toEqual([
			'good.txt = G',
			'locked/',
			'locked/! denied',
			'x ! denied'
		]);
	});

	test('that could not be listed at all says so', async () => {
		const folder = await listed([
			{ kind: 'unreadable', path: [], what: 'directory', why: 'vanished' }
		]);
		expect(await walk(folder)).toEqual(['! vanished']);
	});

	test('must be chosen again in the next session', async () => {
		const folders = new BrowserFolders(new MemoryRecords());
		expect(await folders.open(id)).toBeUndefined();
		folders.choose(id, { kind: 'files', name: 'f', entries: [] });
		expect((await folders.open(id))?.name).toBe('f');
		folders.forget(id);
		expect(await folders.open(id)).toBeUndefined();
	});
});

describe('a folder with a handle', () => {
	test.for([
		['granted', true],
		['prompt', false],
		['denied', false]
	] as const)('opens while its permission is granted: %s', async ([state, opens]) => {
		const handle = { kind: 'directory', name: 'f', queryPermission: () => Promise.resolve(state) };
		const folders = new BrowserFolders({
			get: () => Promise.resolve({ id, name: 'f', addedAt: 0, exclude: [], handle } as never)
		});
		expect((await folders.open(id)) !== undefined).toBe(opens);
	});

	test('opens where the platform knows no permissions', async () => {
		const folders = new BrowserFolders(new MemoryRecords());
		const handle = { kind: 'directory', name: 'f' } as FileSystemDirectoryHandle;
		folders.choose(id, { kind: 'handle', name: 'f', handle });
		expect(await folders.open(id)).toBeDefined();
	});

	describe('whose files let go of their handles', () => {
		afterEach(() => {
			vi.unstubAllGlobals();
		});

		test.for([
			['by their names', 'plain.txt', undefined, 'plain.txt = P'],
			['in the listing where the platform takes no such name', 'notes~', 'TypeError', 'notes~ = P'],
			['not, when they are gone', 'gone.txt', 'NotFoundError', 'gone.txt ! vanished'],
			['not, when they became directories', 'a', 'TypeMismatchError', 'a ! changed']
		] as const)('finds them again %s', async ([, name, refusal, found]) => {
			vi.stubGlobal('WeakRef', Forgetful);
			const handle = { kind: 'file', name, getFile: () => Promise.resolve(new File(['P'], name)) };
			const parent = {
				kind: 'directory',
				name: 'f',
				async *values() {
					yield await Promise.resolve(handle);
				},
				getFileHandle: () => {
					if (refusal === undefined) return Promise.resolve(handle);
					const error = new DOMException('', refusal);
					return Promise.reject(refusal === 'TypeError' ? new TypeError() : error);
				}
			};
			const folders = new BrowserFolders(new MemoryRecords());
			folders.choose(id, { kind: 'handle', name: 'f', handle: parent as never });
			const folder = await folders.open(id);
			expect(folder && (await walk(folder))).toEqual([found]);
		});
	});
});

/** As if the platform wanted all memory back at once. */
class Forgetful {
	deref(): undefined {
		return undefined;
	}
}

describe('a reader', () => {
	test('gives ranges, fewer bytes only at the end', async () => {
		const reader = readerOf(new File(['0123456789'], 'f', { lastModified: 5 }));
		expect(reader).toMatchObject({ size: 10, modified: 5 });
		expect(await reader.read(2, 3)).toEqual(bytes('234'));
		expect(await reader.read(8, 100)).toEqual(bytes('89'));
		expect(await reader.read(10, 1)).toEqual(bytes(''));
	});

	test('never touches an empty file: it may be a pipe', async () => {
		const pipe = new File([], 'pipe');
		pipe.slice = () => {
			throw new Error('This would wait forever.');
		};
		expect(await readerOf(pipe).read(0, 100)).toEqual(bytes(''));
	});

	test.for([
		['NotFoundError', undefined, 'vanished'],
		['NotAllowedError', undefined, 'denied'],
		['SecurityError', undefined, 'denied'],
		['NotReadableError', undefined, 'changed'],
		['AbortError', undefined, 'changed'],
		['AbortError', new DOMException('', 'NotFoundError'), 'vanished'],
		['NotReadableError', { size: 3, lastModified: 1 }, 'failed'],
		['NotReadableError', { size: 4, lastModified: 1 }, 'changed'],
		['NotReadableError', { size: 3, lastModified: 2 }, 'changed'],
		['NotReadableError', new DOMException('', 'NotFoundError'), 'vanished'],
		['UnknownError', undefined, 'failed']
	] as const)('of which reading fails by %s and looking again gives %o: %s', async (row) => {
		const [name, again, why] = row;
		const reader = readerOf(
			failing(name),
			again &&
				(() => (again instanceof Error ? Promise.reject(again) : Promise.resolve(again as File)))
		);
		await expect(reader.read(0, 3)).rejects.toMatchObject({ name: 'SourceUnreadable', why });
	});

	test('of a file that became shorter says that it changed', async () => {
		const short = new File(['12345'], 'f');
		short.slice = () => new Blob(['12']);
		await expect(readerOf(short).read(0, 4)).rejects.toMatchObject({ why: 'changed' });
	});
});

function failing(name: string): File {
	const broken = new File(['123'], 'f', { lastModified: 1 });
	broken.arrayBuffer = () => Promise.reject(new DOMException('', name));
	return broken;
}

function file(path: string, content: string): ListedEntry {
	return { kind: 'file', path: path.split('/'), file: new File([content], path) };
}

async function listed(entries: readonly ListedEntry[]): Promise<SourceDirectory> {
	const folders = new BrowserFolders(new MemoryRecords());
	folders.choose(id, { kind: 'files', name: 'root', entries });
	const folder = await folders.open(id);
	if (folder === undefined) throw new Error('The folder was chosen.');
	return folder;
}

/** Every entry as a line, sorted: directories end in a slash, files show their text. */
async function walk(directory: SourceDirectory, above = ''): Promise<readonly string[]> {
	const lines: string[] = [];
	try {
		for await (const entry of directory.entries()) {
			if (entry.kind === 'unnamed') lines.push(`${above}? unnamed`);
			else if (entry.kind === 'directory') {
				const path = `${above}${entry.name}/`;
				lines.push(path, ...(await walk(entry, path)));
			} else lines.push(`${above}${entry.name} ${await textOf(entry)}`);
		}
	} catch (error) {
		if (!(error instanceof SourceUnreadable)) throw error;
		lines.push(`${above}! ${error.why}`);
	}
	return lines.sort();
}

async function textOf(entry: Parameters<typeof openText>[0]): Promise<string> {
	try {
		return `= ${await openText(entry)}`;
	} catch (error) {
		return `! ${(error as SourceUnreadable).why}`;
	}
}

async function openText(entry: {
	open(): Promise<{ size: number; read(offset: number, length: number): Promise<Uint8Array> }>;
}): Promise<string> {
	const reader = await entry.open();
	return new TextDecoder().decode(await reader.read(0, reader.size));
}
