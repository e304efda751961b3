import { basename } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../../scripts/driver/app.ts';
import type { Device } from '../../scripts/driver/device.ts';
import { grantFolders } from '../../scripts/driver/grant.ts';
import { readFolder, type FolderContent } from '../../scripts/driver/tree.ts';
import type { PeerState } from '../../src/lib/host/api.ts';
import { fillWithRandom } from './real-folder.ts';
import { restoredContent } from './restored.ts';
import { heading } from './shown.ts';
import { backedUp, protect, Story } from './story.ts';

const patienceMs = 300_000;
const fileBytes = 4_000_000;

let story: Story;
let folder: string;
let owner: Device;
let app: App;
let words: readonly string[];
let content: FolderContent;

beforeAll(async () => {
	story = await Story.begin();
	folder = story.folder('Photos');
	fillWithRandom(folder, 12, fileBytes);
	content = await readFolder(folder);
	owner = story.device('owner');
	app = await story.switchOn(owner);
	({ words } = await story.settle(app, 2));
	await owner.switchOff();
	grantFolders(owner.profile, story.address, [folder]);
	app = await story.switchOn(owner);
}, patienceMs);

afterAll(() => story.end(), patienceMs);

/** Part of the bytes, and not all of them, are with the partners. */
function halfWay({ backup }: PeerState): boolean {
	return (
		backup.stage === 'running' &&
		backup.progress.bytesDone > fileBytes &&
		backup.progress.bytesDone < backup.progress.bytesTotal - fileBytes
	);
}

it(
	'goes on by itself when the page is reloaded and when the browser is killed in the middle of a backup',
	async () => {
		await protect(app, folder);
		await app.until(halfWay);
		await app.page.reload();
		await app.until(halfWay);
		await owner.crash();
		app = await story.switchOn(owner);
		const { summary } = await backedUp(app, 0, patienceMs);
		expect(summary).toMatchObject({ files: 12, bytes: content.bytes, leftOutCount: 0 });
		const { protection } = await app.until((state) => state.protection.level === 'full');
		expect(protection.survivable).toBe(1);
	},
	patienceMs
);

it(
	'goes on by itself when the page is reloaded in the middle of a restore',
	async () => {
		await owner.destroy();
		const heir = await story.switchOn(story.device('heir'));
		await heir.recoverFromWords(words);
		await heir.page.getByRole('button', { name: 'As one zip' }).click();
		await heir.until(
			({ restore }) => restore.stage === 'running' && restore.progress.bytesDone > fileBytes
		);
		await heir.page.reload();
		const { restore } = await heir.until((state) => state.restore.stage === 'done', patienceMs);
		expect(restore).toMatchObject({
			stage: 'done',
			report: { files: 12, bytes: content.bytes, failed: [] }
		});
		await heading(heir.page, 'Your files are back');
		const root = basename(folder);
		expect((await restoredContent(story, heir)).files).toEqual(
			new Map([...content.files].map(([path, hash]) => [`${root}/${path}`, hash]))
		);
	},
	patienceMs
);
