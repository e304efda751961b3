import { StorageFull } from '../../engine/failures.ts';
import { isQuotaExceeded } from '../indexeddb/failures.ts';
import type { PackHandle } from './pack-directory.ts';

/**
 * Writes all of the bytes, or throws and cuts the file to its length before: a disk that is full should not
 * stay so for bytes that nobody refers to. Throws StorageFull when the platform has no room, which some say by
 * an error and some by writing less.
 */
export function writeWhole(
	handle: PackHandle,
	at: number,
	bytes: Uint8Array<ArrayBuffer>,
	sizeBefore: number
): void {
	try {
		const written = handle.write(bytes, { at });
		// Chromium 156 returns an error code here, as a number far beyond any length, where it should throw.
		if (written !== bytes.length) {
			throw new StorageFull(`Of ${String(bytes.length)} bytes ${String(written)} were written.`);
		}
	} catch (error) {
		giveBack(handle, sizeBefore);
		throw writeFailure(error);
	}
}

/** What a failed write or flush means to the engine. */
export function writeFailure(error: unknown): Error {
	if (isQuotaExceeded(error)) return new StorageFull('The disk has no room.', { cause: error });
	return error instanceof Error ? error : new Error(String(error));
}

function giveBack(handle: PackHandle, sizeBefore: number): void {
	try {
		if (handle.getSize() > sizeBefore) handle.truncate(sizeBefore);
	} catch {
		// The bytes stay until their place is used again.
	}
}
