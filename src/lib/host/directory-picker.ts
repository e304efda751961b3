/** Whether the browser can open a dialog that gives a lasting handle to a directory (Chromium on desktops). */
export function canPickDirectory(): boolean {
	return 'showDirectoryPicker' in window;
}

/**
 * Lets the person choose a directory. Undefined when the dialog was closed, and also when the browser refused the
 * directory: it reports both alike (platform: AbortError for blocked roots such as Documents).
 */
export async function pickDirectory(
	mode: 'read' | 'readwrite'
): Promise<FileSystemDirectoryHandle | undefined> {
	try {
		return await window.showDirectoryPicker({
			id: mode === 'read' ? 'protect' : 'restore',
			mode
		});
	} catch (error) {
		if (error instanceof DOMException && error.name === 'AbortError') return undefined;
		throw error;
	}
}

/** Asks for permission to read a known directory again. Needs a click; true where the browser knows no such question. */
export async function allowReading(handle: FileSystemDirectoryHandle): Promise<boolean> {
	if (!('requestPermission' in handle)) return true;
	return (await handle.requestPermission({ mode: 'read' })) === 'granted';
}
