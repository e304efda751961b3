/**
 * Blocks of 256 KiB into OPFS through the block store, index and acknowledgement included, against bare sync access
 * handles that write, flush and read the same bytes in the same run: medians of interleaved rounds in Chromium. Run by
 * `npm run bench -- storage`, or by itself with tsx; under a minute.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { browserExecutable, chromiumFlags } from '../scripts/browsers.ts';
import type { Result } from './result.ts';
import type { Round } from './storage/rounds.ts';

const rounds = 5;

const cases: readonly {
	readonly name: string;
	readonly ours: keyof Round;
	readonly bare: keyof Round;
	readonly against: string;
}[] = [
	{
		name: 'put 256 KiB, one by one',
		ours: 'putOneByOne',
		bare: 'bareFlushEach',
		against: 'bare write + flush each'
	},
	{
		name: 'put 256 KiB, 16 at once',
		ours: 'putAtOnce',
		bare: 'bareFlushGroup',
		against: 'bare write + flush of 16'
	},
	{ name: 'get 256 KiB', ours: 'get', bare: 'bareRead', against: 'bare read' }
];

export default async function run(): Promise<Result[]> {
	const server = await createServer({
		root: fileURLToPath(new URL('..', import.meta.url)),
		configFile: false,
		logLevel: 'error',
		cacheDir: 'node_modules/.cache/vite-bench',
		// A file saved meanwhile must not reload the page under the measurement.
		server: { port: 0, hmr: false, watch: null }
	});
	await server.listen();
	const executablePath = browserExecutable('chromium') ?? 'chromium';
	const browser = await chromium.launch({ executablePath, args: [...chromiumFlags] });
	try {
		const page = await browser.newPage();
		await page.goto(new URL('bench/storage/index.html', server.resolvedUrls?.local[0]).href);
		await page.waitForFunction(() => document.title === 'ready');
		return results(await page.evaluate((count) => window.measureStorage(count), rounds));
	} finally {
		await browser.close();
		await server.close();
	}
}

function results(measured: readonly Round[]): Result[] {
	return cases.map(({ name, ours, bare, against }) => {
		const value = median(measured.map((round) => round[ours]));
		const limit = median(measured.map((round) => round[bare]));
		return {
			case: name,
			value: Math.round(value),
			unit: 'blocks/s',
			against,
			ratio: Math.round((value / limit) * 100) / 100
		};
	});
}

function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
	const found = await run();
	for (const { case: name, value, unit, against, ratio } of found) {
		console.log(`${name.padEnd(32)} ${String(value).padStart(6)} ${unit}  ${ratio} x ${against}`);
	}
	console.log(JSON.stringify({ bench: 'storage', results: found }));
}
