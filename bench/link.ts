/**
 * Throughput of sessions over WebRTC between two pages of one Chromium, workers and all, against a bare
 * RTCDataChannel between the same pages with the same message size: medians of interleaved rounds, 64 KiB
 * messages both. Run by `npm run bench -- link`, or by itself with tsx; under two minutes.
 */
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright';
import type { Direction } from './link/conversation.ts';
import { openBrowser, openPair, servePages } from './link/pair.ts';
import type { BenchPeer } from './link/page.ts';
import type { Result } from './result.ts';

declare const benchPeer: BenchPeer;

const rounds = 5;
const totalBytes = 24 * 1024 * 1024;
const messageBytes = 64 * 1024;
const blockBytes = 256 * 1024;

const cases: readonly { readonly name: string; readonly direction: Direction }[] = [
	{ name: 'put-block 256 KiB', direction: 'put' },
	{ name: 'get-block 256 KiB', direction: 'get' }
];

export default async function run(): Promise<Result[]> {
	const server = await servePages();
	const context = await openBrowser('chromium');
	try {
		const page = await openPair(server, context, context);
		await page.evaluate(() => benchPeer.connectBare());
		return await measure(page);
	} finally {
		await context.browser()?.close();
		await server.close();
	}
}

async function measure(page: Page): Promise<Result[]> {
	const bare: number[] = [];
	const sessions = cases.map(() => new Array<number>());
	// The first round warms up both: connections start slowly, and code is not compiled yet.
	for (let round = 0; round <= rounds; round++) {
		const bareRate = await bareThroughput(page);
		if (round > 0) bare.push(bareRate);
		for (const [i, { direction }] of cases.entries()) {
			const rate = await sessionThroughput(page, direction);
			if (round > 0) sessions[i]?.push(rate);
		}
	}
	const limit = median(bare);
	return cases.map(({ name }, i) => {
		const value = median(sessions[i] ?? []);
		return {
			case: name,
			value,
			unit: 'MB/s',
			against: `bare channel ${rounded(limit)} MB/s`,
			ratio: value / limit
		};
	});
}

async function bareThroughput(page: Page): Promise<number> {
	const size = [totalBytes / messageBytes, messageBytes] as const;
	const seconds = await page.evaluate(
		([messages, bytes]) => benchPeer.carryBare(messages, bytes),
		size
	);
	return totalBytes / 1e6 / seconds;
}

async function sessionThroughput(page: Page, direction: Direction): Promise<number> {
	const order = [direction, totalBytes / blockBytes, blockBytes] as const;
	const seconds = await page.evaluate(
		([way, blocks, bytes]) => benchPeer.carry(way, blocks, bytes),
		order
	);
	return totalBytes / 1e6 / seconds;
}

function median(values: readonly number[]): number {
	return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

function rounded(value: number): string {
	return value.toFixed(1);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
	console.table(await run());
}
