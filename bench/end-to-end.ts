/**
 * The whole way, incompressible files to 8 partners in this machine's Chromium: block bytes on the wire a second,
 * against the total of a bare data channel in the same run, interleaved, medians of 5. Restore likewise.
 * HOLDFAST_BENCH_MB makes a round smaller than 256 MiB.
 */
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import type { Page } from 'playwright';
import type { App } from '../scripts/driver/app.ts';
import type { PeerState } from '../src/lib/host/api.ts';
import { openBrowser, openPair, servePages } from './link/pair.ts';
import type { BenchPeer } from './link/page.ts';
import { backUp, longMs, median, withNeighbours, type Neighbours } from './neighbours.ts';
import type { Result } from './result.ts';

declare const benchPeer: BenchPeer;

const rounds = 5;
const partners = 8;
const MiB = 1024 * 1024;
const roundBytes = Number(process.env['HOLDFAST_BENCH_MB'] ?? 256) * MiB;
const fileBytes = 8 * MiB;
const bareBytes = 48 * MiB;
/** The size of the app's own frames. */
const messageBytes = 64 * 1024;

interface Rates {
	readonly bare: number[];
	readonly backup: number[];
	readonly restore: number[];
}

export default async function run(): Promise<readonly Result[]> {
	const server = await servePages();
	const context = await openBrowser('chromium');
	try {
		const page = await openPair(server, context, context);
		await page.evaluate(() => benchPeer.connectBare());
		const rates = await withNeighbours(partners, (neighbours) => measure(neighbours, page));
		return results(rates);
	} finally {
		await context.browser()?.close();
		await server.close();
	}
}

async function measure(neighbours: Neighbours, bare: Page): Promise<Rates> {
	const rates: Rates = { bare: [], backup: [], restore: [] };
	let after = 0;
	for (let round = 1; round <= rounds; round++) {
		const name = `round-${round}`;
		const path = join(neighbours.folder, name);
		await fill(path);
		rates.bare.push(await bareRate(bare));
		const { summary } = await backUp(neighbours.owner, path, after);
		after = summary.startedAt;
		const seconds = (summary.endedAt - summary.startedAt) / 1000;
		rates.backup.push(summary.wireBytes / 1e6 / seconds);
		rates.restore.push(await restoreRate(neighbours, name));
		rates.bare.push(await bareRate(bare));
		console.error(`round ${round}: ${JSON.stringify(rates)}`);
	}
	return rates;
}

async function bareRate(page: Page): Promise<number> {
	const size = [bareBytes / messageBytes, messageBytes] as const;
	const seconds = await page.evaluate(
		([messages, bytes]) => benchPeer.carryBare(messages, bytes),
		size
	);
	return bareBytes / 1e6 / seconds;
}

/** Restores one round's folder into a zip in a fresh browser: m blocks of every stripe cross the wire. */
async function restoreRate({ neighbourhood, words }: Neighbours, name: string): Promise<number> {
	const heir = await neighbourhood.move();
	const found = await heir.app.recoverFromWords(words);
	const snapshot = found.snapshots[0];
	if (snapshot === undefined) throw new Error('no snapshot');
	await ask(heir.app, 'restore', [snapshot.id, [[name]], { kind: 'zip' }]);
	const state = await heir.app.until((s) => s.restore.stage === 'done', longMs);
	await heir.leave();
	return wireRate(state);
}

function wireRate(state: PeerState): number {
	if (state.restore.stage !== 'done') throw new Error('no restore');
	const { bytes, startedAt, endedAt, failed } = state.restore.report;
	if (failed.length > 0 || bytes !== roundBytes) throw new Error('the restore is not whole');
	return bytes / 1e6 / ((endedAt - startedAt) / 1000);
}

/** Gives a command as a second tab would. */
async function ask(app: App, name: string, parameters: readonly unknown[]): Promise<void> {
	await app.page.evaluate(
		(call) =>
			new Promise<void>((resolve) => {
				const channel = new BroadcastChannel('holdfast');
				channel.onmessage = ({ data }: MessageEvent<{ kind: string; id?: string }>) => {
					if (data.kind !== 'result' || data.id !== call.id) return;
					channel.close();
					resolve();
				};
				channel.postMessage(call);
			}),
		{ kind: 'command', id: `bench ${name}`, name, parameters }
	);
}

/** Files that no compression shrinks. */
async function fill(path: string): Promise<void> {
	mkdirSync(path);
	for (let at = 0, i = 0; at < roundBytes; at += fileBytes, i++) {
		const file = createWriteStream(join(path, `file-${i}.bin`));
		file.end(randomFillSync(Buffer.allocUnsafe(Math.min(fileBytes, roundBytes - at))));
		await once(file, 'close');
	}
}

function results({ bare, backup, restore }: Rates): readonly Result[] {
	const limit = median(bare);
	const against = `bare channel ${limit.toFixed(1)} MB/s`;
	const size = `${roundBytes / MiB} MiB, ${partners} partners`;
	return [
		{
			case: `backup ${size}`,
			value: median(backup),
			unit: 'MB/s of blocks',
			against,
			ratio: median(backup) / limit
		},
		{
			case: `restore ${size}`,
			value: median(restore),
			unit: 'MB/s of blocks',
			against,
			ratio: median(restore) / limit
		}
	];
}
