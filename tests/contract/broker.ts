/** What every `Broker` does, whatever it is made of. Run over the double and over real sockets. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nameOf, type CircleId, type PeerId } from '../../src/lib/engine/identifiers.ts';
import { peerOf } from '../../src/lib/engine/keys/signature.ts';
import type { Address, Broker, Presence } from '../../src/lib/engine/ports.ts';

/** A broker that can be switched off and on, and connections to it. Everybody comes from 127.0.0.0/24. */
export interface BrokerWorld {
	/** Connects the peer with this secret key. The broker need not be up. */
	join(secretKey: Uint8Array): Broker;
	stop(): Promise<void>;
	start(): Promise<void>;
	/** Lets time pass until clients that wait for the broker have tried again. */
	passPause(): Promise<void>;
	end(): Promise<void>;
}

const gardeners = nameOf<CircleId>(new Uint8Array(32).fill(0xa1));
const sailors = nameOf<CircleId>(new Uint8Array(32).fill(0xa2));
const nothing = new Uint8Array(0);

export function brokerContract(name: string, make: () => Promise<BrokerWorld>): void {
	describe(`${name} keeps the contract of a broker`, () => {
		let world: BrokerWorld;
		beforeEach(async () => {
			world = await make();
		});
		afterEach(() => world.end());

		async function joined(seed: number, presence: Partial<Presence> = {}): Promise<Broker> {
			const broker = world.join(keyOf(seed));
			await state(broker, 'connected');
			await published(broker, presence);
			return broker;
		}

		describe('circles', () => {
			it('shows members of a circle to each other, with their adverts and their networks', async () => {
				const advert = Uint8Array.of(1, 2, 3);
				await joined(1, { circles: [gardeners], advert });
				const bob = await joined(2, { circles: [gardeners] });
				const [alice, ...rest] = await bob.sample(gardeners, 5);
				expect(rest).toEqual([]);
				expect(alice?.peer).toBe(peer(1));
				expect([...(alice?.advert ?? [])]).toEqual([1, 2, 3]);
				expect([...(alice?.prefix ?? [])]).toEqual([127, 0, 0]);
				expect([...((await bob.find(peer(1)))[0]?.prefix ?? [])]).toEqual([127, 0, 0]);
			});

			it('shows nobody to those who are not in the circle', async () => {
				await joined(1, { circles: [gardeners] });
				const stranger = await joined(2, { circles: [sailors] });
				expect(await stranger.sample(gardeners, 5)).toEqual([]);
			});

			it('draws distinct peers, never the asking one, never more than asked for', async () => {
				for (const seed of [1, 2, 3, 3, 4]) await joined(seed, { circles: [gardeners] });
				const asking = await joined(4, { circles: [gardeners] });
				const all = await asking.sample(gardeners, 30);
				expect(all.map((candidate) => candidate.peer).sort()).toEqual([1, 2, 3].map(peer).sort());
				expect(await asking.sample(gardeners, 2)).toHaveLength(2);
			});

			it('forgets what was published before', async () => {
				const alice = await joined(1, { circles: [gardeners], tokens: [token(7)] });
				const bob = await joined(2, { circles: [gardeners] });
				await published(alice, { circles: [sailors] });
				expect(await bob.sample(gardeners, 5)).toEqual([]);
				expect(await bob.rendezvous([token(7)])).toEqual([]);
			});
		});

		describe('finding', () => {
			it('finds both connections of a peer: an old instance beside a restoring one', async () => {
				const old = await joined(1);
				await joined(1);
				const bob = await joined(2);
				const found = await bob.find(peer(1));
				expect(new Set(found.map(({ address }) => address)).size).toBe(2);
				expect(await old.find(peer(1))).toHaveLength(1);
			});

			it('finds nothing for a peer that is not connected', async () => {
				const bob = await joined(2);
				expect(await bob.find(peer(9))).toEqual([]);
			});

			it('finds those who wait under a token, without advert and network for strangers', async () => {
				const advert = Uint8Array.of(9);
				await joined(1, { tokens: [token(1), token(2)], circles: [sailors], advert });
				await joined(2, { tokens: [token(3)] });
				const restoring = await joined(3);
				const asked = Array.from({ length: 64 }, (_, i) => token(i));
				const found = await restoring.rendezvous(asked);
				expect(found.map((candidate) => candidate.peer).sort()).toEqual([1, 2].map(peer).sort());
				expect(found.every(({ advert, prefix }) => advert.length + prefix.length === 0)).toBe(true);
				expect(await restoring.rendezvous([token(99)])).toEqual([]);
			});
		});

		describe('relaying', () => {
			it('hands a payload to an address, and names the sender', async () => {
				const [alice, bob] = [await joined(1), await joined(2)];
				const heard = nextRelay(bob);
				alice.relay(await addressOf(alice, 2), Uint8Array.of(5, 6));
				const { from, peer: sender, payload } = await heard;
				expect(sender).toBe(peer(1));
				expect([...payload]).toEqual([5, 6]);
				const answered = nextRelay(alice);
				bob.relay(from, Uint8Array.of(7));
				expect([...(await answered).payload]).toEqual([7]);
			});

			it('keeps the order and takes 16 KiB', async () => {
				const [alice, bob] = [await joined(1), await joined(2)];
				const sizes: number[] = [];
				bob.onRelay((_from, _peer, payload) => sizes.push(payload.length));
				const to = await addressOf(alice, 2);
				const last = nextRelay(bob, 3);
				for (const size of [1, 16 * 1024, 3]) alice.relay(to, new Uint8Array(size));
				await last;
				expect(sizes).toEqual([1, 16 * 1024, 3]);
				expect(() => {
					alice.relay(to, new Uint8Array(16 * 1024 + 1));
				}).toThrow(RangeError);
			});

			it('drops what is meant for an address that is gone, and goes on', async () => {
				const [alice, bob] = [await joined(1), await joined(2)];
				const carol = await joined(3);
				const gone = await addressOf(alice, 3);
				const there = await addressOf(alice, 2);
				carol.close();
				alice.relay(gone, Uint8Array.of(1));
				alice.relay('nowhere' as Address, Uint8Array.of(1));
				const heard = nextRelay(bob);
				alice.relay(there, Uint8Array.of(2));
				expect([...(await heard).payload]).toEqual([2]);
			});

			it('hands one payload to every listener until it unsubscribes', async () => {
				const [alice, bob] = [await joined(1), await joined(2)];
				const heard: string[] = [];
				const undo = bob.onRelay(() => heard.push('first'));
				bob.onRelay(() => heard.push('second'));
				const to = await addressOf(alice, 2);
				const first = nextRelay(bob);
				alice.relay(to, Uint8Array.of(1));
				await first;
				undo();
				undo();
				const second = nextRelay(bob);
				alice.relay(to, Uint8Array.of(1));
				await second;
				expect(heard).toEqual(['first', 'second', 'second']);
			});
		});

		describe('a broker that is down', () => {
			it('finds nothing, says so in words, and serves when it comes up', async () => {
				await world.stop();
				const alice = world.join(keyOf(1));
				const bob = world.join(keyOf(2));
				for (const broker of [alice, bob]) broker.publish(presenceOf({ circles: [gardeners] }));
				await state(alice, 'down');
				await state(bob, 'down');
				expect(await alice.sample(gardeners, 5)).toEqual([]);
				expect(await alice.find(peer(2))).toEqual([]);
				expect(alice.status()[0]?.problem).toMatch(/ /);
				await world.start();
				await world.passPause();
				await state(alice, 'connected');
				await state(bob, 'connected');
				await barrier(bob);
				expect((await alice.sample(gardeners, 5)).map((found) => found.peer)).toEqual([peer(2)]);
			});

			it('is told everything again when it comes back', async () => {
				const alice = await joined(1, { circles: [gardeners], tokens: [token(4)] });
				const bob = await joined(2, { circles: [gardeners] });
				await world.stop();
				await state(alice, 'down');
				await state(bob, 'down');
				await world.start();
				await world.passPause();
				await state(alice, 'connected');
				await state(bob, 'connected');
				await barrier(alice);
				expect((await bob.sample(gardeners, 5)).map((found) => found.peer)).toEqual([peer(1)]);
				expect(await bob.rendezvous([token(4)])).toHaveLength(1);
				expect(alice.status()[0]?.problem).toBeUndefined();
			});
		});

		it('forgets a connection that was closed', async () => {
			const alice = await joined(1, { circles: [gardeners] });
			const bob = await joined(2, { circles: [gardeners] });
			alice.close();
			// The news travels on a connection of its own; each look is a round trip.
			while ((await bob.find(peer(1))).length > 0);
			expect(await bob.sample(gardeners, 5)).toEqual([]);
		});
	});
}

function keyOf(seed: number): Uint8Array {
	return new Uint8Array(32).fill(seed);
}

function peer(seed: number): PeerId {
	return peerOf(keyOf(seed));
}

function token(seed: number): Uint8Array {
	return new Uint8Array(32).fill(seed);
}

function presenceOf(presence: Partial<Presence>): Presence {
	return { circles: [], advert: nothing, tokens: [], ...presence };
}

async function published(broker: Broker, presence: Partial<Presence>): Promise<void> {
	broker.publish(presenceOf(presence));
	await barrier(broker);
}

/** Requests of one connection are answered in order, so whatever was published before has taken effect. */
async function barrier(broker: Broker): Promise<void> {
	await broker.find(peer(0xff));
}

function state(broker: Broker, wanted: string): Promise<void> {
	return new Promise((resolve) => {
		const look = (): void => {
			if (broker.status().every((status) => status.state === wanted)) {
				undo();
				resolve();
			}
		};
		const undo = broker.onStatus(look);
		look();
	});
}

async function addressOf(broker: Broker, seed: number): Promise<Address> {
	const [found] = await broker.find(peer(seed));
	if (found === undefined) throw new Error('not connected');
	return found.address;
}

interface Relayed {
	readonly from: Address;
	readonly peer: PeerId;
	readonly payload: Uint8Array;
}

/** The `nth` payload that is relayed from now on. */
function nextRelay(broker: Broker, nth = 1): Promise<Relayed> {
	return new Promise((resolve) => {
		let heard = 0;
		const undo = broker.onRelay((from, sender, payload) => {
			if (++heard < nth) return;
			undo();
			resolve({ from, peer: sender, payload });
		});
	});
}
