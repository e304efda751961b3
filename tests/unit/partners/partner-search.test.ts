import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PeerId } from '../../../src/lib/engine/identifiers.ts';
import { PartnerSearch } from '../../../src/lib/engine/partners/partner-search.ts';
import type { Look, Prospect } from '../../../src/lib/engine/partners/prospects.ts';
import { traitsOf } from '../../../src/lib/engine/partners/criteria.ts';
import type { Address } from '../../../src/lib/engine/ports.ts';
import type { System } from '../../../src/lib/engine/system.ts';
import type { Session } from '../../../src/lib/engine/wire/session.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { circle, keyringOf, mebibyte, side, silent } from './people.ts';
import { line, Side } from './sides.ts';

const chromium: System = { os: 'windows', engine: 'chromium' };
const firefox: System = { os: 'linux', engine: 'firefox' };

describe('the search', () => {
	let clock: VirtualClock;
	let self: Side;
	let others: Map<PeerId, Side>;
	let look: Look;
	let introduced: readonly Prospect[];
	let stop: AbortController;
	let search: PartnerSearch;

	beforeEach(async () => {
		clock = new VirtualClock(1_000_000);
		self = await new Side(keyringOf('self'), clock).start();
		others = new Map();
		look = { prospects: [], circleSize: 0, whole: true };
		introduced = [];
		stop = new AbortController();
		search = new PartnerSearch({
			self: self.keyring.peer,
			agreements: self.agreements,
			negotiation: self.negotiation,
			prospects: {
				sampled: () => Promise.resolve(look),
				introduced: () => Promise.resolve(introduced)
			},
			clock,
			random: new SeededRandom('search'),
			broker: { find: () => Promise.resolve([]) },
			lines: {
				line: (peer) => {
					const other = others.get(peer);
					return other && (line(self, other) as unknown as Session);
				},
				dial: () => Promise.resolve(undefined)
			},
			log: silent,
			lendBytes: () => 1024 * mebibyte,
			mayAgree: () => true
		});
	});

	afterEach(() => {
		stop.abort();
	});

	/** Peers on line, each in a network of its own. */
	async function neighbours(systems: readonly System[]): Promise<readonly Prospect[]> {
		return Promise.all(
			systems.map(async (system, i) => {
				const name = `neighbour ${String(others.size)} ${String(i)}`;
				const other = await new Side(keyringOf(name), clock).start();
				other.states = { ...side, system };
				const { peer } = other.keyring;
				others.set(peer, other);
				const prefix = Uint8Array.of(10, system === firefox ? 1 : 0, i);
				const advert = { shareBytes: 64 * mebibyte, system };
				const traits = traitsOf(prefix, system);
				return { peer, address: peer as string as Address, circle, advert, prefix, traits };
			})
		);
	}

	const of = (system: System, times: number): readonly System[] =>
		Array.from({ length: times }, () => system);
	const partners = (system?: System): number =>
		self.agreements
			.active()
			.filter(
				({ partner }) => system === undefined || others.get(partner)?.states.system === system
			).length;

	async function settled(): Promise<void> {
		for (let i = 0; i < 400; i++) await Promise.resolve();
		await clock.advance(0);
		for (let i = 0; i < 400; i++) await Promise.resolve();
	}

	it('agrees with everybody where all were seen, and names what they share', async () => {
		const prospects = await neighbours([...of(chromium, 3), ...of(firefox, 1)]);
		look = { prospects, circleSize: 4, whole: true };
		void search.run(stop.signal);
		await settled();
		expect(partners()).toBe(4);
		expect(search.risks.map(({ value, sharing }) => [value, sharing])).toEqual([
			['windows', 3],
			['chromium', 3]
		]);
	});

	it('waits ten minutes for others, in a larger circle, before more than k are alike', async () => {
		const prospects = await neighbours(of(chromium, 6));
		look = { prospects, circleSize: 6, whole: false };
		void search.run(stop.signal);
		await settled();
		expect(partners(chromium)).toBe(3);
		look = { ...look, prospects: [...prospects, ...(await neighbours(of(firefox, 1)))] };
		search.look();
		await settled();
		expect(partners(firefox)).toBe(1);
		await clock.advance(10 * 60_000);
		search.look();
		await settled();
		expect(partners(chromium)).toBeGreaterThan(3);
	});

	it('has no room for one of a kind of which there are k, while others are in sight', async () => {
		const [first, second, third, ...rest] = await neighbours([
			...of(chromium, 3),
			...of(firefox, 1)
		]);
		if (!first || !second || !third) throw new Error('nobody');
		expect(search.welcomes(first.peer, chromium)).toBe(true);
		look = { prospects: [first, second], circleSize: 4, whole: true };
		void search.run(stop.signal);
		await settled();
		const slow = rest.map((prospect) => ({
			...prospect,
			advert: { ...prospect.advert, shareBytes: 0 }
		}));
		look = { prospects: [first, second, third, ...slow], circleSize: 4, whole: true };
		others.get(third.peer)!.lendBytes = 0;
		search.look();
		await settled();
		expect(search.welcomes(third.peer, chromium)).toBe(false);
		expect(search.welcomes(rest[0]?.peer ?? third.peer, firefox)).toBe(true);
	});

	it('takes up introductions where the brokers show nobody', async () => {
		introduced = await neighbours(of(firefox, 1));
		void search.run(stop.signal);
		await settled();
		expect(partners()).toBe(1);
	});

	it('remembers in which network a partner was', async () => {
		const prospects = await neighbours(of(firefox, 1));
		look = { prospects, circleSize: 1, whole: true };
		void search.run(stop.signal);
		await settled();
		expect(self.agreements.active()[0]?.prefix).toEqual(prospects[0]?.prefix);
	});

	it('passes over who was blocked', async () => {
		const prospects = await neighbours(of(firefox, 1));
		look = { prospects, circleSize: 1, whole: true };
		await self.agreements.block(prospects[0]!.peer);
		void search.run(stop.signal);
		await settled();
		expect(partners()).toBe(0);
	});
});
