import { describe, expect, it } from 'vitest';
import type { BrokerMessage } from '../../../src/lib/engine/wire/broker-messages.ts';
import { ScriptedWorld } from './scripted-broker.ts';

const one = 'wss://one.example/broker';
const two = 'wss://two.example/broker';

function offer(name: string, seconds = 60): BrokerMessage & { readonly type: 'turn' } {
	return {
		type: 'turn',
		urls: [`turn:${name}`],
		username: `user of ${name}`,
		credential: 'c',
		seconds
	};
}

function names(world: ScriptedWorld): readonly string[] {
	return world.client.turnOffers().map(({ username }) => username);
}

describe('TURN servers that brokers offer', () => {
	it('are used of each broker, the last of each', () => {
		const world = new ScriptedWorld(one, two);
		expect(names(world)).toEqual([]);
		const [first, second] = world.sockets;
		for (const socket of world.sockets) socket.welcome();
		first?.say(offer('a.example'));
		second?.say(offer('b.example'));
		first?.say(offer('c.example'));
		expect(names(world)).toEqual(['user of c.example', 'user of b.example']);
		expect(world.state).toBe('connected');
	});

	it('are used until their credentials end, also while the broker is away', async () => {
		const world = new ScriptedWorld(one);
		world.socket.welcome();
		world.socket.say(offer('a.example', 60));
		world.socket.drop(1006);
		await world.clock.advance(59_999);
		expect(names(world)).toEqual(['user of a.example']);
		await world.clock.advance(1);
		expect(names(world)).toEqual([]);
	});

	it('are not taken of a broker that is no longer wanted', () => {
		const world = new ScriptedWorld(one, two);
		for (const socket of world.sockets) socket.welcome();
		world.sockets[0]?.say(offer('a.example'));
		world.client.use([two]);
		expect(names(world)).toEqual([]);
	});

	it('are not taken before the welcome', async () => {
		const world = new ScriptedWorld(one);
		world.socket.open();
		world.socket.say(offer('a.example'));
		await world.settle();
		expect(names(world)).toEqual([]);
		expect(world.state).toBe('down');
	});
});
