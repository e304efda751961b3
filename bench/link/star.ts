/**
 * The limit of what an owner and its partners can carry on this machine: bare data channels from a page in the owner's
 * browser to one in each partner's, as the app's own links lie, all of them busy at once.
 */
import type { BrowserContext, Page } from 'playwright';
import type { ViteDevServer } from 'vite';
import type { BareSignal } from './bare-channel.ts';
import type { StarPeer } from './star-page.ts';

declare const starPeer: StarPeer;

const pagePath = 'bench/link/star.html';

export class BareStar {
	readonly #centre: Page;
	readonly #points: readonly Page[];

	private constructor(centre: Page, points: readonly Page[]) {
		this.#centre = centre;
		this.#points = points;
	}

	/** Opens one page in each browser and connects the first to all others. */
	static async open(
		server: ViteDevServer,
		centre: BrowserContext,
		points: readonly BrowserContext[]
	): Promise<BareStar> {
		const url = new URL(pagePath, server.resolvedUrls?.local[0]).href;
		const pages = new Map<string, Page>();
		for (const [i, context] of [centre, ...points].entries()) {
			pages.set(String(i), await openPage(url, String(i), context, pages));
		}
		const [first, ...others] = pages.values();
		if (first === undefined) throw new Error('no page');
		for (const [i, page] of others.entries()) {
			await page.evaluate(() => {
				starPeer.open('0');
			});
			await first.evaluate(
				(name) => {
					starPeer.open(name);
					return starPeer.connect(name);
				},
				String(i + 1)
			);
		}
		return new BareStar(first, others);
	}

	/** MB a second from the centre to all points, so many messages to each. */
	async outward(messages: number, messageBytes: number): Promise<number> {
		const seconds = await carry(this.#centre, messages, messageBytes);
		return (messages * messageBytes * this.#points.length) / 1e6 / seconds;
	}

	/** MB a second from all points to the centre. */
	async inward(messages: number, messageBytes: number): Promise<number> {
		const all = this.#points.map((page) => carry(page, messages, messageBytes));
		const seconds = Math.max(...(await Promise.all(all)));
		return (messages * messageBytes * this.#points.length) / 1e6 / seconds;
	}
}

async function openPage(
	url: string,
	name: string,
	context: BrowserContext,
	pages: ReadonlyMap<string, Page>
): Promise<Page> {
	const page = await context.newPage();
	await page.exposeFunction('relayOut', (to: string, signal: BareSignal) =>
		pages.get(to)?.evaluate(
			([from, relayed]) => {
				starPeer.relayIn(from, relayed);
			},
			[name, signal] as const
		)
	);
	await page.goto(url);
	await page.waitForFunction(() => document.title === 'ready');
	return page;
}

function carry(page: Page, messages: number, messageBytes: number): Promise<number> {
	return page.evaluate(([count, bytes]) => starPeer.carry(count, bytes), [
		messages,
		messageBytes
	] as const);
}
