import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { App } from '../../scripts/driver/app.ts';
import { fillWithRandom } from './real-folder.ts';
import { backedUp, Story } from './story.ts';

const patienceMs = 300_000;
const inAnotherTab = 'Holdfast runs in another tab';

let story: Story;
let first: App;
let second: App;

beforeAll(async () => {
	story = await Story.begin();
	first = (await (await story.neighbourhood()).move()).app;
	await story.settle(first, 1);
	const page = await first.page.context().newPage();
	second = new App(page, story.address);
	await page.goto(story.address);
}, patienceMs);

afterAll(() => story.end(), patienceMs);

function follows(page: Page): Promise<void> {
	return page.getByText(inAnotherTab).waitFor();
}

function leads(page: Page): Promise<void> {
	return page.getByText(inAnotherTab).waitFor({ state: 'hidden' });
}

it(
	'shows the same in a second tab and carries out its commands',
	async () => {
		await follows(second.page);
		expect(await first.page.getByText(inAnotherTab).count()).toBe(0);
		const [a, b] = await Promise.all([first.state(), second.state()]);
		expect(b.self).toEqual(a.self);
		await second.visit('Settings');
		await second.page.getByLabel('Space to lend, in GB').fill('3');
		await second.page.getByRole('button', { name: 'Change the space' }).click();
		await first.until(({ lending }) => lending.limitBytes === 3_000_000_000);
		await second.page.getByLabel('Space to lend, in GB').fill('0.01');
		await second.page.getByRole('button', { name: 'Change the space' }).click();
		await second.page.getByText('That is too little space to lend.').waitFor();
	},
	patienceMs
);

it(
	'backs up a folder dropped on the second tab, which takes the lead in the middle and gives it back when it closes',
	async () => {
		const folder = story.folder('Photos');
		fillWithRandom(folder, 10, 3_000_000);
		await second.visit('Folders');
		await second.dropFolder(folder);
		await first.until(
			({ backup }) => backup.stage === 'running' && backup.progress.bytesDone > 3_000_000
		);
		await second.page.getByRole('button', { name: 'Run it in this tab instead' }).click();
		await leads(second.page);
		await follows(first.page);
		const { summary } = await backedUp(second);
		expect(summary).toMatchObject({ files: 10, bytes: 30_000_000, leftOutCount: 0 });

		await second.page.close();
		await leads(first.page);
		const state = await first.until(({ partners }) => partners.some(({ connected }) => connected));
		// The lead may change between the commit of the first tab and its last word: then the second one made another.
		const [newest] = state.snapshots;
		expect(newest).toMatchObject({ kind: 'complete', files: 10, bytes: 30_000_000, leftOut: 0 });
	},
	patienceMs
);
