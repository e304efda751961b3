import { expect, test } from 'vitest';
import { DirectoryTarget } from '../../../src/lib/adapters/folders/directory-target.ts';
import { openZipSink, type ZipSink } from '../../../src/lib/adapters/folders/zip-sink.ts';
import { ZipTarget } from '../../../src/lib/adapters/folders/zip-target.ts';
import {
	bytes,
	restore,
	restoreTargetContract,
	type RestoreTargetHarness
} from '../../contract/restore-targets.ts';
import { unzipped } from '../../contract/unzipped.ts';
import type { ZipCall } from './zip-worker.ts';

interface Tree {
	readonly files: Map<string, Uint8Array>;
	readonly directories: Set<string>;
}

const directoryName = 'restore-target-contract';
const zipName = 'restore-target-contract.zip';

restoreTargetContract('folder', async () => inDirectory(await freshDirectory()));
restoreTargetContract('zip, written by a page', async () => inZip(await openZipSink(zipName)));
restoreTargetContract('zip, written by a worker', async () => inZip(await workerSink()));

test('a name that the platform refuses is mapped and listed', async () => {
	const root = await freshDirectory();
	const target = await DirectoryTarget.open(root);
	const long = `${'x'.repeat(251)}.txt`;
	for (const name of ['a:b', 'CON', 'x'.repeat(255), long, 'plain']) {
		await restore(target, ['odd?', name], bytes(name));
	}
	const { renamed } = await target.finish();
	const { files } = await treeOf(root);
	expect(files.get('odd_/_CON')).toEqual(bytes('CON'));
	expect(files.get(`odd_/${'x'.repeat(242)}.txt`)).toEqual(bytes(long));
	expect(renamed.map(({ from }) => from)).toEqual([
		'odd?',
		...['a:b', 'CON', 'x'.repeat(255), long].map((name) => `odd?/${name}`)
	]);
	await target.abort('cleaning');
});

test('the folder of a restore has nothing in it but what was restored', async () => {
	const root = await freshDirectory();
	const target = await DirectoryTarget.open(root);
	await restore(target, ['only'], bytes('1'));
	await target.finish();
	const { files, directories } = await treeOf(root);
	expect([...files.keys()]).toEqual(['only']);
	expect([...directories]).toEqual([]);
});

test('a file that was there stays as it was when its restore is given up', async () => {
	const root = await freshDirectory();
	const target = await DirectoryTarget.open(root);
	await restore(target, ['file'], bytes('old'));
	const file = await target.file(['file'], { size: 9, modified: 0 });
	await file.write(bytes('new'));
	await target.abort('The person stopped it.');
	expect((await treeOf(root)).files).toEqual(new Map([['file', bytes('old')]]));
});

test('an aborted zip leaves no file', async () => {
	const target = new ZipTarget(await workerSink());
	await restore(target, ['file'], bytes('content'));
	await target.abort('The person stopped it.');
	const origin = await navigator.storage.getDirectory();
	await expect(origin.getFileHandle(zipName)).rejects.toMatchObject({ name: 'NotFoundError' });
});

async function inDirectory(root: FileSystemDirectoryHandle): Promise<RestoreTargetHarness> {
	const target = await DirectoryTarget.open(root);
	return {
		target,
		files: async () => (await treeOf(root)).files,
		directories: async () => (await treeOf(root)).directories,
		again: () => inDirectory(root),
		end: () => target.abort('The test is over.')
	};
}

function inZip(sink: ZipSink): RestoreTargetHarness {
	const target = new ZipTarget(sink);
	const content = async (): ReturnType<typeof unzippedFile> => unzippedFile(await target.zip());
	return {
		target,
		files: async () => (await content()).files,
		directories: async () => (await content()).directories,
		end: () => sink.discard()
	};
}

async function unzippedFile(file: File): Promise<ReturnType<typeof unzipped>> {
	return unzipped(new Uint8Array(await file.arrayBuffer()));
}

async function freshDirectory(): Promise<FileSystemDirectoryHandle> {
	const origin = await navigator.storage.getDirectory();
	await origin.removeEntry(directoryName, { recursive: true }).catch(() => undefined);
	return origin.getDirectoryHandle(directoryName, { create: true });
}

async function treeOf(root: FileSystemDirectoryHandle, above = ''): Promise<Tree> {
	const tree: Tree = { files: new Map(), directories: new Set() };
	const names: string[] = [];
	for await (const name of root.keys()) names.push(name);
	for (const name of names.sort()) {
		const directory = await root.getDirectoryHandle(name).catch(() => undefined);
		if (directory === undefined) {
			const file = await (await root.getFileHandle(name)).getFile();
			tree.files.set(above + name, new Uint8Array(await file.arrayBuffer()));
			continue;
		}
		tree.directories.add(above + name);
		const below = await treeOf(directory, `${above}${name}/`);
		for (const [path, content] of below.files) tree.files.set(path, content);
		for (const path of below.directories) tree.directories.add(path);
	}
	return tree;
}

/** A sink whose handle is in a worker. */
async function workerSink(): Promise<ZipSink> {
	const worker = new Worker(new URL('./zip-worker.ts', import.meta.url), { type: 'module' });
	const ask = (call: ZipCall): Promise<unknown> =>
		new Promise((resolve, reject) => {
			const { port1, port2 } = new MessageChannel();
			port1.onmessage = ({ data }: MessageEvent<{ value?: unknown; error?: string }>) => {
				if (data.error === undefined) resolve(data.value);
				else reject(new Error(data.error));
			};
			worker.postMessage(call, [port2]);
		});
	await ask({ kind: 'open', name: zipName });
	return {
		write: async (piece) => {
			await ask({ kind: 'write', bytes: piece });
		},
		close: async () => {
			await ask({ kind: 'close' });
		},
		discard: async () => {
			await ask({ kind: 'discard' });
			worker.terminate();
		},
		file: async () => (await ask({ kind: 'file' })) as File
	};
}
