import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Page } from 'playwright';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../../scripts/driver/app.ts';
import type { Neighbour } from '../../scripts/driver/neighbourhood.ts';
import { readFolder } from '../../scripts/driver/tree.ts';
import { readWords, wordsOf } from '../../src/lib/engine/keys/words.ts';
import type { Problem } from '../../src/lib/host/api.ts';
import { fillWithRandom, write } from './real-folder.ts';
import { restoredContent } from './restored.ts';
import { heading, shownProblem } from './shown.ts';
import { backedUp, protect, Story } from './story.ts';

const patienceMs = 300_000;
const passphrase = 'a long walk by the sea';

let story: Story;
let folder: string;
let owner: App;
let words: readonly string[];
let partners: readonly Neighbour[];
let plainFile: Buffer;
let lockedFile: Buffer;

beforeAll(async () => {
	story = await Story.begin();
	folder = story.folder('Letters');
	fillWithRandom(folder, 4, 200_000);
	write(join(folder, 'to anna.txt'), 'Dear Anna');
	owner = (await (await story.neighbourhood()).move()).app;
	({ words, partners } = await story.settle(owner, 1));
	await protect(owner, folder);
	await backedUp(owner);
	plainFile = await savedRecoveryFile();
	lockedFile = await savedRecoveryFile(passphrase);
}, patienceMs);

afterAll(() => story.end(), patienceMs);

async function savedRecoveryFile(locked?: string): Promise<Buffer> {
	const { page } = owner;
	await page.goto(`${owner.address}/sheet`);
	if (locked !== undefined) await page.getByLabel('Passphrase (optional)').fill(locked);
	const downloading = page.waitForEvent('download');
	await page.getByRole('button', { name: 'Save the recovery file' }).click();
	const download = await downloading;
	expect(download.suggestedFilename()).toMatch(/\.holdfast-recovery$/);
	return readFileSync(await download.path());
}

async function giveWords(page: Page, given: readonly string[], button: string): Promise<void> {
	await page.getByRole('radio', { name: 'The 24 words' }).check();
	await page.getByRole('textbox', { name: 'Your 24 words' }).fill(given.join(' '));
	await page.getByRole('button', { name: button, exact: true }).click();
}

async function giveCode(page: Page, text: string): Promise<void> {
	await page.getByRole('radio', { name: 'The code' }).check();
	await page.getByLabel('Or the text of the code').fill(text);
	await page.getByRole('button', { name: 'Find my files', exact: true }).click();
}

async function giveFile(page: Page, buffer: Buffer, withPassphrase = ''): Promise<void> {
	await page.getByRole('radio', { name: 'The recovery file' }).check();
	const file = { name: 'mine.holdfast-recovery', mimeType: 'application/octet-stream', buffer };
	await page.getByLabel('Recovery file', { exact: true }).setInputFiles(file);
	await page.getByLabel('Passphrase', { exact: true }).fill(withPassphrase);
	await page.getByRole('button', { name: 'Find my files', exact: true }).click();
}

/** The words of the sheet with two changed places, and a checksum that does not match. */
function misordered(): readonly string[] {
	for (let place = 1; place < words.length; place++) {
		const swapped = words.with(0, words[place] ?? '').with(place, words[0] ?? '');
		if (readWords(swapped.join(' ')).kind === 'checksum') return swapped;
	}
	throw new Error('all the words are alike');
}

it(
	'refuses what is wrong on an empty browser, says why, and changes nothing',
	async () => {
		const newcomer = await (await story.neighbourhood()).move();
		const { page } = newcomer.app;
		await page.goto(`${newcomer.app.address}/get-back`);
		const refused = async (give: () => Promise<void>, why: RegExp): Promise<Problem> => {
			await give();
			const note = page.getByTestId('problem').filter({ hasText: why });
			await note.waitFor();
			const problem = await shownProblem(page);
			expect(problem.what).toMatch(why);
			const { phase, restore } = await newcomer.app.state();
			expect({ phase, stage: restore.stage }).toEqual({ phase: 'new', stage: 'none' });
			return problem;
		};
		const find = 'Find my files';
		await refused(() => giveWords(page, words.with(4, 'holdfest'), find), /Word 5, “holdfest”/);
		await refused(() => giveWords(page, misordered(), find), /nobody’s recovery words/);
		await refused(() => giveWords(page, words.slice(1), find), /24 words/);
		await refused(
			() => giveCode(page, 'https://example.org/menu.pdf'),
			/not from a recovery sheet/
		);
		await refused(() => giveFile(page, plainFile.subarray(0, -40)), /The end of this file/);
		await refused(() => giveFile(page, Buffer.from('%PDF-1.7')), /not a recovery file/);
		const newer = Buffer.from(plainFile.toString().replace('"version": 1', '"version": 7'));
		await refused(() => giveFile(page, newer), /version 7/);
		const touched = Buffer.from(plainFile.toString().replace('"words": "', '"words": "a'));
		await refused(() => giveFile(page, touched), /damaged/);
		await refused(() => giveFile(page, lockedFile), /locked with a passphrase/);
		await refused(() => giveFile(page, lockedFile, 'open sesame'), /passphrase does not open/);
		await newcomer.leave();
	},
	patienceMs
);

it(
	'checks a sheet on the browser that made it, and tells words of another peer',
	async () => {
		const { page } = owner;
		await page.goto(`${owner.address}/sheet`);
		await giveWords(page, words, 'Check it');
		await page.getByText('It opens your backup.').waitFor();
		await giveWords(page, wordsOf(new Uint8Array(32).fill(7)), 'Check it');
		expect((await shownProblem(page)).what).toBe('These words belong to another peer.');
		expect(await page.getByText('It opens your backup.').count()).toBe(0);
		const { self, phase } = await owner.state();
		expect({ restored: self?.restored, phase }).toEqual({ restored: false, phase: 'ready' });
	},
	patienceMs
);

it(
	'lets go of words that nobody answers to',
	async () => {
		const newcomer = await (await story.neighbourhood()).move();
		const { page } = newcomer.app;
		await page.goto(`${newcomer.app.address}/get-back`);
		await giveWords(page, wordsOf(new Uint8Array(32).fill(9)), 'Find my files');
		await heading(page, 'Looking for your partners');
		await page.getByText('Nobody has answered yet').waitFor();
		await page.getByRole('button', { name: 'Stop looking' }).click();
		await page.waitForURL('**/welcome');
		expect((await newcomer.app.state()).phase).toBe('new');
		await page.goto(`${newcomer.app.address}/get-back`);
		await giveWords(page, words, 'Find my files');
		await newcomer.app.until(({ restore }) => restore.stage === 'browsing');
		await newcomer.leave();
	},
	patienceMs
);

it.each([
	['plain', () => plainFile, ''],
	['locked', () => lockedFile, passphrase]
] as const)(
	'finds the backup with a %s recovery file',
	async (_, file, withPassphrase) => {
		const newcomer = await (await story.neighbourhood()).move();
		const { page } = newcomer.app;
		await page.goto(`${newcomer.app.address}/get-back`);
		await giveFile(page, file(), withPassphrase);
		const { snapshots } = await newcomer.app.until(({ restore }) => restore.stage === 'browsing');
		expect(snapshots[0]).toMatchObject({ kind: 'complete', files: 5 });
		await heading(page, 'Your files are here');
		await newcomer.leave();
	},
	patienceMs
);

it(
	'restores in Firefox from the words into a zip',
	async () => {
		expect(partners.length).toBe(1);
		const heir = await story.switchOn(story.device('firefox', 'firefox'));
		await heir.recoverFromWords(words);
		const { restore } = await heir.restoreZip();
		const content = await readFolder(folder);
		expect(restore).toMatchObject({ stage: 'done', report: { files: 5, bytes: content.bytes } });
		const back = await restoredContent(story, heir, 'firefox');
		const root = basename(folder);
		expect(back.files).toEqual(
			new Map([...content.files].map(([path, hash]) => [`${root}/${path}`, hash]))
		);
	},
	patienceMs
);
