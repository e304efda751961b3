/**
 * Bytes of a file that ships with the app, wherever the code runs: by `fetch` in browsers, where the bundler has turned
 * the URL into an asset's, and from disk in Node, whose `fetch` knows no file URLs.
 */
export async function resourceBytes(url: URL): Promise<Uint8Array<ArrayBuffer>> {
	if (url.protocol === 'file:') {
		// Asked for at run time, so that no bundler looks for a Node module in browser code.
		const { readFile } = process.getBuiltinModule('node:fs/promises');
		return new Uint8Array(await readFile(url));
	}
	const response = await fetch(url);
	if (!response.ok) throw new Error(`${url.pathname}: HTTP ${response.status}`);
	return new Uint8Array(await response.arrayBuffer());
}
