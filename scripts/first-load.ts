/**
 * Prints what a first visit loads of JavaScript, compressed with gzip: each file, the pages together, and the whole with
 * the engine's worker, which loads beside the page. Then what more comes once there is a peer. Exits 1 when the first visit
 * passes the limit. Run it after a build.
 */
import { gzipSync } from 'node:zlib';
import { chromium, type Page, type Response } from 'playwright';
import { startServer } from '../signaling/server.ts';
import { browserExecutable, chromiumFlags } from './browsers.ts';

const limitBytes = 200_000;

interface Sizes {
	readonly pages: number;
	readonly workers: number;
}

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
	const first = await sizesOf(scripts.splice(0));
	await becomePeer(page);
	const later = await sizesOf(scripts);

	const total = first.pages + first.workers;
	tell(later.pages + later.workers, 'more once there is a peer');
	tell(first.pages, 'pages at the first visit');
	tell(total, `with workers, gzip; the limit is ${String(limitBytes)}`);
	if (total > limitBytes) process.exitCode = 1;
} finally {
	await browser.close();
	await server.close();
}

/** From the first click on: the words are shown when the peer is made. */
async function becomePeer(page: Page): Promise<void> {
	await page.getByRole('link', { name: 'Start protecting files' }).click();
	await page.getByRole('button', { name: 'Show my 24 words' }).click();
	await page.getByTestId('word').first().waitFor();
	await page.waitForLoadState('networkidle');
}

async function sizesOf(scripts: readonly Response[]): Promise<Sizes> {
	const sizes = { pages: 0, workers: 0 };
	for (const script of scripts) {
		const bytes = gzipSync(await script.body()).length;
		const { pathname } = new URL(script.url());
		sizes[pathname.includes('/workers/') ? 'workers' : 'pages'] += bytes;
		tell(bytes, pathname);
	}
	return sizes;
}

function tell(bytes: number, what: string): void {
	console.log(`${String(bytes).padStart(8)}  ${what}`);
}
