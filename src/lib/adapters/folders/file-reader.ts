import { SourceUnreadable } from '../../engine/failures.ts';
import type { SourceReader } from '../../engine/ports.ts';
import { unreadable } from './failures.ts';

/**
 * Reads a File as it was when it was taken. `again` takes it anew, to find out why a read failed; without it a
 * file that became unreadable counts as changed, which is what makes browsers refuse one that they had given.
 */
export function readerOf(file: File, again?: () => Promise<File>): SourceReader {
	const { size, lastModified: modified, name } = file;
	const fail = async (error: unknown): Promise<SourceUnreadable> => {
		if (!isUnclear(error)) return unreadable(error, name);
		return again === undefined ? changed(name) : reasonOf(error, file, again);
	};
	return {
		size,
		modified,
		read: async (offset, length) => {
			const end = Math.min(offset + length, size);
			// Never reads what is empty: pipes look like empty files, and reading one would wait forever.
			if (end <= offset) return new Uint8Array();
			// A piece is another object of the platform, which small files are spared.
			const piece = offset === 0 && end === size ? file : file.slice(offset, end);
			const bytes = await bytesOf(piece).catch(async (error: unknown) => {
				throw await fail(error);
			});
			if (bytes.length !== end - offset) throw changed(name);
			return bytes;
		}
	};
}

async function bytesOf(piece: Blob): Promise<Uint8Array<ArrayBuffer>> {
	return new Uint8Array(await piece.arrayBuffer());
}

/** Chromium says the one, Firefox the other, for files that changed, vanished or cannot be read alike. */
function isUnclear(error: unknown): error is Error {
	return (
		error instanceof Error && (error.name === 'NotReadableError' || error.name === 'AbortError')
	);
}

async function reasonOf(
	error: Error,
	file: File,
	again: () => Promise<File>
): Promise<SourceUnreadable> {
	try {
		const now = await again();
		const same = now.size === file.size && now.lastModified === file.lastModified;
		return same ? unreadable(error, file.name) : changed(file.name);
	} catch (later) {
		return unreadable(later, file.name);
	}
}

function changed(name: string): SourceUnreadable {
	return new SourceUnreadable('changed', `${name} changed while it was read.`);
}
