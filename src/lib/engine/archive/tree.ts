/**
 * Directories of a snapshot (docs/format/tree.md). A directory is stored exactly like a file whose content is
 * its encoded tree: cut into chunks, compressed, deduplicated. The encoding is deterministic, so an unchanged
 * subtree has unchanged chunks and costs nothing. Rejected: one object for a whole snapshot, which a single
 * changed file would make new from end to end.
 */
import { FieldReader, FieldWriter } from '../coding/fields.ts';
import { hashBytes } from '../coding/limits.ts';
import { Malformed } from '../failures.ts';
import { bytesOf, nameOf, type ChunkId, type FolderId } from '../identifiers.ts';
import { fileBytesMax, modifiedBiasMs, nameBytesMax } from './limits.ts';

export interface FileEntry {
	readonly kind: 'file';
	readonly name: string;
	/** In bytes. */
	readonly size: number;
	/** Whole milliseconds since the Unix epoch; may be negative. */
	readonly modified: number;
	/** The content in order; none when the file is empty. */
	readonly chunks: readonly ChunkId[];
}

export interface DirectoryEntry {
	readonly kind: 'directory';
	readonly name: string;
	/** The newest time below it, because the platform tells no time for directories; 0 when it is empty. */
	readonly modified: number;
	/** Its own encoded tree in order. */
	readonly chunks: readonly ChunkId[];
	/** In the root tree alone: the chosen folder that this is. */
	readonly folder?: FolderId;
}

export type TreeEntry = FileEntry | DirectoryEntry;

/** "HFT1": a tree of format version 1. */
const magic = 0x48465431;
const headBytes = 8;
const kinds = { file: 1, directory: 2, folder: 3 } as const;
const folderIdBytes = 8;
const sizeBytes = 6;
/** Kind, length of the name, time, count of chunks. */
const entryBytes = 1 + 4 + 6 + 4;

const encoder = new TextEncoder();
// A byte order mark at the start of a name is part of the name.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Why a name must not stand in a tree; undefined when it may. */
export function problemOfName(name: string): string | undefined {
	if (name === '' || name === '.' || name === '..') return `the name '${name}'`;
	if (name.includes('/') || name.includes('\0')) return 'a name with / or NUL';
	if (!name.isWellFormed()) return 'a name with half a surrogate pair';
	// No name is shorter in bytes than in code units.
	if (name.length > nameBytesMax || encoder.encode(name).length > nameBytesMax) {
		return `a name of more than ${nameBytesMax} bytes`;
	}
	return undefined;
}

/**
 * Encodes a directory. The entries may come in any order; equal sets give equal bytes. Throws RangeError when an
 * entry is impossible or a name stands twice.
 */
export function encodeTree(entries: readonly TreeEntry[]): Uint8Array<ArrayBuffer> {
	const named = entries.map((entry) => ({ entry, name: encoder.encode(entry.name) }));
	named.sort((a, b) => compareBytes(a.name, b.name));
	let length = headBytes;
	for (const [i, { entry, name }] of named.entries()) {
		const problem = problemOfEntry(entry);
		if (problem !== undefined) throw new RangeError(problem);
		const before = named[i - 1];
		if (before !== undefined && compareBytes(before.name, name) === 0) {
			throw new RangeError(`the name ${entry.name} twice`);
		}
		length += lengthOf(entry, name);
	}
	const fields = new FieldWriter(length).u32(magic).u32(named.length);
	for (const { entry, name } of named) writeEntry(fields, entry, name);
	return fields.done();
}

/** The entries in the order of their names' bytes. Throws Malformed; allocates in proportion to the bytes given. */
export function decodeTree(bytes: Uint8Array): readonly TreeEntry[] {
	const fields = new FieldReader(bytes);
	if (fields.u32() !== magic) throw new Malformed('not a tree');
	const count = fields.u32();
	const entries: TreeEntry[] = [];
	let before: Uint8Array | undefined;
	for (let i = 0; i < count; i++) {
		const { entry, name } = readEntry(fields);
		if (before !== undefined && compareBytes(before, name) >= 0) {
			throw new Malformed('names out of order');
		}
		entries.push(entry);
		before = name;
	}
	fields.end();
	return entries;
}

/** A file's time as trees keep it: whole milliseconds within their bounds. */
export function keptTime(modified: number): number {
	if (Number.isNaN(modified)) return 0;
	return Math.min(Math.max(Math.floor(modified), -modifiedBiasMs), modifiedBiasMs - 1);
}

function writeEntry(fields: FieldWriter, entry: TreeEntry, name: Uint8Array): void {
	const kind = entry.kind === 'directory' && entry.folder !== undefined ? 'folder' : entry.kind;
	fields.u8(kinds[kind]).u32(name.length).bytes(name, name.length);
	fields.u48(entry.modified + modifiedBiasMs);
	if (entry.kind === 'file') fields.u48(entry.size);
	else if (entry.folder !== undefined) fields.bytes(bytesOf(entry.folder), folderIdBytes);
	fields.u32(entry.chunks.length);
	for (const chunk of entry.chunks) fields.bytes(bytesOf(chunk), hashBytes);
}

function readEntry(fields: FieldReader): { entry: TreeEntry; name: Uint8Array } {
	const kind = fields.u8();
	const name = fields.view(boundedLength(fields.u32()));
	const common = { name: textOf(name), modified: fields.u48() - modifiedBiasMs };
	let entry: TreeEntry;
	if (kind === kinds.file) {
		const size = fields.u48();
		entry = { kind: 'file', ...common, size, chunks: readChunks(fields) };
	} else if (kind === kinds.directory) {
		entry = { kind: 'directory', ...common, chunks: readChunks(fields) };
	} else if (kind === kinds.folder) {
		const folder = nameOf<FolderId>(fields.view(folderIdBytes));
		entry = { kind: 'directory', ...common, folder, chunks: readChunks(fields) };
	} else {
		throw new Malformed(`unknown kind of entry ${kind}`);
	}
	const problem = problemOfEntry(entry);
	if (problem !== undefined) throw new Malformed(problem);
	return { entry, name };
}

function readChunks(fields: FieldReader): readonly ChunkId[] {
	const count = fields.u32();
	const chunks: ChunkId[] = [];
	// A false count runs into the end of the bytes before it can make the list long.
	for (let i = 0; i < count; i++) chunks.push(nameOf<ChunkId>(fields.view(hashBytes)));
	return chunks;
}

function boundedLength(length: number): number {
	if (length > nameBytesMax) throw new Malformed(`a name of ${length} bytes`);
	return length;
}

function textOf(name: Uint8Array): string {
	try {
		return decoder.decode(name);
	} catch {
		throw new Malformed('a name that is not UTF-8');
	}
}

/** An empty file has no chunks, every other one has some, and a directory has a tree even when it is empty. */
function problemOfEntry(entry: TreeEntry): string | undefined {
	const { modified, chunks } = entry;
	if (keptTime(modified) !== modified) return `a time of ${modified}`;
	if (entry.kind === 'directory') {
		if (chunks.length === 0) return 'a directory without a tree';
	} else {
		const { size } = entry;
		if (!Number.isSafeInteger(size) || size < 0 || size > fileBytesMax) return `a size of ${size}`;
		if ((size === 0) !== (chunks.length === 0) || chunks.length > size) {
			return `${size} bytes in ${chunks.length} chunks`;
		}
	}
	return problemOfName(entry.name);
}

function lengthOf(entry: TreeEntry, name: Uint8Array): number {
	const own = entry.kind === 'file' ? sizeBytes : entry.folder !== undefined ? folderIdBytes : 0;
	return entryBytes + name.length + own + entry.chunks.length * hashBytes;
}

function compareBytes(a: Uint8Array, b: Uint8Array): number {
	const shared = Math.min(a.length, b.length);
	for (let i = 0; i < shared; i++) {
		const difference = (a[i] ?? 0) - (b[i] ?? 0);
		if (difference !== 0) return difference;
	}
	return a.length - b.length;
}
