import { networkInterfaces } from 'node:os';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../../scripts/driver/app.ts';
import { startServer, type RunningServer } from '../../signaling/server.ts';
import { fillWithRandom } from './real-folder.ts';
import { heading } from './shown.ts';
import { appFolder, backedUp, protect, Story } from './story.ts';

const patienceMs = 300_000;
/** Of what the first page needs before it is shown; the engine's worker loads beside it. */
const firstLoadBytesMax = 200_000;
const taskMsMax = 100;

let story: Story;
let owner: App;
let open: RunningServer;

beforeAll(async () => {
	story = await Story.begin();
	open = await startServer({ port: 0, host: '0.0.0.0', appFolder });
	owner = (await (await story.neighbourhood()).move()).app;
}, patienceMs);

afterAll(async () => {
	await story.end();
	await open.close();
}, patienceMs);

interface TraceEvent {
	readonly name: string;
	readonly pid: number;
	readonly tid: number;
	/** Processor time in microseconds: on a busy machine the time that passes says little. */
	readonly tdur?: number;
	readonly args?: { readonly name?: string };
}

/** How long each task held the main thread of a page, the partner's too, in milliseconds. */
function pageTasks(trace: string): readonly number[] {
	const { traceEvents } = JSON.parse(trace) as { readonly traceEvents: readonly TraceEvent[] };
	const threadOf = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
	const main = new Set(
		traceEvents
			.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
			.map(threadOf)
	);
	return traceEvents
		.filter((event) => event.name === 'ThreadControllerImpl::RunTask' && main.has(threadOf(event)))
		.map(({ tdur = 0 }) => tdur / 1000);
}

it(
	'loads less than 200 kB of JavaScript first, and names itself as an app that can be installed',
	async () => {
		const { page } = owner;
		await heading(page, /.+/);
		const scripts = await page.evaluate(() =>
			performance
				.getEntriesByType('resource')
				.map(({ name }) => name)
				.filter((name) => name.endsWith('.js') && !name.includes('/workers/'))
		);
		expect(scripts.length).toBeGreaterThan(0);
		let bytes = 0;
		for (const script of scripts) {
			bytes += gzipSync(new Uint8Array(await (await fetch(script)).arrayBuffer())).length;
		}
		expect(bytes).toBeLessThan(firstLoadBytesMax);

		const link = await page.locator('link[rel=manifest]').getAttribute('href');
		const address = new URL(link ?? '', `${owner.address}/`).href;
		const manifest = (await (await fetch(address)).json()) as {
			readonly name: string;
			readonly start_url: string;
			readonly display: string;
			readonly icons: readonly { readonly src: string; readonly sizes: string }[];
		};
		expect(manifest).toMatchObject({ name: 'Holdfast', start_url: '/', display: 'standalone' });
		expect(manifest.icons.map(({ sizes }) => sizes)).toContain('512x512');
		for (const { src } of manifest.icons) {
			expect((await fetch(new URL(src, address))).headers.get('content-type')).toMatch(/^image\//);
		}
	},
	patienceMs
);

it(
	'says in plain words what is missing where the address has no safe connection',
	async () => {
		const lan = Object.values(networkInterfaces())
			.flatMap((entries) => entries ?? [])
			.find(({ family, internal }) => family === 'IPv4' && !internal);
		expect(lan).toBeDefined();
		const page = await owner.page.context().newPage();
		await page.goto(`http://${lan?.address ?? ''}:${open.port}/`);
		await heading(page, 'This address has no safe connection');
		await page.getByRole('link', { name: `http://localhost:${open.port}` }).waitFor();
		await page.getByText('--cert server.crt --key server.key').waitFor();
		await page.close();
	},
	patienceMs
);

it(
	'backs 64 MB up without keeping the page busy for more than a tenth of a second',
	async () => {
		await story.settle(owner, 1);
		const folder = story.folder('Films');
		fillWithRandom(folder, 16, 4_000_000);
		const { page } = owner;
		const browser = page.context().browser();
		await browser?.startTracing(page, { categories: ['toplevel'] });
		await protect(owner, folder);
		const { summary } = await backedUp(owner, 0, patienceMs);
		expect(summary.bytes).toBe(64_000_000);
		const trace = await browser?.stopTracing();
		const tasks = pageTasks(trace?.toString() ?? '');
		expect(tasks.length).toBeGreaterThan(100);
		expect(tasks.filter((ms) => ms > taskMsMax)).toEqual([]);
	},
	patienceMs
);

it(
	'opens without a network, and is the same when it is back',
	async () => {
		const { page } = owner;
		await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
		const { self } = await owner.state();
		await story.stopServer();
		// What the browser keeps by itself it may forget; the app's own cache has everything, workers included.
		const browser = await page.context().newCDPSession(page);
		await browser.send('Network.clearBrowserCache');
		await page.reload();
		const offline = await owner.until(({ brokers }) => brokers[0]?.state === 'down');
		expect(offline).toMatchObject({ phase: 'ready', self, protection: { files: 16 } });
		await owner.visit('Home');
		await page.getByTestId('answer').waitFor();
		await story.startServer();
		await owner.until(({ brokers }) => brokers[0]?.state === 'connected');
	},
	patienceMs
);
