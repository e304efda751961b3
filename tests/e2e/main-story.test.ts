import { statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../../scripts/driver/app.ts';
import type { Device } from '../../scripts/driver/device.ts';
import type { Neighbour } from '../../scripts/driver/neighbourhood.ts';
import { rotBlock } from '../../scripts/driver/rot.ts';
import { readFolder, type FolderContent } from '../../scripts/driver/tree.ts';
import { fillFolder, write } from './real-folder.ts';
import { backedUp, backUpAgain, held, protect, Story } from './story.ts';
import { restoredContent } from './restored.ts';

const patienceMs = 300_000;

let story: Story;
let folder: string;
let owner: Device;
let app: App;
let words: readonly string[];
let partners: readonly Neighbour[];
let diskPartner: Device;
let content: FolderContent;
let heir: App;

beforeAll(async () => {
	story = await Story.begin();
	folder = story.folder('My files');
	fillFolder(folder);
	owner = story.device('owner');
	app = await story.switchOn(owner);
	const settled = await story.settle(app, 3);
	({ words, partners } = settled);
	diskPartner = story.device('disk-partner');
	await (await story.switchOn(diskPartner)).firstRun({ join: settled.invitation });
	await app.until((state) => held(state) === 4);
}, patienceMs);

afterAll(() => story.end(), patienceMs);

it(
	'backs a real folder up to four partners',
	async () => {
		await protect(app, folder);
		const { summary } = await backedUp(app);
		content = await readFolder(folder);
		expect(summary.files).toBe(content.files.size);
		expect(summary.bytes).toBe(content.bytes);
		expect(summary.leftOutCount).toBe(0);
		const { protection } = await app.until((state) => state.protection.level === 'full');
		expect(protection.survivable).toBe(2);
	},
	patienceMs
);

it(
	'sends nothing when nothing changed',
	async () => {
		await app.printSheet();
		const summary = await backUpAgain(app);
		expect(summary).toMatchObject({ files: content.files.size, newDataBytes: 0, newFiles: 0 });
		await app.page.getByTestId('last-backup').getByText('nothing had changed').waitFor();
	},
	patienceMs
);

it(
	'sends only the file that changed',
	async () => {
		const changed = 'This one is new.'.repeat(1000);
		write(join(folder, 'letters', 'to anna, again.txt'), changed);
		const summary = await backUpAgain(app);
		expect(summary.newFiles).toBe(1);
		expect(summary.newDataBytes).toBeGreaterThan(0);
		expect(summary.newDataBytes).toBeLessThan(changed.length + 100_000);
		content = await readFolder(folder);
		await app.until((state) => state.protection.level === 'full');
	},
	patienceMs
);

it(
	'gives every byte back from the words, with the machine and a partner lost and another one rotten',
	async () => {
		await owner.destroy();
		await partners[0]?.leave();
		await diskPartner.switchOff();
		expect(statSync(rotBlock(diskPartner.profile)).isFile()).toBe(true);
		await story.switchOn(diskPartner);

		heir = await story.switchOn(story.device('heir'));
		const found = await heir.recoverFromWords(words);
		expect(found.snapshots[0]).toMatchObject({ kind: 'complete', files: content.files.size });
		await heir.until(
			({ restore }) => restore.stage === 'browsing' && restore.partnersReachable === 3
		);
		const { restore } = await heir.restoreZip();
		expect(restore).toMatchObject({
			stage: 'done',
			report: { files: content.files.size, bytes: content.bytes, failed: [], renamed: [] }
		});
		const back = await restoredContent(story, heir);
		const root = basename(folder);
		expect(back.files).toEqual(
			new Map([...content.files].map(([path, hash]) => [`${root}/${path}`, hash]))
		);
		for (const path of content.directories) expect(back.directories).toContain(`${root}/${path}`);
	},
	patienceMs
);

it(
	'takes the backup over, is linked with its partners without a reload, and backs up again',
	async () => {
		await heir.takeOver();
		const state = await heir.until(
			({ phase, partners: all }) =>
				phase === 'ready' && all.filter(({ connected }) => connected).length === 3
		);
		expect(state.snapshots[0]).toMatchObject({ kind: 'complete', files: content.files.size });
		const fresh = story.folder('New machine');
		write(join(fresh, 'first.txt'), 'written after the take-over');
		await protect(heir, fresh);
		const { summary } = await backedUp(heir);
		expect(summary).toMatchObject({ files: 1, newFiles: 1 });
	},
	patienceMs
);
