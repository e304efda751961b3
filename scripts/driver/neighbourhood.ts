/**
 * The partners of a story: any number of peers in one Chromium process, each in a context of its own, so with
 * storage of its own. What they hold lies in memory; where a disk must be touched a partner is a Device.
 */
import { chromium, type Browser, type BrowserContext } from 'playwright';
import { browserExecutable, chromiumFlags, howToGet } from '../browsers.ts';
import { App } from './app.ts';

export interface Neighbour {
	readonly app: App;
	/** Its machine is gone, and all that it held. */
	leave(): Promise<void>;
}

export class Neighbourhood {
	readonly #browser: Browser;
	readonly #address: string;

	private constructor(browser: Browser, address: string) {
		this.#browser = browser;
		this.#address = address;
	}

	static async open(address: string): Promise<Neighbourhood> {
		const executablePath = browserExecutable('chromium');
		if (executablePath === undefined) throw new Error(howToGet('chromium'));
		const args = [...chromiumFlags];
		return new Neighbourhood(
			await chromium.launch({ executablePath, headless: true, args }),
			address
		);
	}

	/** An empty browser with its one page open. */
	async move(): Promise<Neighbour> {
		const context: BrowserContext = await this.#browser.newContext({
			acceptDownloads: true,
			viewport: { width: 1280, height: 900 }
		});
		const app = new App(await context.newPage(), this.#address);
		await app.page.goto(this.#address);
		return { app, leave: () => context.close() };
	}

	/** New peers that join a circle through the app's own pages. */
	async join(
		invitation: string,
		count: number,
		protectGigabytes = 1
	): Promise<readonly Neighbour[]> {
		return Promise.all(
			Array.from({ length: count }, async () => {
				const neighbour = await this.move();
				await neighbour.app.firstRun({ join: invitation }, protectGigabytes);
				return neighbour;
			})
		);
	}

	async close(): Promise<void> {
		await this.#browser.close();
	}
}
