/** How a run goes: checkpoints, progress, order, memory, and ends before its end. */
import { describe, expect, test } from 'vitest';
import { backUp, type BackupProgress } from '../../../src/lib/engine/archive/backup.ts';
import { chunksInFlightMax } from '../../../src/lib/engine/archive/limits.ts';
import { checkpointDue } from '../../../src/lib/engine/archive/reading-order.ts';
import { StorageFull } from '../../../src/lib/engine/failures.ts';
import type { Compressor } from '../../../src/lib/engine/ports.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { mixedBytes } from '../coding/tools.ts';
import { described, gate, Rig } from './rig.ts';

const MiB = 1024 * 1024;
const at = Date.UTC(2026, 4, 5);
const minutes = 60_000;

/** Time passes with every read, as it does. */
function passing(
	rig: Rig,
	msPerRead: number,
	content: Uint8Array
): { size: number; read(offset: number, length: number): Uint8Array<ArrayBuffer> } {
	return {
		size: content.length,
		read: (offset, length) => {
			rig.clock.jump(msPerRead);
			return content.slice(offset, offset + length);
		}
	};
}

describe('checkpoints', () => {
	test('are due after 1 GiB of new data or ten minutes, and never without new data', () => {
		const last = { at: 0, newBytes: 500 };
		expect(checkpointDue(last, { at: 1, newBytes: 500 + 1024 * MiB - 1 })).toBe(false);
		expect(checkpointDue(last, { at: 1, newBytes: 500 + 1024 * MiB })).toBe(true);
		expect(checkpointDue(last, { at: 10 * minutes - 1, newBytes: 501 })).toBe(false);
		expect(checkpointDue(last, { at: 10 * minutes, newBytes: 501 })).toBe(true);
		expect(checkpointDue(last, { at: 1000 * minutes, newBytes: 500 })).toBe(false);
		expect(checkpointDue(last, { at: -5, newBytes: 501 })).toBe(true);
	});

	test('hold all that was read so far, the last version of the rest, and what did not change', async () => {
		const rig = new Rig();
		const folder = rig.choose();
		const unchanged = folder.file('unchanged', 'unchanged', at);
		const changing = folder.file('z/changing', 'old', at);
		await rig.backUp();
		expect(unchanged.opened).toBe(1);
		const contents = [1, 2, 3].map((i) => mixedBytes((1 + i) * MiB, i));
		for (const [i, content] of contents.entries()) {
			folder.file(`z/${String(i)}`, passing(rig, 6 * minutes, content), at);
		}
		changing.change(passing(rig, 0, mixedBytes(6 * MiB, 9)), at + 1);

		await rig.backUp();

		const made = rig.snapshots.slice(1);
		expect(made.slice(0, -1).every((snapshot) => snapshot.kind === 'checkpoint')).toBe(true);
		expect(made.at(-1)?.kind).toBe('complete');
		const checkpoint = made.at(-2);
		const found = await rig.read(checkpoint);
		expect(found.get('Documents/unchanged')).toBe(described('unchanged', at));
		expect(found.get('Documents/z/changing')).toBe(described('old', at));
		expect(found.get('Documents/z/0')).toBe(described(contents[0] ?? '', at));
		expect(checkpoint?.files).toBe(found.size - 2);
		expect((await rig.read()).get('Documents/z/changing')).toBe(
			described(mixedBytes(6 * MiB, 9), at + 1)
		);
	});

	test('are made in the middle of one large file, and what was read of it is not sent again', async () => {
		const rig = new Rig();
		const folder = rig.choose();
		folder.file('small', 'small', at);
		const content = new SeededRandom(1).bytes(8 * MiB);
		folder.file('large', passing(rig, 4 * minutes, content), at);
		const stop = new AbortController();
		rig.onCommit = () => {
			if (rig.snapshots.length === 1) stop.abort(new Error('the page is gone'));
		};
		await expect(rig.backUp({ signal: stop.signal })).rejects.toThrow('the page is gone');
		expect([...(await rig.read()).keys()].sort()).toEqual(['Documents/', 'Documents/small']);

		rig.onCommit = () => undefined;
		await rig.restart();
		await rig.backUp();
		expect((await rig.read()).get('Documents/large')).toBe(described(content, at));
		const chunks = rig.partners.chunks();
		expect(new Set(chunks).size).toBe(chunks.length);
	});
});

describe('order', () => {
	test('is newest first in groups by age, smallest first in each', async () => {
		const rig = new Rig();
		const folder = rig.choose();
		const now = rig.clock.now();
		const day = 24 * 60 * minutes;
		const order: string[] = [];
		const add = (name: string, size: number, age: number): void => {
			folder.file(name, mixedBytes(size, name), now - age).onRead = () => {
				if (order.at(-1) !== name) order.push(name);
			};
		};
		add('old small', 10, 800 * day);
		add('fresh large', 1.5 * MiB, 0.5 * day);
		add('fresh small', 20, 0.9 * day);
		add('week', 5, 6 * day);
		add('month large', 1.2 * MiB, 8 * day);
		add('month small', 7, 20 * day);
		add('future', 1, -day);
		await rig.backUp();
		expect(order).toEqual([
			'future',
			'fresh small',
			'fresh large',
			'week',
			'month small',
			'month large',
			'old small'
		]);
	});

	test('puts small files of one moment into one stripe', async () => {
		const rig = new Rig();
		const folder = rig.choose();
		for (let i = 0; i < 200; i++) folder.file(String(i), `content ${String(i)}`, at);
		expect(await rig.backUp()).toMatchObject({ stripes: 2 });
	});
});

test('progress never runs backwards, and ends where it said it would', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	for (let i = 0; i < 30; i++)
		folder.file(`d${String(i % 4)}/${String(i)}`, mixedBytes(40_000 * i + 1, i), at);
	const growing = folder.file('growing', mixedBytes(2 * MiB, 1), at);
	let grown = 0;
	growing.onRead = () => {
		growing.change(mixedBytes(2 * MiB + ++grown, 2), at + grown);
	};
	await rig.backUp();
	const order = ['scanning', 'reading', 'finishing'];
	for (const [i, progress] of rig.progress.entries()) {
		const before = rig.progress[i - 1];
		if (before === undefined) continue;
		expect(order.indexOf(progress.stage)).toBeGreaterThanOrEqual(order.indexOf(before.stage));
		if (before.stage !== progress.stage) continue;
		for (const [name, value] of numbers(progress))
			expect(value).toBeGreaterThanOrEqual(numbers(before).get(name) ?? 0);
	}
	const last = rig.progress.findLast((progress) => progress.stage === 'reading');
	expect(last).toMatchObject({ filesDone: 31, filesTotal: 31 });
	expect(last?.stage === 'reading' && last.bytesDone === last.bytesTotal).toBe(true);
	expect(rig.progress.at(-1)).toEqual({ stage: 'finishing' });
});

test('memory is bounded: reads of 1 MiB, a few chunks on their way, as many stripes as the sink has room for', async () => {
	const rig = new Rig();
	const lengths: number[] = [];
	const rest = new SeededRandom(1).bytes(MiB);
	const size = 20 * MiB;
	rig.choose().file(
		'large',
		{
			size,
			read: (offset, length) => {
				lengths.push(length);
				const bytes = rest.slice(0, length);
				new DataView(bytes.buffer).setUint32(0, offset);
				return bytes;
			}
		},
		at
	);
	const full = gate();
	let compressing = 0;
	let compressingMost = 0;
	const compressor: Compressor = {
		compress: async (bytes, method) => {
			compressingMost = Math.max(compressingMost, ++compressing);
			// Nothing goes on until as many are here as there may be.
			if (compressing === chunksInFlightMax) full.open();
			await full.opened;
			const packed = await rig.tools.compressor.compress(bytes, method);
			compressing--;
			return packed;
		},
		decompress: (...of) => rig.tools.compressor.decompress(...of)
	};
	rig.partners.roomFor = 2;
	const context = { ...rig.context(), tools: { ...rig.tools, compressor } };
	const report = await backUp(context);
	expect(report.bytes).toBe(size);
	expect(Math.max(...lengths)).toBe(MiB);
	expect(compressingMost).toBe(chunksInFlightMax);
	expect(rig.partners.inFlightMost).toBeLessThanOrEqual(2);
});

test('chunks that are compressed out of order still stand in order', async () => {
	const rig = new Rig();
	const content = new SeededRandom(3).bytes(9 * MiB);
	rig.choose().file('large', content, at);
	let calls = 0;
	const compressor: Compressor = {
		compress: async (bytes, method) => {
			// Every other chunk takes longer.
			for (let i = 0; i < (calls++ % 2) * 50; i++) await Promise.resolve();
			return rig.tools.compressor.compress(bytes, method);
		},
		decompress: (...of) => rig.tools.compressor.decompress(...of)
	};
	await backUp({ ...rig.context(), tools: { ...rig.tools, compressor } });
	expect((await rig.read()).get('Documents/large')).toBe(described(content, at));
	const [folder] = await rig.reader().entries(rig.newest.tree);
	const [file] = await rig.reader().entries(folder?.chunks ?? []);
	expect(rig.partners.chunks().filter((chunk) => file?.chunks.includes(chunk))).toEqual(
		file?.chunks
	);
});

test('a chunk of a stripe that is still on its way is not sent a second time', async () => {
	const rig = new Rig();
	const folder = rig.choose();
	const content = new SeededRandom(1).bytes(2 * MiB);
	folder.file('1', content, at);
	folder.file('2', content, at);
	const { opened, open } = gate();
	rig.partners.onStore = () => opened;
	rig.partners.roomFor = 20;
	const report = rig.backUp();
	// Both were read before the first stripe is stored.
	while (!rig.progress.some((each) => each.stage === 'reading' && each.filesDone === 2)) {
		await rig.clock.advance(0);
	}
	expect(rig.partners.stripes.size).toBe(0);
	open();
	expect(await report).toMatchObject({ newDataBytes: content.length });
	const chunks = rig.partners.chunks();
	expect(new Set(chunks).size).toBe(chunks.length);
});

describe('a run that ends early', () => {
	test('because the records are full commits nothing, and the next one goes on', async () => {
		const rig = new Rig();
		const folder = rig.choose();
		for (let i = 0; i < 4; i++) folder.file(String(i), new SeededRandom(i).bytes(MiB), at);
		rig.partners.onStore = () => {
			if (rig.partners.stripes.size === 2) rig.records.failNextWrite();
		};
		await expect(rig.backUp()).rejects.toThrow(StorageFull);
		expect(rig.snapshots).toEqual([]);
		rig.partners.onStore = () => undefined;
		await rig.restart();
		await rig.backUp();
		expect((await rig.read()).size).toBe(5);
	});

	test('because the sink was stopped leaves nothing running', async () => {
		const rig = new Rig();
		const folder = rig.choose();
		for (let i = 0; i < 12; i++) folder.file(String(i), new SeededRandom(i).bytes(MiB), at);
		const stop = new AbortController();
		let storing = 0;
		rig.partners.onStore = async () => {
			storing++;
			if (rig.partners.stripes.size === 2) stop.abort(new Error('paused'));
			await Promise.resolve();
			storing--;
			stop.signal.throwIfAborted();
		};
		await expect(rig.backUp({ signal: stop.signal })).rejects.toThrow('paused');
		expect(storing).toBe(0);
		expect(rig.index.stripeCount).toBe(rig.partners.stripes.size);
		expect(rig.disk.table('stripes').size).toBe(rig.partners.stripes.size);
	});

	test('because the head was not committed leaves the stripes to the next one', async () => {
		const rig = new Rig();
		rig.choose().file('file', new SeededRandom(1).bytes(3 * MiB), at);
		rig.onCommit = () => {
			throw new Error('too few partners');
		};
		await expect(rig.backUp()).rejects.toThrow('too few partners');
		rig.onCommit = () => undefined;
		await rig.restart();
		const report = await rig.backUp();
		expect(report.newDataBytes).toBe(0);
		await rig.rebuildFromSegments();
		expect((await rig.read()).size).toBe(2);
	});
});

test('what the stages cost is told with the bytes that went in', async () => {
	const rig = new Rig();
	rig.choose().file('file', mixedBytes(2 * MiB, 1), at);
	const { stages } = await rig.backUp();
	expect(stages.read.bytes).toBe(2 * MiB);
	expect(stages.chunk.bytes).toBe(2 * MiB);
	expect(stages.hash.bytes).toBeGreaterThanOrEqual(2 * MiB);
	expect(stages.compress.bytes).toBeGreaterThanOrEqual(2 * MiB);
	expect(stages.seal.bytes).toBeLessThan(stages.compress.bytes);
	expect(stages.store.bytes).toBe(rig.partners.bytes);
	expect(Object.values(stages).every(({ ms }) => ms === 0)).toBe(true);
});

function numbers(progress: BackupProgress): Map<string, number> {
	return new Map(
		Object.entries(progress).filter(([, value]) => typeof value === 'number') as [string, number][]
	);
}
