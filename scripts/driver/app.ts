/** Drives the app through its own pages, as a person would: by what they say and by their roles. */
import { statSync } from 'node:fs';
import type { Page } from 'playwright';
import type { PeerState } from '../../src/lib/host/api.ts';

const patienceMs = 120_000;

export class App {
	readonly page: Page;
	readonly address: string;

	constructor(page: Page, address: string) {
		this.page = page;
		this.address = address;
		page.setDefaultTimeout(patienceMs);
	}

	/** What the engine publishes to every tab. */
	state(): Promise<PeerState> {
		return this.page.evaluate(
			() =>
				new Promise<PeerState>((resolve) => {
					const channel = new BroadcastChannel('holdfast');
					channel.onmessage = ({ data }: MessageEvent<{ kind: string; state: PeerState }>) => {
						if (data.kind !== 'state') return;
						channel.close();
						resolve(data.state);
					};
					channel.postMessage({ kind: 'hello' });
				})
		);
	}

	/** Resolves with the first state for which the condition holds. It is told of every change. */
	async until(
		condition: (state: PeerState) => boolean,
		timeoutMs = patienceMs
	): Promise<PeerState> {
		const until = Date.now() + timeoutMs;
		for (;;) {
			const state = await this.#nextState();
			if (condition(state)) return state;
			if (Date.now() > until) {
				throw new Error(`waited too long; the state is ${JSON.stringify(summary(state))}`);
			}
		}
	}

	/** The engine publishes at least once a second. */
	#nextState(): Promise<PeerState> {
		return this.page.evaluate(
			() =>
				new Promise<PeerState>((resolve) => {
					const channel = new BroadcastChannel('holdfast');
					channel.onmessage = ({ data }: MessageEvent<{ kind: string; state: PeerState }>) => {
						if (data.kind !== 'state') return;
						channel.close();
						resolve(data.state);
					};
				})
		);
	}

	/** The first run up to the first folder. Resolves to the 24 words. */
	async firstRun(
		circle: { readonly start: string } | { readonly join: string },
		protectGigabytes = 1
	): Promise<readonly string[]> {
		const { page } = this;
		await page.goto(`${this.address}/start`);
		await page.getByRole('button', { name: 'Show my 24 words' }).click();
		await page.getByRole('button', { name: 'I have written them down' }).waitFor();
		const words = await this.#shownWords();
		await page.getByRole('button', { name: 'I have written them down' }).click();
		await this.#confirm(words);
		await this.#enterCircle(circle);
		await page.getByLabel('Size of your files, in GB').fill(String(protectGigabytes));
		await page.getByRole('button', { name: /^Lend / }).click();
		await page.getByTestId('drop-zone').waitFor();
		return words;
	}

	async #shownWords(): Promise<readonly string[]> {
		const items = await this.page.getByTestId('word').allInnerTexts();
		return items.map((text) => text.replace(/[^a-z]/g, ''));
	}

	async #confirm(words: readonly string[]): Promise<void> {
		const { page } = this;
		const labels = page.locator('label', { hasText: /^Word \d+$/ });
		await labels.first().waitFor();
		for (const label of await labels.allInnerTexts()) {
			const place = Number(label.replace('Word ', ''));
			await page.getByLabel(label, { exact: true }).fill(words[place - 1] ?? '');
		}
		await page.getByRole('button', { name: 'Check the words' }).click();
	}

	async #enterCircle(
		circle: { readonly start: string } | { readonly join: string }
	): Promise<void> {
		const { page } = this;
		if ('start' in circle) {
			await page.getByLabel('Start a new circle').check();
			await page.getByLabel('Name of the circle').fill(circle.start);
			await page.getByRole('button', { name: 'Start this circle' }).click();
		} else {
			await page.getByLabel('I have an invitation').check();
			await page.getByLabel('Invitation link').fill(circle.join);
			await page.getByRole('button', { name: 'Join this circle' }).click();
		}
	}

	/**
	 * Goes to a page by the app's own navigation, without loading it anew: a browser that did not install the app
	 * forgets at a reload that a folder may be read.
	 */
	async visit(name: string): Promise<void> {
		await this.page.getByRole('link', { name, exact: true }).first().click();
	}

	/** The invitation link of a circle. */
	async invitation(circle: string): Promise<string> {
		await this.page.goto(`${this.address}/partners`);
		await this.page.getByRole('button', { name: `Invite somebody to ${circle}` }).click();
		return this.page.locator('input[readonly]').first().inputValue();
	}

	/** Drops a real folder on the page's drop zone. */
	async dropFolder(path: string): Promise<void> {
		statSync(path);
		const zone = this.page.getByTestId('drop-zone');
		await zone.scrollIntoViewIfNeeded();
		const box = await zone.boundingBox();
		if (box === null) throw new Error('there is no drop zone');
		const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
		const session = await this.page.context().newCDPSession(this.page);
		const data = { items: [], files: [path], dragOperationsMask: 1 };
		for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
			await session.send('Input.dispatchDragEvent', { type, x, y, data });
		}
		await session.detach();
	}

	/** Prints the recovery sheet, as far as a browser without a printer can. */
	async printSheet(): Promise<void> {
		await this.visit('Recovery sheet');
		await this.page.getByRole('button', { name: 'Print the sheet' }).click();
		await this.page.getByRole('button', { name: 'Yes, I have it on paper' }).click();
		await this.until((state) => state.self?.sheetPrintedAt !== undefined);
	}

	/** Types the words on an empty browser; resolves when the snapshots can be browsed. */
	async recoverFromWords(words: readonly string[]): Promise<PeerState> {
		const { page } = this;
		await page.goto(`${this.address}/get-back`);
		await page.getByLabel('Your 24 words').fill(words.join(' '));
		await page.getByRole('button', { name: 'Find my files' }).click();
		return this.until((state) => state.restore.stage === 'browsing');
	}

	/** Takes everything as one zip; resolves when it is whole. */
	async restoreZip(timeoutMs = patienceMs): Promise<PeerState> {
		await this.page.getByRole('button', { name: 'As one zip' }).click();
		return this.until((state) => state.restore.stage === 'done', timeoutMs);
	}

	/** After a restore: this machine goes on with the backup. */
	async takeOver(): Promise<void> {
		const { page } = this;
		await page.getByRole('button', { name: 'Take over this backup…' }).click();
		await page.getByRole('dialog').getByRole('button', { name: 'Take over', exact: true }).click();
		await this.until((state) => state.phase === 'ready');
	}
}

function summary(state: PeerState): unknown {
	const { phase, backup, restore, partners, log, brokers } = state;
	return {
		phase,
		backup,
		restore,
		brokers,
		partners: partners.map(({ name, standing, connected }) => [name, standing, connected]),
		log: log.slice(0, 12).map(({ text }) => text)
	};
}
