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

/** Playwright hears of no downloads in Firefox: the link's own file is read piece by piece instead. */
async function copy(app: App, path: string): Promise<string> {
	const link = app.page.getByRole('link', { name: /Save the zip/ });
	const address = (await link.getAttribute('href')) ?? '';
	const file = await open(path, 'w');
	try {
		for (let at = 0; ; at += pieceBytes) {
			const piece = Buffer.from(await pieceOf(app, address, at), 'base64');
			if (piece.length === 0) return path;
			await file.write(piece);
		}
	} finally {
		await file.close();
	}
}

function pieceOf(app: App, address: string, at: number): Promise<string> {
	return app.page.evaluate(
		async ({ address, at, length }) => {
			const blob = await (await fetch(address)).blob();
			const bytes = new Uint8Array(await blob.slice(at, at + length).arrayBuffer());
			let text = '';
			for (let i = 0; i < bytes.length; i += 0x8000) {
				text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
			}
			return btoa(text);
		},
		{ address, at, length: pieceBytes }
	);
}
