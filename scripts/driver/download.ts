/** Takes the finished zip out of a browser, as the person's download. */
import { open } from 'node:fs/promises';
import type { App } from './app.ts';
import type { BrowserName } from '../browsers.ts';

/** How much of the zip crosses at once where the browser reports no downloads. */
const pieceBytes = 4 * 1024 * 1024;

/** Saves the zip under `path` and resolves to where it lies. */
export async function savedZip(app: App, browser: BrowserName, path: string): Promise<string> {
	return browser === 'chromium' ? download(app, path) : copy(app, path);
}

async function download(app: App, path: string): Promise<string> {
	const { page } = app;
	const downloading = page.waitForEvent('download');
	await page.getByRole('link', { name: /Save the zip/ }).click();
	await (await downloading).saveAs(path);
	return path;
}

/** Playwright hears of no downloads in Firefox: the file behind the link is read piece by piece instead. */
async function copy(app: App, path: string): Promise<string> {
	await app.page.getByRole('link', { name: /Save the zip/ }).waitFor();
	const file = await open(path, 'w');
	try {
		for (let at = 0; ; at += pieceBytes) {
			const piece = Buffer.from(await pieceOf(app, at), 'base64');
			if (piece.length === 0) return path;
			await file.write(piece);
		}
	} finally {
		await file.close();
	}
}

function pieceOf(app: App, at: number): Promise<string> {
	return app.page.evaluate(
		async ({ at, length }) => {
			const root = await navigator.storage.getDirectory();
			const file = await (await root.getFileHandle('restored.zip')).getFile();
			const bytes = new Uint8Array(await file.slice(at, at + length).arrayBuffer());
			let text = '';
			for (let i = 0; i < bytes.length; i += 0x8000) {
				text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
			}
			return btoa(text);
		},
		{ at, length: pieceBytes }
	);
}
