/** How the walk goes about it: many files, few at once. */
import { describe, expect, test } from 'vitest';
import { isExcluded } from '../../../src/lib/engine/archive/exclusion.ts';
import { scan, type ScanContext } from '../../../src/lib/engine/archive/scan.ts';
import { Lanes, settled, Slots } from '../../../src/lib/engine/archive/slots.ts';
import type { MemoryFile } from '../../doubles/folders.ts';
import { gate, Rig } from './rig.ts';

const at = Date.UTC(2026, 4, 5);

function contextOf(rig: Rig): ScanContext {
	return { ...rig.context(), reader: rig.reader(), progress: () => undefined };
}

/** Counts how many stat() calls run at once; each takes some turns. */
function slowed(files: readonly MemoryFile[]): { most: number; calls: number } {
	const seen = { most: 0, calls: 0, now: 0 };
	for (const file of files) {
		const stat = file.stat.bind(file);
		file.stat = async () => {
			seen.calls++;
			seen.most = Math.max(seen.most, ++seen.now);
			for (let i = 0; i < 30; i++) await Promise.resolve();
			seen.now--;
			return stat();
		};
	}
	return seen;
}

test('sixteen files are looked at at once, in one directory as in many', async () => {
	for (const perDirectory of [1000, 5]) {
		const rig = new Rig();
		const folder = rig.choose();
		const files = Array.from({ length: 1000 }, (_, i) =>
			folder.file(`${String(Math.floor(i / perDirectory))}/${String(i)}`, 'x', at)
		);
		const seen = slowed(files);
		const found = await scan(contextOf(rig));
		expect(found.pending).toHaveLength(1000);
		expect(seen.calls).toBe(1000);
		expect(seen.most).toBe(16);
	}
});

test('5,000 unchanged files cost one look each: nothing is opened, and the result is one entry', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	const files = Array.from({ length: 5000 }, (_, i) =>
		folder.file(`${String(i % 50)}/${String(i)}`, 'the same', at)
	);
	await rig.backUp();
	const opened = files.map((file) => file.opened);
	const seen = slowed(files);
	const found = await scan(contextOf(rig));
	expect(found.pending).toEqual([]);
	expect(found.folders).toMatchObject([
		{ kind: 'kept', totals: { files: 5000, directories: 51, bytes: 40_000 } }
	]);
	expect(seen.calls).toBe(5000);
	expect(files.map((file) => file.opened)).toEqual(opened);
});

test('an abort ends the walk with its reason, and nothing runs on', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	const files = Array.from({ length: 200 }, (_, i) => folder.file(String(i), 'x', at));
	const seen = slowed(files);
	const stop = new AbortController();
	const file = files[50];
	const stat = file?.stat.bind(file);
	if (file !== undefined && stat !== undefined) {
		file.stat = () => {
			stop.abort(new Error('enough'));
			return stat();
		};
	}
	await expect(scan({ ...contextOf(rig), signal: stop.signal })).rejects.toThrow('enough');
	const { calls } = seen;
	for (let i = 0; i < 1000; i++) await Promise.resolve();
	expect(seen.calls).toBe(calls);
	expect(calls).toBeLessThan(200);
});

test('an entry that a changing directory lists twice is one entry', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	const file = folder.file('twice', 'x', at);
	const entries = folder.entries.bind(folder);
	folder.entries = async function* () {
		yield* entries();
		yield file;
	};
	expect(await rig.backUp()).toMatchObject({ files: 1 });
});

describe('slots', () => {
	test('the youngest of those who wait goes first', async () => {
		const slots = new Slots(1);
		const order: number[] = [];
		const { opened, open } = gate();
		const all = [0, 1, 2, 3].map((i) =>
			slots.run(async () => {
				order.push(i);
				await opened;
			})
		);
		open();
		await Promise.all(all);
		expect(order).toEqual([0, 3, 2, 1]);
	});

	test('a failure frees its slot', async () => {
		const slots = new Slots(1);
		await expect(slots.run(() => Promise.reject(new Error('x')))).rejects.toThrow('x');
		expect(await slots.run(() => Promise.resolve(1))).toBe(1);
	});
});

describe('lanes', () => {
	test('after a failure nothing more starts, and what runs is waited for', async () => {
		const lanes = new Lanes(2);
		const { opened, open } = gate();
		let ended = false;
		await lanes.start(async () => {
			await opened;
			ended = true;
		});
		await lanes.start(() => Promise.reject(new Error('first')));
		await expect(lanes.start(() => Promise.reject(new Error('never')))).rejects.toThrow('first');
		open();
		await expect(lanes.idle()).rejects.toThrow('first');
		expect(ended).toBe(true);
	});
});

test('settled waits for everyone before it rejects', async () => {
	const { opened, open } = gate();
	let ended = false;
	const work = [Promise.reject(new Error('x')), opened.then(() => (ended = true))];
	const all = settled(work);
	open();
	await expect(all).rejects.toThrow('x');
	expect(ended).toBe(true);
});

test.each([
	['node_modules', 'node_modules', true],
	['node_modules', 'my_node_modules', false],
	['.tmp', 'x.tmp', true],
	['.tmp', '.tmp', true],
	['.tmp', 'tmp', false],
	['.tmp', 'x.TMP', false],
	['tmp', 'x.tmp', false],
	['', 'x', false]
])('the rule %j and the name %j: %s', (rule, name, expected) => {
	expect(isExcluded(name, [rule])).toBe(expected);
});
