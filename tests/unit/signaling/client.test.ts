import { describe, expect, it } from 'vitest';
import { nameOf, type CircleId } from '../../../src/lib/engine/identifiers.ts';
import { verify } from '../../../src/lib/engine/keys/signature.ts';
import type { BrokerMessage } from '../../../src/lib/engine/wire/broker-messages.ts';
import { proofMessage } from '../../../src/lib/engine/wire/broker-proof.ts';
import { name32, peer } from './relay.ts';
import { connection, introduced, ScriptedWorld } from './scripted-broker.ts';

const url = 'wss://one.example/broker';
const other = 'wss://two.example:8480/broker';
const circle = nameOf<CircleId>(name32(1));

describe('the proof', () => {
	it('is addressed to the host that was dialled', () => {
		const world = new ScriptedWorld(other);
		world.socket.open();
		world.socket.challenge();
		const proof = world.socket.heard[0];
		if (proof?.type !== 'prove') throw new Error('no proof');
		const signed = proofMessage(name32(7), 'two.example:8480');
		expect(verify(peer(1), 'broker', signed, proof.signature)).toBe(true);
	});

	it('is not given twice, nor to a broker of another version', async () => {
		const twice = new ScriptedWorld(url);
		twice.socket.welcome();
		twice.socket.challenge();
		await twice.settle();
		expect(twice.problem).toMatch(/does not speak the language/);
		const newer = new ScriptedWorld(url);
		newer.socket.open();
		newer.socket.challenge([2]);
		await newer.settle();
		expect(newer.socket.heard).toEqual([]);
		expect(newer.problem).toMatch(/newer version/);
	});
});

describe('a broker that breaks the rules', () => {
	const relayed: BrokerMessage = {
		type: 'relayed',
		from: connection(2),
		peer: peer(2),
		payload: Uint8Array.of(1)
	};
	it.each<[string, unknown]>([
		['text', 'hello'],
		['garbage', Uint8Array.of(0xff).buffer],
		['nothing', new ArrayBuffer(0)],
		['more than it may', new ArrayBuffer(200_000)]
	])('by saying %s is left', async (_what, data) => {
		const world = new ScriptedWorld(url);
		world.socket.welcome();
		world.socket.sayRaw(data);
		await world.settle();
		expect(world.socket.closed).toBe(true);
		expect([world.state, world.problem]).toEqual([
			'down',
			expect.stringMatching(/does not speak the language/)
		]);
	});

	it.each<BrokerMessage>([
		{ type: 'welcome', prefix: new Uint8Array(0) },
		relayed,
		{ type: 'found', request: 1, candidates: [] },
		{ type: 'published', request: 1 }
	])('by a $type before its time is left', async (message) => {
		const world = new ScriptedWorld(url);
		const heard: unknown[] = [];
		world.client.onRelay((...all) => heard.push(all));
		world.socket.open();
		world.socket.say(message);
		await world.settle();
		expect(world.state).toBe('down');
		expect(heard).toEqual([]);
	});

	it('by offering ourselves, somebody else, or one peer twice is not believed', async () => {
		const world = new ScriptedWorld(url);
		world.socket.welcome();
		const sampled = world.client.sample(circle, 2);
		world.socket.say({
			type: 'found',
			request: world.socket.request('sample'),
			candidates: [introduced(1), introduced(2), introduced(2, 9), introduced(3), introduced(4)]
		});
		expect((await sampled).map((candidate) => candidate.peer)).toEqual([peer(2), peer(3)]);
		const found = world.client.find(peer(2));
		world.socket.say({
			type: 'found',
			request: world.socket.request('find'),
			candidates: [introduced(3), introduced(2), introduced(2)]
		});
		expect(await found).toHaveLength(1);
	});

	it('by answering what nobody asked is not listened to', async () => {
		const world = new ScriptedWorld(url);
		world.socket.welcome();
		world.socket.say({ type: 'found', request: 777, candidates: [introduced(2)] });
		world.socket.say({ type: 'refused', request: 778, reason: 'too-fast' });
		await world.settle();
		expect(world.state).toBe('connected');
	});
});

describe('a broker that falls silent', () => {
	it('before its welcome is left after 15 s', async () => {
		const world = new ScriptedWorld(url);
		world.socket.open();
		await world.clock.advance(14_999);
		expect(world.state).toBe('connecting');
		await world.clock.advance(1);
		expect([world.state, world.problem]).toEqual(['down', 'The broker stopped answering.']);
		expect(world.socket.closed).toBe(true);
	});

	it('on a request has found nothing, and is left after 10 s', async () => {
		const world = new ScriptedWorld(url);
		world.socket.welcome();
		world.socket.say({ type: 'published', request: world.socket.request('publish') });
		const found = world.client.find(peer(2));
		await world.clock.advance(10_000);
		expect(await found).toEqual([]);
		expect(world.state).toBe('down');
	});

	it('between two of them is noticed by publishing again', async () => {
		const world = new ScriptedWorld(url);
		world.socket.welcome();
		world.socket.say({ type: 'published', request: world.socket.request('publish') });
		await world.clock.advance(60_000);
		expect(world.socket.heard.filter(({ type }) => type === 'publish')).toHaveLength(2);
		expect(world.state).toBe('connected');
		await world.clock.advance(10_000);
		expect(world.state).toBe('down');
	});
});
