/** Files and directories that change, vanish or cannot be read: the others are backed up, and all is told. */
import { describe, expect, test } from 'vitest';
import type { MemoryFile } from '../../doubles/folders.ts';
import { mixedBytes } from '../coding/tools.ts';
import { described, documents, Rig } from './rig.ts';

const MiB = 1024 * 1024;
const at = Date.UTC(2026, 4, 5);

const meantime: Record<string, (file: MemoryFile, content: Uint8Array) => void> = {
	changes: (file, content) => file.change(content.slice().reverse(), at + 1000),
	grows: (file, content) => file.change(mixedBytes(content.length + 5000, 'more'), at + 1000),
	'is truncated': (file, content) => file.change(content.slice(0, 1000), at + 1000),
	vanishes: (file) => file.refuse('vanished'),
	'becomes unreadable': (file) => file.refuse('denied'),
	fails: (file) => file.refuse('failed')
};

describe.each(Object.keys(meantime))('a file that %s while it is read', (what) => {
	const disturb = meantime[what] ?? (() => undefined);
	const content = mixedBytes(1.25 * MiB, what);

	function disturbed(rig: Rig, always: boolean): MemoryFile {
		const folder = rig.choose();
		folder.file('before', 'before', at);
		folder.file('other', 'other', at);
		const file = folder.file('file', content, at);
		let times = 0;
		file.onRead = (offset) => {
			if (offset < MiB || (times > 0 && !always)) return;
			times++;
			disturb(file, content);
		};
		return file;
	}

	test('is read once more at the end, and reported when that fails too', async () => {
		const rig = new Rig();
		const file = disturbed(rig, true);
		// A change that goes on: every reading sees another one.
		let size = content.length;
		const onRead = file.onRead;
		file.onRead = (offset) => {
			onRead?.(offset);
			if (what === 'is truncated') file.change(content.slice(0, (size -= 1000)), at + size);
		};
		const report = await rig.backUp();
		const found = await rig.read();
		expect(found.has('Documents/other')).toBe(true);
		expect(found.has('Documents/before')).toBe(true);
		const gone = what === 'vanishes' || what === 'becomes unreadable' || what === 'fails';
		const why = { vanishes: 'vanished', 'becomes unreadable': 'denied', fails: 'failed' }[what];
		expect(report.leftOut).toEqual([{ path: ['Documents', 'file'], why: why ?? 'changed' }]);
		expect(report.leftOutCount).toBe(1);
		expect(rig.newest.leftOut).toBe(1);
		expect(found.has('Documents/file')).toBe(false);
		expect(file.opened).toBe(gone ? 1 : 2);
	});

	test('keeps its last known version, and is read by the next backup', async () => {
		const rig = new Rig();
		const file = disturbed(rig, true);
		file.onRead = undefined;
		await rig.backUp();
		const old = (await rig.read()).get('Documents/file');
		const edited = mixedBytes(1.25 * MiB + 1, 'edited');
		file.change(edited, at + 5000);
		file.onRead = (offset) => {
			const everywhere = what === 'is truncated';
			if (everywhere || offset >= MiB) disturb(file, mixedBytes(1.25 * MiB, file.opened));
		};

		const report = await rig.backUp();
		expect(report.leftOutCount).toBe(1);
		expect((await rig.read()).get('Documents/file')).toBe(old);

		file.onRead = undefined;
		file.refuse(undefined);
		file.change(edited, at + 9000);
		expect(await rig.backUp()).toMatchObject({ leftOutCount: 0, newFiles: 1 });
		expect((await rig.read()).get('Documents/file')).toBe(described(edited, at + 9000));
	});
});

test('a file that changes once is in the snapshot as it is at the end of the run', async () => {
	const rig = new Rig();
	const file = rig.choose().file('file', mixedBytes(1.25 * MiB, 1), at);
	const edited = mixedBytes(1.25 * MiB, 2);
	file.onRead = () => {
		file.onRead = undefined;
		file.change(edited, at + 1000);
	};
	expect(await rig.backUp()).toMatchObject({ leftOutCount: 0, newFiles: 1 });
	expect((await rig.read()).get('Documents/file')).toBe(described(edited, at + 1000));
});

test('a change that only the time shows, after the last byte was read, counts as one', async () => {
	const rig = new Rig();
	const content = mixedBytes(1000, 1);
	const file = rig.choose().file('file', content, at);
	const stat = file.stat.bind(file);
	let stats = 0;
	// One stat by the scan, one by open, one after reading.
	file.stat = async () => ({ ...(await stat()), modified: at + (++stats >= 3 ? 1000 : 0) });
	expect(await rig.backUp()).toMatchObject({ leftOutCount: 0, newFiles: 1 });
	expect((await rig.read()).get('Documents/file')).toBe(described(content, at + 1000));
	expect(file.opened).toBe(2);
});

test('a file that cannot be looked at keeps its last version, or is left out', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	const known = folder.file('known', 'known', at);
	folder.file('fine', 'fine', at);
	await rig.backUp();
	const before = rig.newest.tree;
	known.refuse('denied');
	folder.file('new', 'new', at).refuse('failed');

	const report = await rig.backUp();

	expect(report.leftOut).toEqual([
		{ path: ['Documents', 'known'], why: 'denied' },
		{ path: ['Documents', 'new'], why: 'failed' }
	]);
	expect(rig.newest.tree).toEqual(before);
	expect(report).toMatchObject({ files: 2, newDataBytes: 0, stripes: 0 });
});

test('a file that vanishes between listing and looking is simply gone', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	const file = folder.file('file', 'content', at);
	folder.file('other', 'other', at);
	await rig.backUp();
	file.refuse('vanished');
	const report = await rig.backUp();
	expect(report.leftOut).toEqual([{ path: ['Documents', 'file'], why: 'vanished' }]);
	expect((await rig.read()).has('Documents/file')).toBe(false);
	expect((await rig.read(rig.snapshots[0])).has('Documents/file')).toBe(true);
});

test('a directory that cannot be listed keeps its last content whole', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	folder.file('closed/deep/inner', 'inner', at);
	folder.file('closed/outer', 'outer', at);
	folder.file('open', 'open', at);
	await rig.backUp();
	const before = await rig.read();
	folder.directory('closed').refuse('denied');
	folder.file('closed/unseen', 'unseen', at);

	const report = await rig.backUp();

	expect(report.leftOut).toEqual([{ path: ['Documents', 'closed'], why: 'denied' }]);
	expect(report).toMatchObject({ files: 3, directories: 3, bytes: 14 });
	expect(await rig.read()).toEqual(before);
});

test('a directory that vanishes is gone; one that was never seen and cannot be listed is left out', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	folder.file('going/file', 'x', at);
	folder.file('staying', 'y', at);
	await rig.backUp();
	folder.directory('going').refuse('vanished');
	folder.directory('never').refuse('denied');
	const report = await rig.backUp();
	expect(report.leftOut).toEqual([
		{ path: ['Documents', 'going'], why: 'vanished' },
		{ path: ['Documents', 'never'], why: 'denied' }
	]);
	expect([...(await rig.read()).keys()]).toEqual(['Documents/', 'Documents/staying']);
});

test('a folder whose permission was revoked, or whose disk is away, keeps its last version', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	folder.file('sub/file', 'x', at);
	await rig.backUp();
	const before = await rig.read();
	rig.folders.revoke(documents);
	let report = await rig.backUp();
	expect(report.leftOut).toEqual([{ path: ['Documents'], why: 'denied' }]);
	expect(await rig.read()).toEqual(before);

	rig.folders.grant(documents);
	folder.refuse('vanished');
	report = await rig.backUp();
	expect(report.leftOut).toEqual([{ path: ['Documents'], why: 'vanished' }]);
	expect(await rig.read()).toEqual(before);
	expect(report.stripes).toBe(0);
});

test('entries whose names cannot be expressed are counted and told', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	folder.addUnnamed();
	folder.directory('sub').addUnnamed();
	folder.directory('sub').addUnnamed();
	for (const name of ['.', '..', '', 'nul\0', 'half \ud800'])
		folder.directory('sub').file(name, 'x', at);
	folder.file('fine', 'fine', at);
	const report = await rig.backUp();
	expect(report.unnamedCount).toBe(8);
	expect(report.leftOutCount).toBe(8);
	expect(report.leftOut.slice(0, 2)).toEqual([
		{ path: ['Documents'], why: 'unnamed' },
		{ path: ['Documents', 'sub'], why: 'unnamed' }
	]);
	expect((await rig.read()).has('Documents/fine')).toBe(true);
});

test('the list of what was left out ends at a thousand, the count does not', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	for (let i = 0; i < 1500; i++) folder.addUnnamed();
	const report = await rig.backUp();
	expect(report.leftOut).toHaveLength(1000);
	expect(report.leftOutCount).toBe(1500);
	expect(rig.newest.leftOut).toBe(1500);
});

test('what looks empty is never opened: it may be a pipe', async () => {
	const rig = new Rig();
	const pipe = rig.choose().file('pipe', '', at);
	await rig.backUp();
	await rig.backUp({ verifyAll: true });
	expect(pipe.opened).toBe(0);
	expect((await rig.read()).get('Documents/pipe')).toBe(described('', at));
});

test('a file that becomes a directory, and back, is what it is now', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	folder.file('thing', 'file', at);
	await rig.backUp();
	folder.remove('thing');
	folder.file('thing/inside', 'inside', at);
	await rig.backUp();
	expect((await rig.read()).get('Documents/thing/inside')).toBe(described('inside', at));
	folder.remove('thing');
	folder.file('thing', 'file again', at);
	await rig.backUp();
	expect((await rig.read()).get('Documents/thing')).toBe(described('file again', at));
});

test('a chunk that no stripe has any more is read and stored again', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	const file = folder.file('file', mixedBytes(300_000, 1), at);
	folder.file('sub/other', 'other', at);
	await rig.backUp();
	for (const stripe of [...rig.index.stripes()]) rig.index.remove(stripe.id);
	const report = await rig.backUp();
	expect(file.opened).toBe(2);
	expect(report.newDataBytes).toBe(300_005);
	expect((await rig.read()).size).toBe(4);
});

test('trees that are not in the cache come from partners, and then are', async () => {
	const rig = new Rig();
	rig.choose().file('sub/file', 'x', at);
	await rig.backUp();
	rig.disk.table('treeChunks').clear();
	expect(await rig.backUp()).toMatchObject({ newDataBytes: 0, stripes: 0 });
	expect(rig.partners.reads).toBeGreaterThan(0);
	rig.partners.reads = 0;
	await rig.backUp();
	expect(rig.partners.reads).toBe(0);
});
