/** Owner and partners in the real app, for the benchmarks that measure it whole. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from '../scripts/driver/app.ts';
import { Device } from '../scripts/driver/device.ts';
import { Neighbourhood, type Neighbour } from '../scripts/driver/neighbourhood.ts';
import { startServer } from '../signaling/server.ts';
import type { PeerState } from '../src/lib/host/api.ts';

export type BackupSummary = NonNullable<Extract<PeerState['backup'], { stage: 'idle' }>['last']>;

/** A backup of this size takes minutes where WebRTC has to share two cores. */
export const longMs = 60 * 60_000;

export interface Neighbours {
	readonly address: string;
	readonly owner: App;
	readonly device: Device;
	readonly words: readonly string[];
	readonly neighbourhood: Neighbourhood;
	readonly partners: readonly Neighbour[];
	/** Removed at the end, with all that is in it. */
	readonly folder: string;
}

/** Runs `work` with an owner and so many partners that agreed. The app must have been built. */
export async function withNeighbours<T>(
	partners: number,
	work: (neighbours: Neighbours) => Promise<T>
): Promise<T> {
	const server = await startServer({ port: 0, appFolder: process.env['HOLDFAST_APP'] ?? 'build' });
	const neighbourhood = await Neighbourhood.open(server.url);
	const device = new Device('owner');
	const folder = mkdtempSync(join(tmpdir(), 'holdfast-bench-'));
	try {
		const owner = new App(await device.switchOn(server.url), server.url);
		const words = await owner.firstRun({ start: 'Bench' }, 50);
		const invitation = await owner.invitation('Bench');
		const joined: Neighbour[] = [];
		for (let i = 0; i < partners; i++)
			joined.push(...(await neighbourhood.join(invitation, 1, 50)));
		await owner.until((state) => held(state) === partners, longMs);
		const { url: address } = server;
		return await work({ address, owner, device, words, neighbourhood, partners: joined, folder });
	} finally {
		rmSync(folder, { recursive: true, force: true });
		await device.destroy();
		await neighbourhood.close();
		await server.close();
	}
}

/** Drops a folder on the owner's page and waits until it is backed up. */
export async function backUp(
	owner: App,
	path: string,
	after: number
): Promise<{ readonly summary: BackupSummary; readonly state: PeerState }> {
	await owner.visit('Folders');
	await owner.page.getByTestId('drop-zone').waitFor();
	await owner.dropFolder(path);
	const state = await owner.until((s) => (lastBackup(s)?.startedAt ?? 0) > after, longMs);
	const summary = lastBackup(state);
	if (summary === undefined) throw new Error('no backup was made');
	return { summary, state };
}

export function lastBackup(state: PeerState): BackupSummary | undefined {
	return state.backup.stage === 'idle' ? state.backup.last : undefined;
}

function held(state: PeerState): number {
	return state.partners.filter(({ standing }) => standing === 'held').length;
}

export function median(values: readonly number[]): number {
	return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
