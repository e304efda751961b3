/** Renders static/icon.svg to the PNG files that the manifest names. Run it when the icon was changed. */
import { readFile } from 'node:fs/promises';
import { chromium } from 'playwright';
import { browserExecutable, chromiumFlags } from './browsers.ts';

const svg = await readFile('static/icon.svg', 'utf8');
// A maskable icon is cropped to any shape by the system, so its ground has no corners of its own.
const maskable = svg.replace(' rx="112"', '');

const icons = [
	{ name: 'icon-192', side: 192, source: svg },
	{ name: 'icon-512', side: 512, source: svg },
	{ name: 'icon-maskable-512', side: 512, source: maskable }
];

const executablePath = browserExecutable('chromium');
const browser = await chromium.launch({
	...(executablePath === undefined ? {} : { executablePath }),
	args: [...chromiumFlags]
});
for (const { name, side, source } of icons) {
	const page = await browser.newPage({ viewport: { width: side, height: side } });
	await page.setContent(`<style>body{margin:0}svg{display:block}</style>${source}`);
	await page.screenshot({ path: `static/${name}.png`, omitBackground: true });
	await page.close();
}
await browser.close();
