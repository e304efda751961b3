/**
 * Reads a zip of stored entries, ZIP64 included, as the app writes them: the central directory first, then each
 * entry as a stream, so that no file is ever whole in memory (PKWARE APPNOTE 6.3.10, sections 4.3 to 4.5).
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

export interface ZipEntry {
	readonly name: string;
	readonly size: number;
	readonly modified: Date;
	/** Of the content, lower-case hex. */
	readonly sha256: string;
}

const endBytes = 22;
const locatorBytes = 20;
const end64Bytes = 56;
const localHeaderBytes = 30;
const centralHeaderBytes = 46;
const commentBytesMax = 0xffff;

/** Every entry in the order of the central directory; directories have names that end in '/'. */
export async function* zipEntries(path: string): AsyncGenerator<ZipEntry> {
	const file = await open(path);
	try {
		const directory = await readDirectory(file);
		for (let at = 0; at < directory.length;) {
			const entry = centralEntry(directory, at);
			at = entry.next;
			const start = await contentStart(file, entry.offset);
			const sha256 = await hashOf(path, start, entry.size);
			yield { name: entry.name, size: entry.size, modified: entry.modified, sha256 };
		}
	} finally {
		await file.close();
	}
}

async function readDirectory(file: FileHandle): Promise<Buffer> {
	const { size } = await file.stat();
	const tailBytes = Math.min(size, endBytes + commentBytesMax + locatorBytes);
	const tail = await readAt(file, size - tailBytes, tailBytes);
	const end = tail.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
	if (end < 0) throw new Error('not a whole zip: its directory is missing');
	let length = tail.readUInt32LE(end + 12);
	let offset = tail.readUInt32LE(end + 16);
	const locator = end - locatorBytes;
	if (locator >= 0 && tail.readUInt32LE(locator) === 0x07064b50) {
		const at = Number(tail.readBigUInt64LE(locator + 8));
		const end64 = await readAt(file, at, end64Bytes);
		length = Number(end64.readBigUInt64LE(40));
		offset = Number(end64.readBigUInt64LE(48));
	}
	return readAt(file, offset, length);
}

interface CentralEntry {
	readonly name: string;
	readonly size: number;
	readonly offset: number;
	readonly modified: Date;
	readonly next: number;
}

function centralEntry(directory: Buffer, at: number): CentralEntry {
	if (directory.readUInt32LE(at) !== 0x02014b50) throw new Error('the zip directory is damaged');
	if (directory.readUInt16LE(at + 10) !== 0) throw new Error('an entry is not stored');
	const [nameBytes, extraBytes, noteBytes] = [28, 30, 32].map((o) =>
		directory.readUInt16LE(at + o)
	);
	const nameAt = at + centralHeaderBytes;
	const extraAt = nameAt + (nameBytes ?? 0);
	const next = extraAt + (extraBytes ?? 0) + (noteBytes ?? 0);
	const extra = directory.subarray(extraAt, extraAt + (extraBytes ?? 0));
	const wide = zip64Fields(extra);
	const take = (value: number): number => (value === 0xffffffff ? Number(wide.shift()) : value);
	const size = take(directory.readUInt32LE(at + 24));
	take(directory.readUInt32LE(at + 20));
	const offset = take(directory.readUInt32LE(at + 42));
	return {
		name: directory.toString('utf8', nameAt, extraAt),
		size,
		offset,
		modified: modifiedOf(directory, at, extra),
		next
	};
}

/** The 64-bit fields of the ZIP64 extra field, in their order. */
function zip64Fields(extra: Buffer): bigint[] {
	const field = extraField(extra, 0x0001);
	const fields: bigint[] = [];
	for (let at = 0; field !== undefined && at + 8 <= field.length; at += 8) {
		fields.push(field.readBigUInt64LE(at));
	}
	return fields;
}

/** The extended timestamp (seconds, UTC) where there is one, else the DOS time in local time. */
function modifiedOf(directory: Buffer, at: number, extra: Buffer): Date {
	const stamp = extraField(extra, 0x5455);
	if (stamp !== undefined && stamp.length >= 5) return new Date(stamp.readInt32LE(1) * 1000);
	const [time, date] = [directory.readUInt16LE(at + 12), directory.readUInt16LE(at + 14)];
	return new Date(
		(date >> 9) + 1980,
		((date >> 5) & 15) - 1,
		date & 31,
		time >> 11,
		(time >> 5) & 63,
		2 * (time & 31)
	);
}

function extraField(extra: Buffer, id: number): Buffer | undefined {
	for (let at = 0; at + 4 <= extra.length;) {
		const length = extra.readUInt16LE(at + 2);
		if (extra.readUInt16LE(at) === id) return extra.subarray(at + 4, at + 4 + length);
		at += 4 + length;
	}
	return undefined;
}

async function contentStart(file: FileHandle, offset: number): Promise<number> {
	const header = await readAt(file, offset, localHeaderBytes);
	if (header.readUInt32LE(0) !== 0x04034b50) throw new Error('an entry of the zip is damaged');
	return offset + localHeaderBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
}

async function hashOf(path: string, start: number, length: number): Promise<string> {
	const hash = createHash('sha256');
	if (length > 0) {
		const stream = createReadStream(path, { start, end: start + length - 1 });
		for await (const piece of stream) hash.update(piece as Buffer);
	}
	return hash.digest('hex');
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
	const buffer = Buffer.alloc(length);
	const { bytesRead } = await file.read(buffer, 0, length, position);
	if (bytesRead < length) throw new Error('the zip is cut short');
	return buffer;
}
