/** Two bench peers in two pages, of one browser or of two, joined by the process that drives them. */
import { fileURLToPath } from 'node:url';
import { type BrowserContext, chromium, firefox, type Page } from 'playwright';
import { createServer, type ViteDevServer } from 'vite';
import { type BrowserName, browserExecutable, chromiumFlags } from '../../scripts/browsers.ts';
import { browserAliases } from '../../vite.config.ts';
import type { BenchPeer } from './page.ts';

declare const benchPeer: BenchPeer;

type RelayedJson = Parameters<BenchPeer['relayIn']>[1];

const dependencies = [
	'simple-peer/lite.js',
	'cborg',
	'@noble/curves/ed25519.js',
	'@noble/hashes/sha2.js',
	'@noble/hashes/utils.js'
];
const pagePath = 'bench/link/index.html';

/** Serves the pages. */
export async function servePages(): Promise<ViteDevServer> {
	const root = fileURLToPath(new URL('../..', import.meta.url));
	const server = await createServer({
		root,
		configFile: false,
		logLevel: 'error',
		cacheDir: 'node_modules/.cache/vite-link',
		resolve: { alias: browserAliases },
		// Named, so that no dependency is found late and reloads the pages in the middle of a run.
		optimizeDeps: { noDiscovery: true, include: [...dependencies] },
		server: { port: 0, hmr: false }
	});
	return server.listen();
}

/** A headless browser with one context. Close its browser when done. */
export async function openBrowser(name: BrowserName): Promise<BrowserContext> {
	const executablePath = browserExecutable(name) ?? name;
	const browser =
		name === 'chromium'
			? await chromium.launch({ executablePath, args: [...chromiumFlags] })
			: await firefox.launch({ channel: 'moz-firefox', executablePath });
	return browser.newContext();
}

/** Opens both pages and has the first dial the second. Resolves to the first. */
export async function openPair(
	server: ViteDevServer,
	dialer: BrowserContext,
	answerer: BrowserContext
): Promise<Page> {
	const url = new URL(pagePath, server.resolvedUrls?.local[0]).href;
	const pages = new Map([
		['dialer', await dialer.newPage()],
		['answerer', await answerer.newPage()]
	]);
	for (const [name, page] of pages) {
		await page.exposeFunction('relayOut', (to: string, message: RelayedJson) =>
			pages.get(to)?.evaluate(
				([from, relayed]) => {
					benchPeer.relayIn(from, relayed);
				},
				[name, message] as const
			)
		);
		await page.goto(url);
		await page.waitForFunction(() => document.title === 'ready');
	}
	for (const [name, page] of pages) {
		const other = name === 'dialer' ? 'answerer' : 'dialer';
		await page.evaluate(([self, them]) => benchPeer.start(self, them), [name, other] as const);
	}
	const [first] = pages.values();
	if (first === undefined) throw new Error('no page');
	await first.evaluate(() => benchPeer.dial());
	return first;
}
