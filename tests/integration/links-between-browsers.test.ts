/** Links between a Chromium and a Firefox, each with its page side and its worker, whoever dials. */
import type { BrowserContext } from 'playwright';
import type { ViteDevServer } from 'vite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, openPair, servePages } from '../../bench/link/pair.ts';
import type { BenchPeer } from '../../bench/link/page.ts';
import type { BrowserName } from '../../scripts/browsers.ts';

declare const benchPeer: BenchPeer;

let server: ViteDevServer;
let contexts: Readonly<Record<BrowserName, BrowserContext>>;

beforeAll(async () => {
	server = await servePages();
	contexts = { chromium: await openBrowser('chromium'), firefox: await openBrowser('firefox') };
}, 60_000);

afterAll(async () => {
	await contexts.chromium.browser()?.close();
	await contexts.firefox.browser()?.close();
	await server.close();
});

it.each([
	['chromium', 'firefox'],
	['firefox', 'chromium']
] as const)('%s dials %s, and blocks go both ways', async (dialer, answerer) => {
	const page = await openPair(server, contexts[dialer], contexts[answerer]);
	const seconds = await page.evaluate(async () => [
		await benchPeer.carry('put', 8, 256 * 1024),
		await benchPeer.carry('get', 8, 256 * 1024)
	]);
	expect(seconds).toHaveLength(2);
});
