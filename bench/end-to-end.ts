/**
 * The whole way, incompressible files to 8 partners in this machine's Chromium: block bytes on the wire a second,
 * against the total of bare data channels between the same browsers in the same run, interleaved, medians of 5.
 * Restore likewise. HOLDFAST_BENCH_MB makes a round smaller than 256 MiB.
 */
import { once } from 'node:events';
import { createWriteStream, mkdirSync } from 'node:fs';
import { randomFillSync } from 'node:crypto';
import { join } from 'node:path';
import type { App } from '../scripts/driver/app.ts';
import type { PeerState } from '../src/lib/host/api.ts';
import { servePages } from './link/pair.ts';
import { BareStar } from './link/star.ts';
import { backUp, longMs, median, withNeighbours, type Neighbours } from './neighbours.ts';
import type { Result } from './result.ts';

const rounds = 5;
const partners = 8;
const MiB = 1024 * 1024;
const roundBytes = Number(process.env['HOLDFAST_BENCH_MB'] ?? 256) * MiB;
const fileBytes = 8 * MiB;
const bareBytes = 48 * MiB;
/** The size of the app's own frames. */
const messageBytes = 64 * 1024;

/** MB a second of each round; the bare channels twice a round, before and after. */
interface Rates {
	readonly outward: number[];
	readonly backup: number[];
	readonly inward: number[];
	readonly restore: number[];
}

export default async function run(): Promise<readonly Result[]> {
	const server = await servePages();
	try {
		return await withNeighbours(partners, async (neighbours) => {
			const { owner, partners: points } = neighbours;
			const browsers = points.map(({ app }) => app.page.context());
			const star = await BareStar.open(server, owner.page.context(), browsers);
			await owner.page.bringToFront();
			return results(await measure(neighbours, star));
		});
	} finally {
		await server.close();
	}
}

async function measure(neighbours: Neighbours, star: BareStar): Promise<Rates> {
	const rates: Rates = { outward: [], backup: [], inward: [], restore: [] };
	let after = 0;
	// Connections start slowly, and code is not compiled yet.
	await measureBare(star, { outward: [], inward: [] });
	for (let round = 1; round <= rounds; round++) {
		const name = `round-${round}`;
		const path = join(neighbours.folder, name);
		await fill(path);
		await measureBare(star, rates);
		const { summary } = await backUp(neighbours.owner, path, after);
		after = summary.startedAt;
		const seconds = (summary.endedAt - summary.startedAt) / 1000;
		rates.backup.push(summary.wireBytes / 1e6 / seconds);
		rates.restore.push(await restoreRate(neighbours, name));
		await measureBare(star, rates);
		console.error(`round ${round}: ${JSON.stringify(rates)}`);
	}
	return rates;
}

async function measureBare(
	star: BareStar,
	rates: Pick<Rates, 'outward' | 'inward'>
): Promise<void> {
	const size = [bareBytes / partners / messageBytes, messageBytes] as const;
	rates.outward.push(await star.outward(...size));
	rates.inward.push(await star.inward(...size));
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

function results({ outward, backup, inward, restore }: Rates): readonly Result[] {
	const size = `${roundBytes / MiB} MiB, ${partners} partners`;
	return [result(`backup ${size}`, backup, outward), result(`restore ${size}`, restore, inward)];
}

function result(what: string, rates: readonly number[], bare: readonly number[]): Result {
	const limit = median(bare);
	return {
		case: what,
		value: median(rates),
		unit: 'MB/s of blocks',
		against: `bare channels ${limit.toFixed(1)} MB/s`,
		ratio: median(rates) / limit
	};
}
