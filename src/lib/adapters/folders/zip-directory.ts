/**
 * The end of a zip (PKWARE APPNOTE 6.3.10, sections 4.3.12 to 4.3.16): the central directory and the records
 * behind it. client-zip writes the directory; this takes entries out of it that could not be completed, whose
 * bytes then lie in the file unlisted, and writes the records anew, because client-zip leaves out ZIP64 ones
 * when only the number of entries needs them.
 */
import { Malformed } from '../../engine/failures.ts';

const entrySignature = 0x02014b50;
const zip64EndSignature = 0x06064b50;
const zip64LocatorSignature = 0x07064b50;
const endSignature = 0x06054b50;

const entryBytes = 46;
const zip64EndBytes = 56;
const zip64LocatorBytes = 20;
const endBytes = 22;

/** As the version made by and needed: 4.5, the first with ZIP64. */
const version = 45;

interface Directory {
	readonly offset: number;
	readonly bytes: number;
	readonly entries: number;
}

/**
 * `tail` is the end of a zip, from the directory or before it, at `tailOffset` of the file. Gives the tail without
 * the entries in `struck`, which are counted from 0 in the order of the directory.
 */
export function withoutEntries(
	tail: Uint8Array,
	tailOffset: number,
	struck: ReadonlySet<number>
): Uint8Array<ArrayBuffer> {
	const start = directoryOffset(tail) - tailOffset;
	if (start < 0 || start > tail.length) throw new Malformed('The zip directory lies elsewhere.');
	const kept = entriesFrom(tail, start).filter((_, i) => !struck.has(i));
	const bytes = kept.reduce((sum, entry) => sum + entry.length, 0);
	const directory = { offset: tailOffset + start, bytes, entries: kept.length };
	return joined([tail.subarray(0, start), ...kept, endOf(directory)]);
}

function directoryOffset(tail: Uint8Array): number {
	const view = viewOf(tail);
	const end = tail.length - endBytes;
	if (end < 0 || view.getUint32(end, true) !== endSignature) throw new Malformed('No end of zip.');
	const locator = end - zip64LocatorBytes;
	if (locator < zip64EndBytes || view.getUint32(locator, true) !== zip64LocatorSignature) {
		return view.getUint32(end + 16, true);
	}
	return Number(view.getBigUint64(locator - zip64EndBytes + 48, true));
}

function entriesFrom(tail: Uint8Array, start: number): readonly Uint8Array[] {
	const view = viewOf(tail);
	const entries: Uint8Array[] = [];
	let at = start;
	while (at + entryBytes <= tail.length && view.getUint32(at, true) === entrySignature) {
		const name = view.getUint16(at + 28, true);
		const extra = view.getUint16(at + 30, true);
		const comment = view.getUint16(at + 32, true);
		const next = at + entryBytes + name + extra + comment;
		entries.push(tail.subarray(at, next));
		at = next;
	}
	return entries;
}

function endOf(directory: Directory): Uint8Array<ArrayBuffer> {
	const { offset, bytes, entries } = directory;
	const needsZip64 = entries >= 0xffff || bytes >= 0xffffffff || offset >= 0xffffffff;
	const end = new DataView(new ArrayBuffer(endBytes));
	end.setUint32(0, endSignature, true);
	end.setUint16(8, Math.min(entries, 0xffff), true);
	end.setUint16(10, Math.min(entries, 0xffff), true);
	end.setUint32(12, Math.min(bytes, 0xffffffff), true);
	end.setUint32(16, Math.min(offset, 0xffffffff), true);
	const record = new Uint8Array(end.buffer);
	return needsZip64 ? joined([zip64EndOf(directory), record]) : record;
}

function zip64EndOf({ offset, bytes, entries }: Directory): Uint8Array<ArrayBuffer> {
	const view = new DataView(new ArrayBuffer(zip64EndBytes + zip64LocatorBytes));
	view.setUint32(0, zip64EndSignature, true);
	// Its length does not count the signature and this field.
	view.setBigUint64(4, BigInt(zip64EndBytes - 12), true);
	view.setUint16(12, version, true);
	view.setUint16(14, version, true);
	view.setBigUint64(24, BigInt(entries), true);
	view.setBigUint64(32, BigInt(entries), true);
	view.setBigUint64(40, BigInt(bytes), true);
	view.setBigUint64(48, BigInt(offset), true);
	view.setUint32(zip64EndBytes, zip64LocatorSignature, true);
	view.setBigUint64(zip64EndBytes + 8, BigInt(offset + bytes), true);
	view.setUint32(zip64EndBytes + 16, 1, true);
	return new Uint8Array(view.buffer);
}

function viewOf(bytes: Uint8Array): DataView {
	return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Puts pieces together. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
	const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
	let offset = 0;
	for (const piece of pieces) {
		whole.set(piece, offset);
		offset += piece.length;
	}
	return whole;
}
