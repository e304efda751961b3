/** What every story has: the app and its broker, machines, neighbours and real folders, all gone at the end. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserName } from '../../scripts/browsers.ts';
import { App } from '../../scripts/driver/app.ts';
import { Device } from '../../scripts/driver/device.ts';
import { Neighbourhood, type Neighbour } from '../../scripts/driver/neighbourhood.ts';
import { startServer, type RunningServer, type ServerOptions } from '../../signaling/server.ts';
import type { BackupSummary, PeerState } from '../../src/lib/host/api.ts';

/** Where the built app lies. */
export const appFolder = process.env['HOLDFAST_APP'] ?? 'build';

export class Story {
	readonly address: string;
	#server: RunningServer | undefined;
	#neighbourhood: Neighbourhood | undefined;
	readonly #port: number;
	readonly #devices: Device[] = [];
	readonly #folders: string[] = [];

	private constructor(server: RunningServer) {
		this.#server = server;
		this.#port = server.port;
		this.address = server.url;
	}

	static async begin(options: ServerOptions = {}): Promise<Story> {
		return new Story(await startServer({ port: 0, appFolder, ...options }));
	}

	/** Every connection of the broker breaks, and nobody answers at the port. */
	async stopServer(): Promise<void> {
		await this.#server?.close();
		this.#server = undefined;
	}

	/** On the same port as before. */
	async startServer(options: ServerOptions = {}): Promise<void> {
		this.#server = await startServer({ port: this.#port, appFolder, ...options });
	}

	/** A machine with a disk of its own, switched off. */
	device(name: string, browser: BrowserName = 'chromium'): Device {
		const device = new Device(name, browser);
		this.#devices.push(device);
		return device;
	}

	/** Switches a machine on with the app open. */
	async switchOn(device: Device): Promise<App> {
		return new App(await device.switchOn(this.address), this.address);
	}

	/** The browser in which the partners live. */
	async neighbourhood(): Promise<Neighbourhood> {
		this.#neighbourhood ??= await Neighbourhood.open(this.address);
		return this.#neighbourhood;
	}

	/** A new peer with a circle and so many partners that hold its blocks. */
	async settle(
		app: App,
		partners: number
	): Promise<{
		readonly words: readonly string[];
		readonly invitation: string;
		readonly partners: readonly Neighbour[];
	}> {
		const words = await app.firstRun({ start: 'Family' });
		const invitation = await app.invitation('Family');
		const joined = await (await this.neighbourhood()).join(invitation, partners);
		await app.until((state) => held(state) === partners);
		return { words, invitation, partners: joined };
	}

	/** An empty folder on the real disk. */
	folder(name: string): string {
		const root = mkdtempSync(join(tmpdir(), 'holdfast-e2e-'));
		this.#folders.push(root);
		return join(root, name);
	}

	async end(): Promise<void> {
		await Promise.allSettled(this.#devices.map((device) => device.destroy()));
		await this.#neighbourhood?.close();
		await this.stopServer();
		for (const folder of this.#folders) {
			rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
		}
	}
}

/** Partners with an agreement that are connected. */
export function held(state: PeerState): number {
	return state.partners.filter(({ standing }) => standing === 'held').length;
}

/** The last backup that ended, while none runs. */
export function finished(state: PeerState): BackupSummary | undefined {
	return state.backup.stage === 'idle' ? state.backup.last : undefined;
}

/** Goes to the folders and drops one there. */
export async function protect(app: App, folder: string): Promise<void> {
	await app.visit('Folders');
	await app.dropFolder(folder);
}

/** Resolves with the first backup that began after a moment. */
export async function backedUp(
	app: App,
	after = 0,
	timeoutMs?: number
): Promise<{ readonly summary: BackupSummary; readonly state: PeerState }> {
	const state = await app.until((s) => (finished(s)?.startedAt ?? 0) > after, timeoutMs);
	const summary = finished(state);
	if (summary === undefined) throw new Error('no backup');
	return { summary, state };
}

/** Presses the one button of Home and resolves with the backup that it started. */
export async function backUpAgain(app: App): Promise<BackupSummary> {
	const before = finished(await app.state())?.startedAt ?? 0;
	await app.visit('Home');
	await app.page.getByRole('button', { name: /Back up now/ }).click();
	return (await backedUp(app, before)).summary;
}
