import { StorageFull } from '../../engine/failures.ts';
import { unwritable } from './failures.ts';

/** Where a zip goes, from its first byte to its last. */
export interface ZipSink {
	/** Resolves when there is room for more. Rejects with StorageFull. The bytes may be used again afterwards. */
	write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
	/** All is on disk when it resolves. */
	close(): Promise<void>;
	/** Removes the zip, closed or not. */
	discard(): Promise<void>;
	/** The closed zip. Its bytes stay on disk until they are read. */
	file(): Promise<File>;
}

/** Opens an empty file of that name in the origin private file system. */
export async function openZipSink(name: string): Promise<ZipSink> {
	const root = await navigator.storage.getDirectory();
	const handle = await root.getFileHandle(name, { create: true });
	const place = {
		file: () => handle.getFile(),
		remove: () => root.removeEntry(name)
	};
	// Typed as always there, but pages have none: they write a copy that is moved into place when it is closed.
	if ((handle as Partial<FileSystemFileHandle>).createSyncAccessHandle === undefined) {
		return writableSink(await handle.createWritable(), place);
	}
	return handleSink(await handle.createSyncAccessHandle(), place);
}

interface Place {
	file(): Promise<File>;
	remove(): Promise<void>;
}

function handleSink(handle: FileSystemSyncAccessHandle, place: Place): ZipSink {
	handle.truncate(0);
	let size = 0;
	return {
		write: (bytes) =>
			attempt(() => {
				const written = handle.write(bytes, { at: size });
				size += bytes.length;
				// Chromium 156 returns an error code here, as a number far beyond any length, where it should throw.
				if (written !== bytes.length) throw new StorageFull('The disk has no room for the zip.');
			}),
		close: () =>
			attempt(() => {
				handle.flush();
				handle.close();
			}),
		discard: async () => {
			handle.close();
			await place.remove();
		},
		file: () => place.file()
	};
}

function writableSink(writable: FileSystemWritableFileStream, place: Place): ZipSink {
	const failing = (error: unknown): never => {
		throw unwritable(error);
	};
	return {
		write: (bytes) => writable.write(bytes).catch(failing),
		close: () => writable.close().catch(failing),
		discard: async () => {
			// Closed or failed, there is nothing to abort.
			await writable.abort().catch(() => undefined);
			await place.remove();
		},
		file: () => place.file()
	};
}

/** Runs at once; a throw becomes a rejection. */
function attempt(work: () => void): Promise<void> {
	return new Promise((resolve, reject) => {
		try {
			work();
			resolve();
		} catch (error) {
			reject(unwritable(error));
		}
	});
}
