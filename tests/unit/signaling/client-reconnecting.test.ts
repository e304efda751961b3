import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBrokerUrl } from '../../../src/lib/adapters/broker/broker-url.ts';
import { WebSocketBrokers } from '../../../src/lib/adapters/broker/brokers.ts';
import { pauseMs } from '../../../src/lib/adapters/broker/timing.ts';
import { nameOf, type CircleId } from '../../../src/lib/engine/identifiers.ts';
import type { Address } from '../../../src/lib/engine/ports.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { keyOf, name32, peer } from './relay.ts';
import { connection, introduced, ScriptedWorld } from './scripted-broker.ts';

const url = 'wss://one.example/broker';
const other = 'wss://two.example:8480/broker';
const circle = nameOf<CircleId>(name32(1));

describe('coming back', () => {
	it('takes longer after every failure, and starts over after a connection that lasted', async () => {
		const world = new ScriptedWorld(url);
		const pauses: number[] = [];
		const fail = async (): Promise<void> => {
			world.socket.drop(1006);
			await world.settle();
			const pause = world.clock.untilNext ?? 0;
			pauses.push(pause);
			await world.clock.advance(pause);
		};
		for (let i = 0; i < 12; i++) await fail();
		expect(pauses.every((pause, i) => pause >= Math.min(500 * 2 ** i, 150_000))).toBe(true);
		expect(pauses.every((pause, i) => pause < Math.min(1500 * 2 ** i, 450_000))).toBe(true);
		world.socket.welcome();
		world.socket.say({ type: 'published', request: world.socket.request('publish') });
		await world.clock.advance(60_000);
		await fail();
		expect(pauses.at(-1)).toBeLessThan(1500);
	});

	it('happens at once when it is asked for', async () => {
		const world = new ScriptedWorld(url);
		world.socket.drop(1006);
		await world.settle();
		world.client.retry();
		await world.settle();
		expect(world.sockets).toHaveLength(2);
		expect(world.state).toBe('connecting');
	});

	it('publishes what was said last, also what was said meanwhile', async () => {
		const world = new ScriptedWorld(url);
		world.socket.welcome();
		world.socket.drop(1001);
		await world.settle();
		world.client.publish({ circles: [circle], advert: Uint8Array.of(5), tokens: [name32(3)] });
		world.client.retry();
		await world.settle();
		world.socket.welcome();
		expect(world.socket.heard.at(-1)).toMatchObject({ circles: [circle], tokens: [name32(3)] });
	});

	it('does not happen after close', async () => {
		const world = new ScriptedWorld(url);
		world.socket.welcome();
		world.client.close();
		await world.clock.advance(1_000_000);
		expect(world.sockets).toHaveLength(1);
		expect(world.socket.closed).toBe(true);
		expect(world.clock.sleeping).toBe(0);
	});

	it('waits between 0.5 and 1.5 times the doubled pause, at most 450 s', () => {
		fc.assert(
			fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(), (failures, seed) => {
				const pause = pauseMs(failures, new SeededRandom(seed));
				const doubled = Math.min(1000 * 2 ** (failures - 1), 300_000);
				expect(pause / doubled).toBeGreaterThanOrEqual(0.5);
				expect(pause / doubled).toBeLessThan(1.5);
			})
		);
	});
});

describe('the reason why a broker is down', () => {
	it.each([
		[1001, /switched off/],
		[1006, /broke/],
		[1013, /too many visitors/],
		[4001, /too many places/]
	])('for close code %i is told in words: %s', async (code, words) => {
		const world = new ScriptedWorld(url);
		world.socket.welcome();
		world.socket.drop(code);
		await world.settle();
		expect(world.problem).toMatch(words);
	});

	it('is what the broker said before it hung up', async () => {
		const world = new ScriptedWorld(url);
		world.socket.open();
		world.socket.challenge();
		world.socket.say({ type: 'refused', reason: 'bad-proof' });
		world.socket.drop(1008);
		await world.settle();
		expect(world.problem).toMatch(/did not accept the proof/);
	});

	it('is not that a message was refused long before', async () => {
		const world = new ScriptedWorld(url);
		world.socket.welcome();
		world.socket.say({ type: 'refused', reason: 'unknown-connection' });
		world.socket.drop(1006);
		await world.settle();
		expect(world.problem).toMatch(/broke/);
	});

	it('is that it cannot be reached when no socket ever opened', async () => {
		const world = new ScriptedWorld(url);
		world.socket.drop(1006);
		await world.settle();
		expect(world.problem).toMatch(/cannot be reached/);
	});

	it('is the browser, when it forbids the connection', async () => {
		const world = new ScriptedWorld();
		const client = new WebSocketBrokers({
			identity: { peer: peer(1), secretKey: keyOf(1) },
			clock: world.clock,
			random: new SeededRandom(1),
			open: () => {
				throw new DOMException('insecure', 'SecurityError');
			},
			urls: ['ws://lan.example/broker']
		});
		await world.settle();
		expect(client.status()[0]?.problem).toMatch(/wss:/);
		client.close();
	});

	it('is the address, when it is none', () => {
		const world = new ScriptedWorld('my broker');
		expect(world.client.status()).toEqual([
			{
				url: 'my broker',
				state: 'down',
				problem: expect.stringMatching(/not the address/) as string
			}
		]);
	});
});

describe('several brokers', () => {
	it('are asked together; answers are taken in turn, and those who are down answer nothing', async () => {
		const world = new ScriptedWorld(url, other, 'wss://down.example');
		const [one, two] = world.sockets;
		one?.welcome();
		two?.welcome();
		const sampled = world.client.sample(circle, 3);
		const request = one?.request('sample') ?? 0;
		one?.say({ type: 'found', request, candidates: [2, 3, 4].map((seed) => introduced(seed)) });
		const candidates = [introduced(5), introduced(2)];
		two?.say({ type: 'found', request: two.request('sample'), candidates });
		expect((await sampled).map(({ peer }) => peer)).toEqual([peer(2), peer(5), peer(3)]);
	});

	it('each get what is for addresses of theirs', async () => {
		const world = new ScriptedWorld(url, other);
		for (const socket of world.sockets) socket.welcome();
		const [one, two] = world.sockets;
		const found = world.client.find(peer(2));
		one?.say({ type: 'found', request: one.request('find'), candidates: [] });
		two?.say({ type: 'found', request: two.request('find'), candidates: [introduced(2)] });
		const [candidate] = await found;
		if (candidate === undefined) throw new Error('not found');
		world.client.relay(candidate.address, Uint8Array.of(1));
		for (const strange of ['', '@', `${connection(2)}@wss://three.example/broker`, 'x@y']) {
			world.client.relay(strange as Address, Uint8Array.of(1));
		}
		expect(one?.heard.filter(({ type }) => type === 'relay')).toEqual([]);
		expect(two?.heard.filter(({ type }) => type === 'relay')).toHaveLength(1);
	});

	it('can be changed: those that stay keep their connection', () => {
		const world = new ScriptedWorld(url, other);
		for (const socket of world.sockets) socket.welcome();
		world.client.use([other, other, 'wss://three.example']);
		expect(world.sockets.map((socket) => [socket.url, socket.closed])).toEqual([
			[url, true],
			[other, false],
			['wss://three.example/broker', false]
		]);
		expect(world.client.status().map(({ state }) => state)).toEqual(['connected', 'connecting']);
	});

	it('are asked for 64 tokens at a time', () => {
		const world = new ScriptedWorld(url);
		world.socket.welcome();
		const tokens = Array.from({ length: 130 }, (_, i) => name32(i));
		void world.client.rendezvous(tokens);
		const asked = world.socket.heard.flatMap((message) =>
			message.type === 'rendezvous' ? [message.tokens.length] : []
		);
		expect(asked).toEqual([64, 64, 2]);
		world.client.close();
	});
});

describe('the address of a broker', () => {
	it.each([
		['wss://a.example/broker', 'wss://a.example/broker', 'a.example'],
		[' https://A.example:443/ ', 'wss://a.example/broker', 'a.example'],
		['http://localhost:8480', 'ws://localhost:8480/broker', 'localhost:8480'],
		['ws://[2001:DB8::1]:1/x', 'ws://[2001:db8::1]:1/x', '[2001:db8::1]:1'],
		['wss://me:secret@a.example/#x', 'wss://a.example/broker', 'a.example']
	])('%s is %s', (text, socket, audience) => {
		expect(parseBrokerUrl(text)).toEqual({ socket, audience });
	});

	it.each(['', 'a.example', 'ftp://a.example', 'wss://', 'javascript:1'])('is not %j', (text) => {
		expect(parseBrokerUrl(text)).toBeUndefined();
	});
});
