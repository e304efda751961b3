import { describe, expect, test } from 'vitest';
import { withoutEntries } from '../../../src/lib/adapters/folders/zip-directory.ts';
import { ZipTarget } from '../../../src/lib/adapters/folders/zip-target.ts';
import { Malformed, StorageFull } from '../../../src/lib/engine/failures.ts';
import { bytes, restore } from '../../contract/restore-targets.ts';
import { unzipped } from '../../contract/unzipped.ts';
import { MemoryZipSink } from '../../doubles/zip-sink.ts';

describe('a restore into a zip', () => {
	test('keeps modification times to two seconds, within what the format can say', async () => {
		const sink = new MemoryZipSink();
		const target = new ZipTarget(sink);
		const local = new Date(2024, 1, 29, 12, 34, 56).getTime();
		await restore(target, ['now'], bytes('x'), local);
		await restore(target, ['old'], bytes('x'), -1e12);
		await restore(target, ['broken'], bytes('x'), Number.NaN);
		await target.finish();
		expect(dosTimes(sink.bytes)).toEqual([
			new Date(local),
			new Date(1980, 0, 1),
			new Date(1980, 0, 1)
		]);
	});

	test('lists the names that had to change, and lets none lead out of the folder', async () => {
		const sink = new MemoryZipSink();
		const target = new ZipTarget(sink);
		await restore(target, ['..', 'a\\b'], bytes('1'));
		await restore(target, ['..', 'a_b'], bytes('2'));
		await restore(target, ['C:', 'x'], bytes('3'));
		const { renamed } = await target.finish();
		expect([...unzipped(sink.bytes).files.keys()]).toEqual(['C_/x', '___/a_b', '___/a_b (2)']);
		expect(renamed).toEqual([
			{ from: '..', to: '___' },
			{ from: '../a\\b', to: '___/a_b' },
			{ from: '../a_b', to: '___/a_b (2)' },
			{ from: 'C:', to: 'C_' }
		]);
	});

	test('tells its writer when the disk is full, and removes the zip', async () => {
		const sink = new MemoryZipSink();
		const target = new ZipTarget(sink);
		sink.failNextWrite(new StorageFull('The disk is full.'));
		const file = await target.file(['big'], { size: 1e9, modified: 0 });
		const piece = new Uint8Array(1_048_576);
		const writing = async (): Promise<void> => {
			for (let i = 0; i < 100; i++) await file.write(piece);
		};
		await expect(writing()).rejects.toThrow(StorageFull);
		await expect(target.directory(['d'], 0)).rejects.toThrow(StorageFull);
		await expect(target.finish()).rejects.toThrow(StorageFull);
		await target.abort('The disk is full.');
		expect(sink.discarded).toBe(true);
	});

	test('removes the zip when it is given up in the middle of a file', async () => {
		const sink = new MemoryZipSink();
		const target = new ZipTarget(sink);
		const file = await target.file(['big'], { size: 10, modified: 0 });
		await file.write(bytes('12345'));
		await target.abort('The person stopped it.');
		await expect(file.write(bytes('67890'))).rejects.toThrow('The person stopped it.');
		expect(sink.discarded).toBe(true);
	});

	test('takes no more than a few pieces before the disk has them', async () => {
		let written = 0;
		const sink = new MemoryZipSink();
		sink.write = (piece) => {
			written += piece.length;
			return Promise.resolve();
		};
		const target = new ZipTarget(sink);
		const file = await target.file(['big'], { size: 1e8, modified: 0 });
		const piece = new Uint8Array(500_000);
		for (let given = 0; given < 40; given++) {
			await file.write(piece);
			expect(given * piece.length - written).toBeLessThan(5_000_000);
		}
		await file.close();
		await target.finish();
	});
});

describe('the end of a zip', () => {
	test('names the number of entries by ZIP64 where 16 bits do not hold it', () => {
		const entry = directoryEntry('a');
		const count = 70_000;
		const directory = new Uint8Array(count * entry.length + 22);
		for (let i = 0; i < count; i++) directory.set(entry, i * entry.length);
		directory.set(end(1000, 0xffff), count * entry.length);
		const tail = withoutEntries(directory, 1000, new Set([5]));
		const record = new DataView(tail.buffer, tail.length - 22 - 20 - 56);
		expect(record.getUint32(0, true)).toBe(0x06064b50);
		expect(record.getBigUint64(32, true)).toBe(69_999n);
		expect(record.getBigUint64(40, true)).toBe(BigInt(69_999 * entry.length));
		expect(record.getBigUint64(48, true)).toBe(1000n);
		const locator = new DataView(tail.buffer, tail.length - 22 - 20);
		expect(locator.getBigUint64(8, true)).toBe(BigInt(1000 + 69_999 * entry.length));
	});

	test('names the place of the directory by ZIP64 beyond 4 GiB', () => {
		const offset = 5 * 2 ** 30;
		const zip64 = new DataView(new ArrayBuffer(76));
		zip64.setUint32(0, 0x06064b50, true);
		zip64.setBigUint64(48, BigInt(offset), true);
		zip64.setUint32(56, 0x07064b50, true);
		const records = [directoryEntry('a'), new Uint8Array(zip64.buffer), end(0xffffffff, 1)];
		const directory = new Uint8Array(records.flatMap((record) => [...record]));
		const tail = withoutEntries(directory, offset, new Set());
		expect(tail.length).toBe(directory.length);
		expect(new DataView(tail.buffer, 47).getBigUint64(48, true)).toBe(BigInt(offset));
	});

	test('is refused when it is none', () => {
		expect(() => withoutEntries(new Uint8Array(10), 0, new Set())).toThrow(Malformed);
		expect(() => withoutEntries(new Uint8Array(100), 0, new Set())).toThrow(Malformed);
		expect(() => withoutEntries(end(5, 0), 100, new Set())).toThrow(Malformed);
	});
});

function directoryEntry(name: string): Uint8Array {
	const view = new DataView(new ArrayBuffer(46 + name.length));
	view.setUint32(0, 0x02014b50, true);
	view.setUint16(28, name.length, true);
	return new Uint8Array(view.buffer);
}

function end(offset: number, entries: number): Uint8Array {
	const view = new DataView(new ArrayBuffer(22));
	view.setUint32(0, 0x06054b50, true);
	view.setUint16(10, entries, true);
	view.setUint32(16, offset, true);
	return new Uint8Array(view.buffer);
}

/** The local times in a zip's directory, in its order. */
function dosTimes(zip: Uint8Array): readonly Date[] {
	const view = new DataView(zip.buffer, zip.byteOffset, zip.byteLength);
	const times: Date[] = [];
	let at = view.getUint32(zip.length - 6, true);
	while (view.getUint32(at, true) === 0x02014b50) {
		const [time, date] = [view.getUint16(at + 12, true), view.getUint16(at + 14, true)];
		const day = [(date >> 9) + 1980, ((date >> 5) & 15) - 1, date & 31] as const;
		times.push(new Date(...day, time >> 11, (time >> 5) & 63, (time & 31) * 2));
		at += 46 + view.getUint16(at + 28, true) + view.getUint16(at + 30, true);
	}
	return times;
}
