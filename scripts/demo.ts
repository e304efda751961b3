/**
 * The whole story with real browsers: `npm run demo -- --folder PATH --partners 8 --lose 3`. Every step goes
 * through the app's own pages; every file is compared by its hash at the end. The last line is one JSON object.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startServer } from '../signaling/server.ts';
import type { PeerState } from '../src/lib/host/api.ts';
import { App } from './driver/app.ts';
import { Device } from './driver/device.ts';
import { savedZip } from './driver/download.ts';
import { rotBlock } from './driver/rot.ts';
import { readFolder, type FolderContent } from './driver/tree.ts';
import { zipEntries } from './driver/zip.ts';

interface Options {
	readonly folder: string;
	readonly partners: number;
	readonly lose: number;
	readonly restoreWith: 'chromium' | 'firefox';
}

interface Result {
	readonly files: number;
	readonly bytes: number;
	readonly backupSeconds: number;
	readonly incrementalSeconds: number;
	readonly incrementalDataBytes: number;
	readonly restoreSeconds: number;
	readonly partners: number;
	readonly lost: number;
	readonly identical: boolean;
}

/** Longest wait for a whole backup or restore. */
const longMs = 6 * 60 * 60_000;

const started = Date.now();
const say = (text: string): void => {
	console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(7)} s  ${text}`);
};
const size = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function options(): Options {
	const { values } = parseArgs({
		options: {
			folder: { type: 'string' },
			partners: { type: 'string', default: '8' },
			lose: { type: 'string', default: '3' },
			'restore-with': { type: 'string', default: 'chromium' }
		}
	});
	const partners = Number(values.partners);
	const lose = Number(values.lose);
	const restoreWith = values['restore-with'];
	if (values.folder === undefined) throw new Error('--folder PATH is missing');
	if (!statSync(values.folder).isDirectory()) throw new Error(`${values.folder} is no folder`);
	if (!Number.isInteger(partners) || partners < 1) throw new Error('--partners takes a number');
	if (!Number.isInteger(lose) || lose < 0 || lose >= partners) {
		throw new Error('--lose takes a number below that of the partners');
	}
	if (restoreWith !== 'chromium' && restoreWith !== 'firefox') {
		throw new Error('--restore-with takes chromium or firefox');
	}
	return { folder: resolve(values.folder), partners, lose, restoreWith };
}

/** Everybody who takes part, so that nothing is left behind whatever happens. */
const devices: Device[] = [];

function device(name: string, browser: Device['browser'] = 'chromium'): Device {
	const made = new Device(name, browser);
	devices.push(made);
	return made;
}

async function tell(o: Options, address: string): Promise<Result> {
	const before = await readFolder(o.folder);
	say(`${o.folder}: ${before.files.size} files, ${size(before.bytes)}`);

	const owner = device('owner');
	const app = new App(await owner.switchOn(address), address);
	const words = await app.firstRun({ start: 'Family' }, 50);
	const invitation = await app.invitation('Family');
	say('a new peer: 24 words written down, three confirmed, the circle “Family” started');

	const partners = await settlePartners(o, address, invitation);
	await app.until((state) => held(state) === o.partners);
	say(`${o.partners} partners joined and agreed`);

	const first = await backUp(app, owner, o.folder);
	await app.printSheet();
	say('the recovery sheet is printed');
	const second = await backUpAgain(app, owner, first);

	await owner.destroy();
	const gone = partners.slice(0, o.lose);
	for (const lost of gone) await lost.destroy();
	say(`the owner’s machine is gone, and ${o.lose} of ${o.partners} partners with it`);
	const rotten = partners[o.lose];
	if (rotten !== undefined && o.lose + 1 < o.partners) await rot(rotten, address);

	const { seconds, content } = await restore(o, address, words);
	const identical = compare(before, content, basename(o.folder));
	return {
		files: before.files.size,
		bytes: before.bytes,
		backupSeconds: secondsOf(first),
		incrementalSeconds: secondsOf(second),
		incrementalDataBytes: second.newDataBytes,
		restoreSeconds: seconds,
		partners: o.partners,
		lost: o.lose,
		identical
	};
}

async function settlePartners(
	o: Options,
	address: string,
	invitation: string
): Promise<readonly Device[]> {
	const partners: Device[] = [];
	for (let i = 1; i <= o.partners; i++) {
		const partner = device(`partner-${i}`);
		await new App(await partner.switchOn(address), address).firstRun({ join: invitation }, 50);
		partners.push(partner);
		say(`partner ${i} joined the circle`);
	}
	return partners;
}

type Summary = NonNullable<Extract<PeerState['backup'], { stage: 'idle' }>['last']>;

async function backUp(app: App, owner: Device, folder: string): Promise<Summary> {
	await owner.page.goto(`${app.address}/folders`);
	await app.dropFolder(folder);
	say('the folder is dropped on the page');
	const state = await app.until((s) => finished(s) !== undefined, longMs);
	const done = finished(state);
	if (done === undefined) throw new Error('no backup');
	say(
		`first backup: ${done.files} files, ${size(done.newDataBytes)} of data, ${size(done.wireBytes)} of ` +
			`blocks to partners in ${secondsOf(done)} s; any ${state.protection.survivable} may vanish`
	);
	return done;
}

async function backUpAgain(app: App, owner: Device, first: Summary): Promise<Summary> {
	await app.visit('Home');
	await owner.page.getByRole('button', { name: 'Back up now' }).click();
	const state = await app.until((s) => (finished(s)?.startedAt ?? 0) > first.startedAt, longMs);
	const done = finished(state);
	if (done === undefined) throw new Error('no second backup');
	say(
		`second backup, nothing changed: ${done.newDataBytes} bytes of new data in ${secondsOf(done)} s`
	);
	return done;
}

async function rot(partner: Device, address: string): Promise<void> {
	await partner.switchOff();
	rotBlock(partner.profile);
	await partner.switchOn(address);
	say(`one block rots on the disk of ${partner.name}`);
}

async function restore(
	o: Options,
	address: string,
	words: readonly string[]
): Promise<{ readonly seconds: number; readonly content: ReadonlyMap<string, string> }> {
	const heir = device('heir', o.restoreWith);
	const app = new App(await heir.switchOn(address), address);
	const from = Date.now();
	const found = await app.recoverFromWords(words);
	const { restore: view } = found;
	if (view.stage !== 'browsing') throw new Error('nothing to browse');
	say(
		`a fresh ${o.restoreWith} and the words: ${view.partnersReachable} of ${view.partnersKnown} partners found, ` +
			`${view.confirmedBy} confirm the newest snapshot`
	);
	const state = await app.restoreZip(longMs);
	const seconds = (Date.now() - from) / 1000;
	if (state.restore.stage !== 'done') throw new Error('no restore');
	const { report } = state.restore;
	say(`restored ${report.files} files, ${size(report.bytes)} in ${seconds.toFixed(1)} s`);
	for (const name of report.rottenPartners)
		say(`${name} returned a rotten block; others replaced it`);
	for (const { path, why } of report.failed) say(`not restored: ${path}: ${why}`);
	return { seconds: Number(seconds.toFixed(1)), content: await contentOf(app, heir) };
}

/** SHA-256 of every file in the zip, by its path. */
async function contentOf(app: App, heir: Device): Promise<ReadonlyMap<string, string>> {
	const folder = mkdtempSync(join(tmpdir(), 'holdfast-zip-'));
	try {
		const path = await savedZip(app, heir.browser, join(folder, 'restored.zip'));
		const content = new Map<string, string>();
		for await (const entry of zipEntries(path)) content.set(entry.name, entry.sha256);
		return content;
	} finally {
		rmSync(folder, { recursive: true });
	}
}

function compare(
	before: FolderContent,
	content: ReadonlyMap<string, string>,
	root: string
): boolean {
	const wrong = [...before.files].filter(([path, hash]) => content.get(`${root}/${path}`) !== hash);
	for (const [path] of wrong.slice(0, 10)) say(`different or missing: ${path}`);
	if (before.passedOver.length > 0) {
		say(
			`${before.passedOver.length} links and special files, which no browser lists, are not in it`
		);
	}
	const identical = wrong.length === 0;
	if (identical) say(`every one of ${before.files.size} files is identical`);
	return identical;
}

function held(state: PeerState): number {
	return state.partners.filter(({ standing }) => standing === 'held').length;
}

function finished(state: PeerState): Summary | undefined {
	return state.backup.stage === 'idle' ? state.backup.last : undefined;
}

function secondsOf({ startedAt, endedAt }: Summary): number {
	return Number(((endedAt - startedAt) / 1000).toFixed(1));
}

async function main(): Promise<void> {
	const server = await startServer({ port: 0, appFolder: 'build' });
	try {
		const result = await tell(options(), server.url);
		console.log(JSON.stringify(result));
		process.exitCode = result.identical ? 0 : 1;
	} finally {
		await Promise.allSettled(devices.map((each) => each.destroy()));
		await server.close();
	}
}

await main();
