/**
 * Takes the README's pictures from the running app: an owner and three partners, each a browser of its own, a
 * broker, and two real folders that are backed up. Writes docs/pictures/*.png. Needs a built app (npm run build).
 * Usage: tsx scripts/readme-pictures.ts
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright';
import { startServer, type RunningServer } from '../signaling/server.ts';
import { App } from './driver/app.ts';
import { Device } from './driver/device.ts';

interface View {
	readonly width: number;
	readonly height: number;
	readonly colorScheme: 'light' | 'dark';
}

const pictures = fileURLToPath(new URL('../docs/pictures', import.meta.url));
const appFolder = fileURLToPath(new URL('../build', import.meta.url));
const wide: View = { width: 1280, height: 800, colorScheme: 'light' };
const dark: View = { ...wide, colorScheme: 'dark' };
const narrow: View = { width: 390, height: 844, colorScheme: 'light' };

const circle = 'Harbour Street';
const partnerCount = 3;
const files: readonly (readonly [path: string, bytes: number])[] = [
	['Photos/2025 Summer/beach.jpg', 2_900_000],
	['Photos/2025 Summer/ferry.jpg', 2_400_000],
	['Photos/2025 Summer/harbour at night.jpg', 3_100_000],
	['Photos/2026 Garden/first snow.jpg', 1_800_000],
	['Photos/2026 Garden/plum tree.jpg', 2_600_000],
	['Photos/grandparents.jpg', 1_200_000],
	['Photos/wedding.jpg', 3_400_000],
	['Papers/Letters/to anna.odt', 41_000],
	['Papers/Letters/to the landlord.odt', 38_000],
	['Papers/deed.pdf', 720_000],
	['Papers/taxes 2025.ods', 96_000]
];

/** The two folders, with content that nothing compresses and dates in the past. */
function makeFolders(): string {
	const root = mkdtempSync(join(tmpdir(), 'holdfast-folders-'));
	for (const [index, [path, bytes]] of files.entries()) {
		const place = join(root, path);
		mkdirSync(dirname(place), { recursive: true });
		writeFileSync(place, stream(path, bytes));
		const at = new Date(Date.UTC(2026, 2, 1 + 9 * index, 10));
		utimesSync(place, at, at);
	}
	return root;
}

function stream(label: string, length: number): Buffer {
	const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, index) =>
		createHash('sha256')
			.update(`${label} ${String(index)}`)
			.digest()
	);
	return Buffer.concat(blocks).subarray(0, length);
}

/** On the usual port, so that the pictures show the address of the quick start; else on a free one. */
async function serve(): Promise<RunningServer> {
	return startServer({ appFolder }).catch(() => startServer({ appFolder, port: 0 }));
}

async function partnersOf(invitation: string, address: string): Promise<readonly Device[]> {
	const devices: Device[] = [];
	for (let number = 1; number <= partnerCount; number++) {
		const device = new Device(`partner-${String(number)}`);
		devices.push(device);
		const app = new App(await device.switchOn(address), address);
		await app.firstRun({ join: invitation });
	}
	return devices;
}

async function backUp(owner: App, folders: string): Promise<void> {
	await owner.until(
		({ partners }) => partners.filter(({ standing }) => standing === 'held').length === partnerCount
	);
	await owner.visit('Folders');
	let expected = 0;
	for (const name of ['Photos', 'Papers']) {
		expected += files.filter(([path]) => path.startsWith(`${name}/`)).length;
		await owner.dropFolder(join(folders, name));
		await owner.until(
			({ protection, backup, partners }) =>
				protection.level === 'full' &&
				protection.files === expected &&
				backup.stage === 'idle' &&
				partners.every(({ receiving }) => !receiving)
		);
	}
}

async function take(page: Page, name: string, view: View, fullPage = false): Promise<void> {
	await page.setViewportSize({ width: view.width, height: view.height });
	await page.emulateMedia({ colorScheme: view.colorScheme, reducedMotion: 'reduce' });
	await page.evaluate(() => document.fonts.ready);
	await page.screenshot({ path: join(pictures, `${name}.png`), fullPage });
	console.log(`docs/pictures/${name}.png`);
}

/** The sheet, noted as printed, so that Home has nothing left to ask for. */
async function printedSheet(owner: App): Promise<void> {
	const { page } = owner;
	await owner.visit('Recovery sheet');
	await page.getByTestId('paper').waitFor();
	await take(page, 'recovery-sheet', { ...wide, height: 1160 });
	await page.evaluate(() => {
		window.print = () => undefined;
	});
	await page.getByRole('button', { name: 'Print the sheet' }).click();
	await page.getByRole('button', { name: 'Yes, I have it on paper' }).click();
	await page.getByText('You have not printed it yet.').waitFor({ state: 'detached' });
}

async function takeAll(owner: App): Promise<void> {
	const { page } = owner;
	await printedSheet(owner);
	await owner.visit('Home');
	await page.getByTestId('answer').waitFor();
	await take(page, 'home', wide);
	await take(page, 'home-dark', dark);
	await take(page, 'home-narrow', narrow, true);
	await page.setViewportSize(wide);
	await page.emulateMedia({ colorScheme: 'light' });
	await owner.visit('Folders');
	await take(page, 'folders', { ...wide, height: 1040 });
	await owner.visit('Partners');
	await take(page, 'partners', wide);
	await owner.visit('Get back');
	await page.getByRole('button', { name: /Photos/ }).click();
	await page.getByLabel('Get back grandparents.jpg').check();
	await take(page, 'get-back', { ...wide, height: 1000 });
}

mkdirSync(pictures, { recursive: true });
const folders = makeFolders();
const server = await serve();
const devices: Device[] = [new Device('owner')];
try {
	const [ownerDevice] = devices;
	if (ownerDevice === undefined) throw new Error('there is no owner');
	const owner = new App(await ownerDevice.switchOn(server.url), server.url);
	await owner.firstRun({ start: circle });
	devices.push(...(await partnersOf(await owner.invitation(circle), server.url)));
	await backUp(owner, folders);
	await takeAll(owner);
} finally {
	await Promise.all(devices.map((device) => device.destroy()));
	await server.close();
	rmSync(folders, { recursive: true, force: true });
}
