import { afterAll, beforeAll, expect, it } from 'vitest';
import type { App } from '../../scripts/driver/app.ts';
import type { Neighbour } from '../../scripts/driver/neighbourhood.ts';
import { fillWithRandom } from './real-folder.ts';
import { backedUp, held, protect, Story } from './story.ts';

const patienceMs = 300_000;
/** What a peer lends that protects 0.1 GB: 200 MB in eight shares. */
const smallestGigabytes = 0.1;

let story: Story;
let owner: App;
let small: readonly Neighbour[];

beforeAll(async () => {
	story = await Story.begin();
	owner = (await (await story.neighbourhood()).move()).app;
	const { invitation } = await story.settle(owner, 2);
	small = await (await story.neighbourhood()).join(invitation, 1, smallestGigabytes);
	await owner.until((state) => held(state) === 3);
}, patienceMs);

afterAll(() => story.end(), patienceMs);

it(
	'is declined politely by a partner whose space is used up, shows it, and goes on with the others',
	async () => {
		const folder = story.folder('Films');
		fillWithRandom(folder, 10, 4_000_000);
		await protect(owner, folder);
		const refused = await owner.until(({ partners }) =>
			partners.some(({ standing }) => standing === 'refused')
		);
		const full = refused.partners.find(({ standing }) => standing === 'refused');
		expect(full?.note).toMatch(/space that was agreed is used up/);
		expect(full?.agreedBytes).toBeLessThan(40_000_000);

		const { summary, state } = await backedUp(owner);
		expect(summary).toMatchObject({ files: 10, bytes: 40_000_000, leftOutCount: 0 });
		expect(state.protection.survivable).toBeGreaterThanOrEqual(1);
		await owner.visit('Partners');
		const row = owner.page.getByTestId('partner').filter({ hasText: full?.name ?? '' });
		await row.getByText('space that was agreed is used up').waitFor();

		const host = await small[0]?.app.state();
		const [forOwner] = host?.partners.filter(({ peer }) => peer === state.self?.peer) ?? [];
		expect(forOwner?.heldForThem.bytes).toBeGreaterThan(0);
		expect(forOwner?.heldForThem.bytes).toBeLessThanOrEqual(forOwner?.agreedBytes ?? 0);
	},
	patienceMs
);
