/**
 * Renders the pages in their important states to PNG files under .tmp/pictures, narrow and wide, light and dark. Usage: tsx scripts/pictures.ts
 * [part of a name] [--quick]; quick takes only wide and light, and narrow and dark
 */
import { mkdir } from 'node:fs/promises';
import { chromium, type Browser, type Page } from 'playwright';
import { openGallery, type GalleryServer } from '../tests/ui/gallery-server.ts';
import { browserExecutable, chromiumFlags } from './browsers.ts';

interface Picture {
	readonly name: string;
	readonly page: string;
	readonly state: string;
	/** What is done before the picture is taken. */
	readonly act?: (page: Page) => Promise<void>;
}

const out = '.tmp/pictures';
const quick = process.argv.includes('--quick');
const views = [
	{ width: 1280, colorScheme: 'light' },
	{ width: 390, colorScheme: 'dark' },
	...(quick
		? []
		: ([
				{ width: 1280, colorScheme: 'dark' },
				{ width: 390, colorScheme: 'light' }
			] as const))
] as const;

function press(name: string | RegExp): (page: Page) => Promise<void> {
	return (page) => page.getByRole('button', { name }).first().click();
}

const pictures: readonly Picture[] = [
	{ name: 'welcome', page: '/welcome', state: 'new' },
	{ name: 'insecure', page: 'insecure', state: 'new' },
	{ name: 'start-1-paper', page: '/start', state: 'new' },
	{ name: 'start-2-words', page: '/start', state: 'wordsOpen' },
	{ name: 'start-3-confirm', page: '/start', state: 'wordsOpen', act: confirmWrongly },
	{ name: 'start-4-circle', page: '/start', state: 'wordsOpen', act: toCircle },
	{ name: 'start-5-space', page: '/start', state: 'wordsOpen', act: toSpace },
	{ name: 'start-6-folder', page: '/start', state: 'setUp' },
	{ name: 'home-safe', page: '/', state: 'safe' },
	{ name: 'home-first', page: '/', state: 'firstBackup' },
	{ name: 'home-new', page: '/', state: 'setUp' },
	{ name: 'home-waiting', page: '/', state: 'waiting' },
	{ name: 'home-partly', page: '/', state: 'partly' },
	{ name: 'home-away', page: '/', state: 'away' },
	{ name: 'home-paused', page: '/', state: 'paused' },
	{ name: 'home-follower', page: '/', state: 'follower' },
	{ name: 'home-starting', page: '/', state: 'starting' },
	{ name: 'folders', page: '/folders', state: 'safe' },
	{ name: 'folders-trouble', page: '/folders', state: 'folderTrouble' },
	{ name: 'folders-remove', page: '/folders', state: 'safe', act: press(/Stop protecting Photos/) },
	{ name: 'partners', page: '/partners', state: 'away', act: press(/Invite/) },
	{ name: 'partners-more', page: '/partners', state: 'away', act: openFirstMore },
	{ name: 'partners-first', page: '/partners', state: 'firstBackup' },
	{ name: 'partners-none', page: '/partners', state: 'setUp' },
	{ name: 'history', page: '/history', state: 'safe' },
	{ name: 'get-back-key', page: '/get-back', state: 'new' },
	{
		name: 'get-back-code',
		page: '/get-back',
		state: 'new',
		act: (page) => page.getByLabel('The code').check()
	},
	{ name: 'get-back-searching', page: '/get-back', state: 'searchingTrouble' },
	{ name: 'get-back-browse', page: '/get-back', state: 'browsing', act: intoPhotos },
	{ name: 'get-back-few', page: '/get-back', state: 'browsingFew' },
	{ name: 'get-back-running', page: '/get-back', state: 'restoring' },
	{ name: 'get-back-done', page: '/get-back', state: 'restored' },
	{ name: 'get-back-partly', page: '/get-back', state: 'restoredPartly' },
	{ name: 'take-over', page: '/get-back', state: 'restored', act: press(/Take over this backup/) },
	{ name: 'sheet', page: '/sheet', state: 'safe' },
	{ name: 'settings', page: '/settings', state: 'full' },
	{ name: 'erase', page: '/settings', state: 'safe', act: press(/Erase Holdfast here/) },
	{ name: 'details', page: '/details', state: 'safe' },
	{ name: 'fenced', page: '/', state: 'fenced' },
	{ name: 'broken', page: '/', state: 'broken' }
];

function openFirstMore(page: Page): Promise<void> {
	return page
		.getByText(/^More about/)
		.nth(1)
		.click();
}

async function confirmWrongly(page: Page): Promise<void> {
	await press('I have written them down')(page);
	await page.getByLabel('Word 4').fill('dolphin');
	await page.getByLabel('Word 12').fill('letter');
	await page.getByLabel('Word 21').fill('umbrella');
	await press('Check the words')(page);
	await page.getByTestId('word-error').waitFor();
}

async function toCircle(page: Page): Promise<void> {
	await press('I have written them down')(page);
	await page.getByLabel('Word 4').fill('dolphin');
	await page.getByLabel('Word 12').fill('ladder');
	await page.getByLabel('Word 21').fill('umbrella');
	await press('Check the words')(page);
	await page.getByLabel('Name of the circle').waitFor();
}

async function toSpace(page: Page): Promise<void> {
	await toCircle(page);
	await page.getByLabel('Name of the circle').fill('Harbour Street');
	await press('Start this circle')(page);
	await page.getByTestId('estimate').waitFor();
}

async function intoPhotos(page: Page): Promise<void> {
	await page.getByRole('button', { name: /Photos/ }).click();
	await page.getByLabel('Get back beach.jpg').check();
}

async function take(browser: Browser, gallery: GalleryServer, picture: Picture): Promise<void> {
	for (const { width, colorScheme } of views) {
		const page = await browser.newPage({ colorScheme, viewport: { width, height: 860 } });
		page.on('pageerror', (error) => {
			console.error(`${picture.name}: ${error.message}`);
		});
		await page.goto(gallery.address(picture.page, picture.state));
		await page.locator('html[data-ready]').waitFor();
		await picture.act?.(page);
		await complainOfOverflow(page, `${picture.name} at ${String(width)}`);
		const path = `${out}/${picture.name}-${String(width)}-${colorScheme}.png`;
		await page.screenshot({ path, fullPage: true });
		await page.close();
	}
}

async function complainOfOverflow(page: Page, name: string): Promise<void> {
	const { content, view } = await page.evaluate(() => ({
		content: document.documentElement.scrollWidth,
		view: document.documentElement.clientWidth
	}));
	if (content > view)
		console.error(`${name}: ${String(content)} px wide in a view of ${String(view)} px`);
}

const part = process.argv.slice(2).find((argument) => !argument.startsWith('--')) ?? '';
await mkdir(out, { recursive: true });
const gallery = await openGallery();
const executablePath = browserExecutable('chromium');
const browser = await chromium.launch({
	...(executablePath === undefined ? {} : { executablePath }),
	args: [...chromiumFlags]
});
try {
	for (const picture of pictures.filter(({ name }) => name.includes(part))) {
		await take(browser, gallery, picture);
	}
} finally {
	await browser.close();
	await gallery.close();
}
