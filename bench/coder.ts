/**
 * The erasure coder in Chromium against `@subspace/reed-solomon-erasure.wasm` and against copying memory, in the same
 * run: medians of interleaved rounds in one worker. Run by `npm run bench -- coder`, or by itself with tsx; about half a
 * minute.
 */
import { pathToFileURL, fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import type { Sample } from './coder/measure.ts';
import { browserExecutable, chromiumFlags } from '../scripts/browsers.ts';
import type { Result } from './result.ts';

const rounds = 7;
/** Fastest first: the first that ran is the one that the app would choose. */
const variants = ['relaxed', 'simd', 'scalar'] as const;

export default async function run(): Promise<Result[]> {
	const root = fileURLToPath(new URL('..', import.meta.url));
	const server = await createServer({
		root,
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
		await page.goto(new URL('bench/coder/index.html', server.resolvedUrls?.local[0]).href);
		await page.waitForFunction(() => document.title === 'ready');
		return results(await page.evaluate((count) => window.measureCoder(count), rounds));
	} finally {
		await browser.close();
		await server.close();
	}
}

function results(samples: readonly Sample[]): Result[] {
	const medians = new Map<string, Map<string, number>>();
	for (const [name, group] of grouped(samples, nameOf)) {
		const speeds = grouped(group, (sample) => sample.contender);
		medians.set(name, new Map([...speeds].map(([contender, list]) => [contender, median(list)])));
	}
	return [...medians].flatMap(([name, speeds]) => [
		...compared(name, speeds, 'encode', 'subspace encode', 'subspace'),
		...compared(name, speeds, 'decode', 'subspace decode', 'subspace'),
		...compared(name, speeds, 'encode', 'memory copy', 'memory copy').slice(0, 1)
	]);
}

/** One row for each variant that ran. The fastest one's row has the bare name of the case. */
function compared(
	name: string,
	speeds: ReadonlyMap<string, number>,
	work: 'encode' | 'decode',
	rival: string,
	against: string
): Result[] {
	const ran = variants.filter((variant) => speeds.has(`${variant} ${work}`));
	return ran.map((variant, i) => {
		const value = speeds.get(`${variant} ${work}`) ?? NaN;
		const detail = [work === 'decode' ? ' decode' : '', i === 0 ? '' : `, ${variant}`].join('');
		return {
			case: name + detail,
			value: Math.round(value),
			unit: 'MB/s',
			against,
			ratio: Math.round((value / (speeds.get(rival) ?? NaN)) * 100) / 100
		};
	});
}

function nameOf({ geometry: { m, k, blockBytes } }: Sample): string {
	return `${m}+${k} ${blockBytes / 1024} KiB`;
}

function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
	const groups = new Map<string, T[]>();
	for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
	return groups;
}

function median(samples: readonly Sample[]): number {
	const sorted = samples.map((sample) => sample.megabytesPerSecond).sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
	const found = await run();
	for (const { case: name, value, unit, against, ratio } of found) {
		console.log(`${name.padEnd(32)} ${String(value).padStart(6)} ${unit}  ${ratio} x ${against}`);
	}
	console.log(JSON.stringify({ bench: 'coder', results: found }));
}
