import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../../scripts/driver/app.ts';
import type { Device } from '../../scripts/driver/device.ts';
import { grantFolders } from '../../scripts/driver/grant.ts';
import { readFolder } from '../../scripts/driver/tree.ts';
import { fillWithRandom, write } from './real-folder.ts';
import { restoredContent } from './restored.ts';
import { backedUp, backUpAgain, finished, protect, Story } from './story.ts';

/** Far less than it takes to read a file of some megabytes and to send its blocks. */
const writeEveryMs = 10;
const patienceMs = 300_000;

let story: Story;
let folder: string;
let target: string;
let owner: Device;
let app: App;

beforeAll(async () => {
	story = await Story.begin();
	folder = story.folder('Work');
	fillWithRandom(folder, 6, 3_000_000);
	write(join(folder, 'letters', 'to anna.txt'), 'Dear Anna');
	write(join(folder, 'letters', 'to ben.txt'), 'Dear Ben');
	write(join(folder, 'log', 'growing.txt'), 'line\n');
	write(join(folder, 'changing.bin'), randomBytes(24_000_000));
	write(join(folder, 'vanishing.bin'), randomBytes(25_000_000));
	symlinkSync('letters', join(folder, 'link to letters'));
	symlinkSync(join('letters', 'to anna.txt'), join(folder, 'link to anna.txt'));
	execFileSync('mkfifo', [join(folder, 'a pipe')]);
	target = story.folder('Restored');
	mkdirSync(target);
	owner = story.device('owner');
	app = await story.switchOn(owner);
	await story.settle(app, 2);
}, patienceMs);

afterAll(() => story.end(), patienceMs);

it(
	'backs up the others when files grow, change and vanish while it reads, passes over links and does not wait for pipes',
	async () => {
		await protect(app, folder);
		await app.until(({ backup }) => backup.stage === 'running');
		rmSync(join(folder, 'vanishing.bin'));
		const writing = setInterval(() => {
			appendFileSync(join(folder, 'changing.bin'), 'more');
			appendFileSync(join(folder, 'log', 'growing.txt'), 'another line\n');
		}, writeEveryMs);
		const { summary, state } = await backedUp(app).finally(() => {
			clearInterval(writing);
		});
		const [view] = state.folders;
		const why = new Map(view?.leftOut.map((one) => [basename(one.path), one.why]));
		expect(Object.fromEntries(why)).toMatchObject({
			'changing.bin': 'It changed while it was read. It is tried again at the next backup.',
			'vanishing.bin': 'It was gone when it was read.'
		});
		expect(summary.leftOutCount).toBe(why.size);
		await app.visit('Folders');
		const leftOut = app.page.getByTestId('left-out');
		await leftOut.locator('summary').click();
		await leftOut.getByText('changing.bin').waitFor();
		await leftOut.getByText('Links to other files').waitFor();

		await app.printSheet();
		const second = await backUpAgain(app);
		expect(second.leftOutCount).toBe(0);
		expect(second.newFiles).toBeGreaterThan(0);
		const [snapshot] = (await app.state()).snapshots;
		const content = await readFolder(folder);
		expect(content.passedOver.toSorted()).toEqual([
			'a pipe',
			'link to anna.txt',
			'link to letters'
		]);
		// The pipe counts as an empty file: browsers do not tell it from one.
		expect(snapshot?.files).toBe(content.files.size + 1);
	},
	patienceMs
);

it(
	'gives back a single file and a single folder',
	async () => {
		const { page } = app;
		await app.visit('Get back');
		await app.until(({ restore }) => restore.stage === 'browsing');
		const root = basename(folder);
		await page.getByRole('button', { name: new RegExp(`^${root}\\s*, open this folder$`) }).click();
		await page.getByLabel('Get back letters').check();
		await page.getByLabel('Get back part-0.bin').check();
		await page.getByText('what you ticked (2 items)').waitFor();
		const { restore } = await app.restoreZip();
		expect(restore).toMatchObject({ stage: 'done', report: { files: 3, failed: [] } });
		const back = await restoredContent(story, app);
		const content = await readFolder(folder);
		const wanted = ['letters/to anna.txt', 'letters/to ben.txt', 'part-0.bin'];
		expect(new Map([...back.files].toSorted())).toEqual(
			new Map(wanted.map((path) => [`${root}/${path}`, content.files.get(path)]))
		);
		await page.getByRole('button', { name: /delete the zip here/ }).click();
		await app.until((state) => state.restore.stage === 'browsing');
	},
	patienceMs
);

it(
	'asks for the folder again after a restart, and goes on when it is dropped again',
	async () => {
		const before = finished(await app.state())?.startedAt ?? 0;
		expect(before).toBeGreaterThan(0);
		await owner.switchOff();
		write(join(folder, 'letters', 'to cleo.txt'), 'Dear Cleo');
		app = await story.switchOn(owner);
		await app.until(({ folders }) => folders[0]?.access === 'ask');
		await app.page.getByTestId('answer').getByText('may not read Work just now').waitFor();
		await app.page.getByRole('button', { name: 'Allow reading again' }).waitFor();
		await app.visit('Folders');
		await app.page.getByText('wants a click before Holdfast may read').waitFor();
		await app.dropFolder(folder);
		const { state } = await backedUp(app, before);
		expect(state.folders.map(({ name, access }) => [name, access])).toEqual([['Work', 'granted']]);
		const content = await readFolder(folder);
		expect(state.snapshots[0]?.files).toBe(content.files.size + 1);
	},
	patienceMs
);

it(
	'restores into a real folder',
	async () => {
		await owner.switchOff();
		grantFolders(owner.profile, story.address, [folder, target]);
		app = await story.switchOn(owner);
		await app.until(({ folders, phase }) => phase === 'ready' && folders[0]?.access === 'granted');
		await app.visit('Get back');
		await app.until(
			({ restore }) => restore.stage === 'browsing' && restore.partnersReachable === 2
		);
		await givePicker(app, target);
		await app.page.getByRole('button', { name: 'Into a folder…' }).click();
		const { restore } = await app.until((state) => state.restore.stage === 'done');
		const content = await readFolder(folder);
		expect(restore).toMatchObject({ stage: 'done', report: { failed: [] } });
		const back = await readFolder(join(target, basename(folder)));
		for (const [path, hash] of content.files)
			expect([path, back.files.get(path)]).toEqual([path, hash]);
		await app.page.getByRole('heading', { level: 1, name: 'Your files are back' }).waitFor();
	},
	patienceMs
);

/** The dialog that chooses a directory cannot be driven: what it would give comes from a drop on a covering zone. */
async function givePicker(on: App, path: string): Promise<void> {
	const { page } = on;
	await page.evaluate(`
		const zone = document.createElement('div');
		zone.style.cssText = 'position:fixed;inset:0;z-index:9';
		zone.ondragover = (event) => event.preventDefault();
		zone.ondrop = async (event) => {
			event.preventDefault();
			const handle = await event.dataTransfer.items[0].getAsFileSystemHandle();
			window.showDirectoryPicker = () => Promise.resolve(handle);
			zone.remove();
			window.picked = true;
		};
		document.body.append(zone);
	`);
	const session = await page.context().newCDPSession(page);
	const data = { items: [], files: [path], dragOperationsMask: 1 };
	for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
		await session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
	}
	await session.detach();
	await page.waitForFunction('window.picked === true');
}
