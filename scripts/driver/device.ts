/**
 * A device of the story: one browser with a profile folder of its own. Deleting the folder is losing the machine.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, firefox, type BrowserContext, type Page } from 'playwright';
import { browserExecutable, chromiumFlags, howToGet, type BrowserName } from '../browsers.ts';

export class Device {
	readonly name: string;
	readonly browser: BrowserName;
	readonly profile: string;
	#context: BrowserContext | undefined;
	#page: Page | undefined;

	constructor(name: string, browser: BrowserName = 'chromium') {
		this.name = name;
		this.browser = browser;
		this.profile = mkdtempSync(join(tmpdir(), `holdfast-${name}-`));
	}

	/** The one window. Only while it is switched on. */
	get page(): Page {
		if (this.#page === undefined) throw new Error(`${this.name} is switched off`);
		return this.#page;
	}

	/** Starts the browser with its profile and opens an address. */
	async switchOn(address: string): Promise<Page> {
		this.#context =
			this.browser === 'chromium' ? await this.#openChromium() : await this.#openFirefox();
		this.#page = this.#context.pages()[0] ?? (await this.#context.newPage());
		await this.#page.goto(address);
		return this.#page;
	}

	async switchOff(): Promise<void> {
		await this.#context?.close();
		this.#context = undefined;
		this.#page = undefined;
	}

	/** Power fails: kill -9, in the middle of whatever it does. Resolves when its processes are gone (Linux only). */
	async crash(): Promise<void> {
		const context = this.#context;
		if (context === undefined) throw new Error(`${this.name} is switched off`);
		const gone = new Promise((resolve) => context.once('close', resolve));
		for (const id of processesOf(this.profile)) process.kill(id, 'SIGKILL');
		await gone;
		this.#context = undefined;
		this.#page = undefined;
	}

	/** The machine is gone, and all that was on it. */
	async destroy(): Promise<void> {
		await this.switchOff();
		rmSync(this.profile, { recursive: true, force: true, maxRetries: 5 });
	}

	#openChromium(): Promise<BrowserContext> {
		return chromium.launchPersistentContext(this.profile, {
			executablePath: required('chromium'),
			headless: true,
			args: [...chromiumFlags],
			acceptDownloads: true,
			viewport: { width: 1280, height: 900 }
		});
	}

	/** Playwright drives Firefox by BiDi without persistent profiles, so this profile lasts while it is switched on. */
	async #openFirefox(): Promise<BrowserContext> {
		const browser = await firefox.launch({
			channel: 'moz-firefox',
			executablePath: required('firefox'),
			headless: true,
			firefoxUserPrefs: { 'media.peerconnection.ice.obfuscate_host_addresses': false }
		});
		const context = await browser.newContext();
		context.on('close', () => void browser.close());
		return context;
	}
}

/** The browser processes that use a profile, by their command lines. */
function processesOf(profile: string): readonly number[] {
	const uses = (id: string): boolean => {
		try {
			const words = readFileSync(`/proc/${id}/cmdline`, 'utf8').split('\0');
			return words.includes(`--user-data-dir=${profile}`);
		} catch {
			return false;
		}
	};
	return readdirSync('/proc')
		.filter((id) => /^\d+$/.test(id) && uses(id))
		.map(Number);
}

function required(name: BrowserName): string {
	const path = browserExecutable(name);
	if (path === undefined) throw new Error(howToGet(name));
	return path;
}
