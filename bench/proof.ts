/**
 * Tagging in Chromium against hash-wasm's BLAKE3 in the same run, and a proof over a shelf of 10 GiB against its limits:
 * medians of interleaved rounds in one worker. Run by `npm run bench -- proof`, or by itself with tsx; about ten seconds.
 */
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { browserExecutable, chromiumFlags } from '../scripts/browsers.ts';
import type { Found } from './proof/measure.ts';
import type { Result } from './result.ts';

const rounds = 9;
const answerMsMax = 100;
const readBytesMax = 2 ** 20;

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
		await page.goto(new URL('bench/proof/index.html', server.resolvedUrls?.local[0]).href);
		await page.waitForFunction(() => document.title === 'ready');
		return results(await page.evaluate((count) => window.measureProofs(count), rounds));
	} finally {
		await browser.close();
		await server.close();
	}
}

function results({ samples, proofs }: Found): Result[] {
	const speedOf = (name: string): number =>
		median(samples.flatMap((each) => (each.contender === name ? each.megabytesPerSecond : [])));
	const names = [...new Set(samples.map(({ contender }) => contender))];
	const hash = 'BLAKE3';
	const tagged = names
		.filter((name) => name !== hash)
		.map((name) => {
			const value = speedOf(name);
			const against = `${hash} by hash-wasm`;
			const ratio = value / speedOf(hash);
			return { case: `tag 256 KiB, ${name}`, value, unit: 'MB/s', against, ratio };
		});
	const answerMs = median(proofs.map((proof) => proof.answerMs));
	const checkMs = median(proofs.map((proof) => proof.checkMs));
	const readBytes = Math.max(...proofs.map((proof) => proof.readBytes));
	return [
		...tagged,
		limited('answer a proof over 10 GiB', answerMs, 'ms', answerMsMax),
		limited('check it', checkMs, 'ms', answerMsMax),
		limited('read for it', readBytes, 'bytes', readBytesMax)
	];
}

function limited(name: string, value: number, unit: string, limit: number): Result {
	return { case: name, value, unit, against: `limit of ${limit}`, ratio: value / limit };
}

function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
	for (const { case: name, value, unit, against, ratio } of await run()) {
		const figures = `${value.toPrecision(4).padStart(9)} ${unit.padEnd(5)} ${ratio.toFixed(3)} x ${against}`;
		console.log(`${name.padEnd(44)} ${figures}`);
	}
}
