/**
 * Prints what a first visit loads of JavaScript, compressed with gzip: each file, the pages together, and the
 * whole with the engine's worker, which loads beside the page. Exits 1 when the pages alone pass the limit. Run it
 * after a build.
 */
import { gzipSync } from 'node:zlib';
import { chromium, type Response } from 'playwright';
import { startServer } from '../signaling/server.ts';
import { browserExecutable, chromiumFlags } from './browsers.ts';

const limitBytes = 200_000;

const server = await startServer({ port: 0, appFolder: 'build' });
const executablePath = browserExecutable('chromium');
const browser = await chromium.launch({
	...(executablePath === undefined ? {} : { executablePath }),
	args: [...chromiumFlags]
});
try {
	// The service worker fetches everything for later use; that is not part of what the first page waits for.
	const page = await browser.newPage({ serviceWorkers: 'block' });
	const scripts: Response[] = [];
	page.on('response', (response) => {
		if (new URL(response.url()).pathname.endsWith('.js')) scripts.push(response);
	});
	await page.goto(`http://localhost:${String(server.port)}/`);
	await page.getByRole('link', { name: 'Start protecting files' }).waitFor();
	await page.waitForLoadState('networkidle');

	let pages = 0;
	let workers = 0;
	for (const script of scripts) {
		const bytes = gzipSync(await script.body()).length;
		const { pathname } = new URL(script.url());
		if (pathname.includes('/workers/')) workers += bytes;
		else pages += bytes;
		console.log(`${String(bytes).padStart(8)}  ${pathname}`);
	}
	console.log(`${String(pages).padStart(8)}  pages, gzip; the limit is ${String(limitBytes)}`);
	console.log(`${String(pages + workers).padStart(8)}  with workers`);
	if (pages > limitBytes) process.exitCode = 1;
} finally {
	await browser.close();
	await server.close();
}
