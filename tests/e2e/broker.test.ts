import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../../scripts/driver/app.ts';
import type { Device } from '../../scripts/driver/device.ts';
import type { Neighbourhood } from '../../scripts/driver/neighbourhood.ts';
import { invitationFragment, readInvitation } from '../../src/lib/engine/partners/invitation.ts';
import type { PeerState } from '../../src/lib/host/api.ts';
import { fillWithRandom } from './real-folder.ts';
import { backedUp, held, protect, Story } from './story.ts';
import { TamperingProxy } from './tampering-proxy.ts';

const patienceMs = 300_000;

let story: Story;
let proxy: TamperingProxy;
let neighbourhood: Neighbourhood;
let owner: Device;
let app: App;
let invitation: string;

beforeAll(async () => {
	proxy = await TamperingProxy.listen();
	story = await Story.begin({ names: [proxy.authority], origins: ['*'] });
	proxy.forwardTo(story.address);
	neighbourhood = await story.neighbourhood();
	owner = story.device('owner');
	app = await story.switchOn(owner);
	({ invitation } = await story.settle(app, 2));
}, patienceMs);

afterAll(async () => {
	await story.end();
	await proxy.close();
}, patienceMs);

function brokerIs(wanted: PeerState['brokers'][number]['state']): (state: PeerState) => boolean {
	return ({ brokers }) => brokers.length > 0 && brokers.every(({ state }) => state === wanted);
}

/** The same invitation, with the lying broker in it alone. */
function byTheProxy(link: string): string {
	const reading = readInvitation(link);
	if (reading.kind !== 'invitation') throw new Error(reading.kind);
	return `${story.address}/${invitationFragment({ ...reading.invitation, brokers: [proxy.brokerUrl] })}`;
}

it(
	'goes on with a backup while the broker is gone, and finds it again when it is back',
	async () => {
		const folder = story.folder('Photos');
		fillWithRandom(folder, 10, 3_000_000);
		await protect(app, folder);
		await app.until(
			({ backup }) => backup.stage === 'running' && backup.progress.bytesDone > 3_000_000
		);
		await story.stopServer();
		const down = await app.until(brokerIs('down'));
		expect(down.brokers[0]?.problem).toMatch(/broker/);
		await app.visit('Settings');
		await app.page.getByText('not reachable').waitFor();
		const { summary } = await backedUp(app);
		expect(summary).toMatchObject({ files: 10, bytes: 30_000_000, leftOutCount: 0 });
		await story.startServer({ names: [proxy.authority], origins: ['*'] });
		await app.until(brokerIs('connected'));
		await app.page.getByText(': connected').waitFor();
	},
	patienceMs
);

it(
	'starts without broker and server, says so, and joins its partners when they are back',
	async () => {
		await app.page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
		await owner.switchOff();
		await story.stopServer();
		app = await story.switchOn(owner);
		const state = await app.until(brokerIs('down'));
		expect(state.phase).toBe('ready');
		expect(state.partners.map(({ standing }) => standing)).toEqual(['away', 'away']);
		await app.page.getByTestId('answer').waitFor();
		await story.startServer({ names: [proxy.authority], origins: ['*'] });
		await app.until((s) => brokerIs('connected')(s) && held(s) === 2);
	},
	patienceMs
);

it(
	'makes no session when the broker lies about a fingerprint, and makes one when it is honest',
	async () => {
		const stranger = (await neighbourhood.move()).app;
		proxy.lies = true;
		await stranger.firstRun({ start: 'Away from the others' });
		await stranger.visit('Settings');
		await stranger.page.getByLabel('Addresses, one a line').fill(proxy.brokerUrl);
		await stranger.page.getByRole('button', { name: 'Change the brokers' }).click();
		await stranger.until(
			({ brokers }) => brokers[0]?.url === proxy.brokerUrl && brokers[0].state === 'connected'
		);
		await stranger.visit('Partners');
		await stranger.page.getByText('I was invited to another circle').click();
		await stranger.page.getByLabel('Invitation link').fill(byTheProxy(invitation));
		await stranger.page.getByRole('button', { name: 'Join this circle' }).click();
		const told = await stranger.until(({ log }) =>
			log.some(({ text }) => /no link to|link that .* failed|handshake failed/.test(text))
		);
		expect(proxy.lied).toBeGreaterThan(0);
		expect(told.partners.filter(({ connected }) => connected)).toEqual([]);
		proxy.lies = false;
		await stranger.until((state) => held(state) > 0, patienceMs);
	},
	patienceMs
);
