/** Files that the system opened the installed app with (manifest `file_handlers`); Chromium only. */
interface LaunchQueue {
	setConsumer(
		consumer: (params: { readonly files: readonly FileSystemFileHandle[] }) => void
	): void;
}

/** Calls back with each recovery file that the app was opened with, also with one that came before this call. */
export function onLaunchedFile(listener: (file: File) => void): void {
	const queue = (window as { readonly launchQueue?: LaunchQueue }).launchQueue;
	queue?.setConsumer(({ files }) => {
		const [handle] = files;
		if (handle !== undefined) void handle.getFile().then(listener);
	});
}
