/** A backup that meets no trouble: what is read, sent, kept and told. */
import { describe, expect, test } from 'vitest';
import type { FolderId } from '../../../src/lib/engine/identifiers.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { mixedBytes } from '../coding/tools.ts';
import { described, documents, Rig } from './rig.ts';

const MiB = 1024 * 1024;
const at = Date.UTC(2026, 4, 5);

test('everything in a folder comes back: files of every length, empty ones, empty and deep directories', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	const contents = [1, 2, 127 * 1024, 128 * 1024, 128 * 1024 + 1, MiB, 3 * MiB + 17].map((length) =>
		mixedBytes(length, length)
	);
	for (const content of contents) folder.file(`many/${String(content.length)}.bin`, content, at);
	folder.file('empty.txt', '', at);
	folder.directory('empty directory');
	const deep = Array.from({ length: 120 }, (_, i) => `d${String(i)}`).join('/');
	folder.file(`${deep}/leaf`, 'deep', at);

	const report = await rig.backUp();

	const found = await rig.read();
	for (const content of contents) {
		const path = `Documents/many/${String(content.length)}.bin`;
		expect(found.get(path)).toBe(described(content, at));
	}
	expect(found.get('Documents/empty.txt')).toBe(described('', at));
	expect(found.has('Documents/empty directory/')).toBe(true);
	expect(found.get(`Documents/${deep}/leaf`)).toBe(described('deep', at));
	expect(report).toMatchObject({ files: contents.length + 2, newFiles: contents.length + 1 });
	expect(report.directories).toBe(1 + 1 + 1 + 120);
	expect(report.leftOutCount).toBe(0);
	expect(rig.newest).toMatchObject({ kind: 'complete', files: report.files, bytes: report.bytes });
});

test('names in every script come back as they were', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	const names = [
		'Ünï',
		'Ünı̈',
		'日本語',
		'🦔',
		'العربية',
		'\uFEFFmark',
		'a\\b',
		'é',
		'e\u0301',
		'x'.repeat(255)
	];
	for (const name of names) folder.file(name, name, at);
	await rig.backUp();
	const found = await rig.read();
	for (const name of names) expect(found.get(`Documents/${name}`)).toBe(described(name, at));
});

describe('a second backup', () => {
	test('of nothing changed opens no file, stores no stripe, and commits the same tree', async () => {
		const rig = new Rig();
		const folder = rig.choose();
		const files = Array.from({ length: 300 }, (_, i) =>
			folder.file(`${String(i % 7)}/${String(i)}`, `file ${String(i)}`, at)
		);
		folder.file('empty', '', at);
		await rig.backUp();
		const first = rig.newest;
		const stored = rig.partners.stripes.size;
		await rig.restart();

		const report = await rig.backUp();

		expect(report).toMatchObject({ files: 301, newFiles: 0, newDataBytes: 0, stripes: 0 });
		expect(rig.partners.stripes.size).toBe(stored);
		expect(files.map((file) => file.opened)).toEqual(files.map(() => 1));
		expect(rig.newest.tree).toEqual(first.tree);
		expect(rig.newest.id).not.toBe(first.id);
		expect(rig.partners.reads).toBe(0);
	});

	test('sends only what changed', async () => {
		const rig = new Rig();
		const folder = rig.choose();
		for (let i = 0; i < 20; i++) folder.file(`${String(i)}.bin`, mixedBytes(200_000, i), at);
		const changing = folder.file('changing', 'before', at);
		await rig.backUp();
		changing.change(new TextEncoder().encode('after, and longer'), at + 1);
		folder.file('new', 'new content', at);
		folder.remove('3.bin');

		const report = await rig.backUp();

		expect(report).toMatchObject({ files: 21, newFiles: 2 });
		expect(report.newDataBytes).toBe('after, and longer'.length + 'new content'.length);
		const found = await rig.read();
		expect(found.get('Documents/changing')).toBe(described('after, and longer', at + 1));
		expect(found.has('Documents/3.bin')).toBe(false);
		const [first] = rig.snapshots;
		expect((await rig.read(first)).get('Documents/changing')).toBe(described('before', at));
	});

	test('of a large file with one byte inserted sends the chunks around it', async () => {
		const rig = new Rig();
		const content = new SeededRandom(5).bytes(12 * MiB);
		const file = rig.choose().file('large', content, at);
		await rig.backUp();
		const edited = new Uint8Array(content.length + 1);
		edited.set(content.subarray(0, 5 * MiB));
		edited.set(content.subarray(5 * MiB), 5 * MiB + 1);
		file.change(edited, at + 1);

		const report = await rig.backUp();

		expect(report.newDataBytes).toBeLessThan(2.5 * MiB);
		expect((await rig.read()).get('Documents/large')).toBe(described(edited, at + 1));
	});

	test('of a renamed, moved or copied file sends no content', async () => {
		const rig = new Rig();
		const folder = rig.choose();
		const content = mixedBytes(2 * MiB, 1);
		folder.file('here', content, at);
		await rig.backUp();
		folder.remove('here');
		folder.file('there/moved', content, at + 5);
		folder.file('there/copied', content, at + 5);
		expect(await rig.backUp()).toMatchObject({ newFiles: 2, newDataBytes: 0 });
	});

	test('with verifyAll reads everything and finds what kept its size and time', async () => {
		const rig = new Rig();
		const folder = rig.choose();
		const silent = folder.file('silent', 'one', at);
		const same = folder.file('same', 'two', at);
		const empty = folder.file('empty', '', at);
		await rig.backUp();
		silent.change(new TextEncoder().encode('ONE'), at);
		expect(await rig.backUp()).toMatchObject({ newFiles: 0, newDataBytes: 0 });
		const report = await rig.backUp({ verifyAll: true });
		expect(report).toMatchObject({ newFiles: 1, newDataBytes: 3 });
		expect((await rig.read()).get('Documents/silent')).toBe(described('ONE', at));
		expect(same.opened).toBe(2);
		expect(empty.opened).toBe(0);
	});
});

test('equal content is stored once, however many files have it at the same moment', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	const content = mixedBytes(90_000, 3);
	for (let i = 0; i < 40; i++) folder.file(`copy ${String(i)}`, content, at);
	const report = await rig.backUp();
	expect(report.newDataBytes).toBe(content.length);
	const chunks = rig.partners.chunks();
	expect(new Set(chunks).size).toBe(chunks.length);
});

test('an empty folder, and no folder at all, are snapshots too', async () => {
	const rig = new Rig();
	expect(await rig.backUp()).toMatchObject({ files: 0, directories: 0, bytes: 0 });
	expect(await rig.read()).toEqual(new Map());
	rig.choose();
	expect(await rig.backUp()).toMatchObject({ files: 0, directories: 1, bytes: 0 });
	expect([...(await rig.read()).keys()]).toEqual(['Documents/']);
});

test('folders of one name keep apart, and keep their ids', async () => {
	const rig = new Rig();
	const other = '0000000000000002' as FolderId;
	const drive = '0000000000000003' as FolderId;
	rig.choose(documents, 'Photos').file('a', 'a', at);
	rig.choose(other, 'Photos').file('b', 'b', at);
	rig.choose(drive, '/').file('c', 'c', at);
	await rig.backUp();
	const found = await rig.read();
	expect([...found.keys()].filter((path) => !path.endsWith('/')).sort()).toEqual([
		'Photos (2)/b',
		'Photos/a',
		'folder/c'
	]);
	const root = await rig.reader().entries(rig.newest.tree);
	const ids = root.map((entry) => (entry.kind === 'directory' ? entry.folder : undefined));
	expect(new Set(ids)).toEqual(new Set([documents, other, drive]));
});

test('a folder that is no longer chosen leaves the new snapshot, not the old ones', async () => {
	const rig = new Rig();
	const other = '0000000000000002' as FolderId;
	rig.choose().file('a', 'a', at);
	rig.choose(other, 'Other').file('b', 'b', at);
	await rig.backUp();
	rig.folderRecords.pop();
	await rig.backUp();
	expect([...(await rig.read()).keys()]).toEqual(['Documents/', 'Documents/a']);
	expect((await rig.read(rig.snapshots[0])).has('Other/b')).toBe(true);
});

test('excluded names and suffixes are not looked at', async () => {
	const rig = new Rig();
	const folder = rig.choose(documents, 'Documents', ['node_modules', '.tmp', 'Thumbs']);
	folder.file('node_modules/deep/x', 'x', at);
	folder.file('sub/node_modules/y', 'y', at);
	folder.file('draft.tmp', 'x', at);
	folder.file('.tmp', 'x', at);
	folder.file('draft.tmp.txt', 'kept', at);
	folder.file('my node_modules', 'kept', at);
	folder.directory('node_modules').refuse('denied');
	const report = await rig.backUp();
	expect(report.leftOutCount).toBe(0);
	const files = [...(await rig.read()).keys()].filter((path) => !path.endsWith('/'));
	expect(files.sort()).toEqual(['Documents/draft.tmp.txt', 'Documents/my node_modules']);
});

test('a directory of many entries is stored in several chunks, and one new file costs few of them', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	const file = (i: number): void => {
		folder.file(`${String(i).padStart(6, '0')} ${'long name '.repeat(23)}`, '', at);
	};
	for (let i = 0; i < 4500; i += 1) file(2 * i);
	await rig.backUp();
	const root = await rig.reader().entries(rig.newest.tree);
	expect(root[0]?.chunks.length).toBeGreaterThan(1);
	const before = new Set(root[0]?.chunks);
	file(7777);
	await rig.backUp();
	const after = (await rig.reader().entries(rig.newest.tree))[0]?.chunks ?? [];
	expect(after.filter((chunk) => !before.has(chunk)).length).toBeLessThanOrEqual(2);
});

test('a lost disk changes nothing: the index comes back from the segments of the head', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	for (let round = 0; round < 6; round++) {
		folder.file(`round ${String(round)}`, mixedBytes(50_000, round), at);
		await rig.backUp();
	}
	const before = await rig.read();
	await rig.rebuildFromSegments();
	expect(await rig.read()).toEqual(before);
	for (const [i, snapshot] of rig.snapshots.entries()) {
		expect((await rig.read(snapshot)).size).toBe(i + 2);
	}
});
