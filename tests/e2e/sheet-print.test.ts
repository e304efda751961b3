import { chromium, type Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserExecutable, chromiumFlags } from '../../scripts/browsers.ts';
import { openGallery, type GalleryServer } from '../ui/gallery-server.ts';

let browser: Browser;
let gallery: GalleryServer;

beforeAll(async () => {
	gallery = await openGallery();
	const executablePath = browserExecutable('chromium');
	browser = await chromium.launch({
		...(executablePath === undefined ? {} : { executablePath }),
		args: [...chromiumFlags]
	});
});

afterAll(async () => {
	await browser.close();
	await gallery.close();
});

describe('the printed recovery sheet', () => {
	it.each(['safe', 'manyPartners'])('fits one page of A4 and of Letter: %s', async (state) => {
		const page = await browser.newPage({ colorScheme: 'dark' });
		await page.goto(gallery.address('/sheet', state));
		await page.getByTestId('paper').waitFor();
		for (const format of ['A4', 'Letter'] as const) {
			const pdf = await page.pdf({ format });
			expect(pdf.toString('latin1').match(/\/Type\s*\/Page\b/g), format).toHaveLength(1);
		}
		await page.close();
	});

	it('is black on white in a dark room, without the app around it, with a code of at least 30 mm', async () => {
		const page = await browser.newPage({ colorScheme: 'dark' });
		await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
		await page.goto(gallery.address('/sheet', 'safe'));
		const paper = page.getByTestId('paper');
		await paper.waitFor();
		const look = await paper.evaluate((element) => {
			const { color, backgroundColor } = getComputedStyle(element);
			return { color, backgroundColor };
		});
		expect(look).toEqual({ color: 'rgb(0, 0, 0)', backgroundColor: 'rgb(255, 255, 255)' });
		for (const hidden of ['Print the sheet', 'Save the recovery file', 'Check it']) {
			expect(await page.getByRole('button', { name: hidden }).count()).toBe(0);
		}
		const code = await paper.getByRole('img', { name: /as a code to scan/ }).boundingBox();
		expect(code?.width).toBeGreaterThanOrEqual((30 / 25.4) * 96);
		await page.close();
	});
});
