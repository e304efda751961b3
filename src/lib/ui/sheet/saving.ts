/** Hands bytes to the browser's downloads under a name. */
export function saveFile(name: string, bytes: Uint8Array): void {
	const blob = new Blob([new Uint8Array(bytes)], { type: 'application/octet-stream' });
	const address = URL.createObjectURL(blob);
	const link = document.createElement('a');
	link.href = address;
	link.download = name;
	link.click();
	// The address is not revoked: when a browser has read it is nowhere said, and it holds a kilobyte at most.
}
