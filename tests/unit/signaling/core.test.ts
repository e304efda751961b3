import { describe, expect, it } from 'vitest';
import { nameOf } from '../../../src/lib/engine/identifiers.ts';
import type { ClientMessage, ConnectionId } from '../../../src/lib/engine/wire/broker-messages.ts';
import { closeCode, home, name32, peer, proof, refusedFor, Relay, sent } from './relay.ts';

const elsewhere = Uint8Array.of(198, 51, 100);

function sample(circle: number, count = 32): ClientMessage {
	return { type: 'sample', request: 5, circle: nameOf(name32(circle)), count };
}

function candidatesOf(relay: Relay, id: ConnectionId, message: ClientMessage) {
	const [answer] = sent(relay.say(id, message));
	if (answer?.type !== 'found') throw new Error(`answered ${String(answer?.type)}`);
	return answer.candidates;
}

describe('proof of identity', () => {
	it('is asked for first and answered with the prefix that others are told', () => {
		const relay = new Relay();
		const { id, nonce, actions } = relay.open();
		expect(sent(actions)).toEqual([{ type: 'challenge', versions: [1], nonce, connection: id }]);
		expect(sent(relay.say(id, proof(1, nonce)))).toEqual([{ type: 'welcome', prefix: home }]);
	});

	it('fails with a signature by another key', () => {
		const relay = new Relay();
		const { id, nonce } = relay.open();
		const forged = { ...proof(1, nonce), peer: peer(2) } as ClientMessage;
		const actions = relay.say(id, forged);
		expect(refusedFor(actions)).toBe('bad-proof');
		expect(closeCode(actions)).toBe(1008);
		expect(relay.counts).toMatchObject({ connections: 0, peers: 0 });
	});

	it('fails when it was made for another broker, which passed our challenge on', () => {
		const relay = new Relay();
		const { id, nonce } = relay.open();
		expect(refusedFor(relay.say(id, proof(1, nonce, 'evil.example')))).toBe('bad-proof');
	});

	it('fails when it answers the challenge of another connection', () => {
		const relay = new Relay();
		const first = relay.open();
		const second = relay.open();
		expect(refusedFor(relay.say(second.id, proof(1, first.nonce)))).toBe('bad-proof');
	});

	it('fails with a version that this broker does not speak', () => {
		const relay = new Relay();
		const { id, nonce } = relay.open();
		const newer = { ...proof(1, nonce), version: 2 } as ClientMessage;
		expect(refusedFor(relay.say(id, newer))).toBe('bad-version');
	});

	it('is not given twice', () => {
		const relay = new Relay();
		const { id, nonce } = relay.open();
		relay.say(id, proof(1, nonce));
		expect(closeCode(relay.say(id, proof(1, nonce)))).toBe(1008);
	});

	it('has to come in time', () => {
		const relay = new Relay({ proveWithinMs: 10_000 });
		relay.open();
		const proven = relay.join(1);
		relay.nowMs = 9_999;
		expect(relay.take({ kind: 'tick' })).toEqual([]);
		relay.nowMs = 10_000;
		expect(closeCode(relay.take({ kind: 'tick' }))).toBe(4002);
		expect(relay.counts.connections).toBe(1);
		expect(candidatesOf(relay, proven, { type: 'find', request: 1, peer: peer(1) })).toEqual([]);
	});

	it.each<ClientMessage>([
		{ type: 'relay', to: nameOf(new Uint8Array(16)), payload: Uint8Array.of(1) },
		{ type: 'find', request: 1, peer: peer(1) },
		{ type: 'publish', request: 1, circles: [], advert: new Uint8Array(0), tokens: [] }
	])('comes before $type', (message) => {
		const relay = new Relay();
		const { id } = relay.open();
		const actions = relay.say(id, message);
		expect(refusedFor(actions)).toBe('not-proven');
		expect(closeCode(actions)).toBe(1008);
	});
});

describe('garbage', () => {
	it.each([
		['nothing', []],
		['no CBOR', [0xff, 0x00]],
		['no map', [0x01]],
		['a map of no known type', [0xa1, 0x64, 0x74, 0x79, 0x70, 0x65, 0x61, 0x78]],
		['nesting without end', new Array<number>(30_000).fill(0x81)]
	])('ends the connection: %s', (_what, bytes) => {
		const relay = new Relay();
		const connection = relay.join(1);
		const actions = relay.take({ kind: 'frame', connection, bytes: Uint8Array.from(bytes) });
		expect(refusedFor(actions)).toBe('malformed');
		expect(closeCode(actions)).toBe(1008);
		expect(relay.counts.peers).toBe(0);
	});

	it('from a connection that is gone is nothing', () => {
		const relay = new Relay();
		const connection = relay.join(1);
		relay.take({ kind: 'closed', connection });
		expect(relay.take({ kind: 'frame', connection, bytes: Uint8Array.of(1) })).toEqual([]);
		expect(relay.take({ kind: 'closed', connection })).toEqual([]);
	});
});

describe('circles', () => {
	it('are for those who published them', () => {
		const relay = new Relay();
		relay.publish(relay.join(1), [1]);
		const stranger = relay.join(2);
		expect(sent(relay.say(stranger, sample(1)))).toEqual([
			{ type: 'refused', request: 5, reason: 'not-a-member' }
		]);
		relay.publish(stranger, [1]);
		expect(candidatesOf(relay, stranger, sample(1))).toHaveLength(1);
	});

	it('name the newest connection of each other peer once, with advert and prefix', () => {
		const relay = new Relay();
		relay.publish(relay.join(1), [1], [], [1]);
		const newest = relay.join(1, elsewhere);
		relay.publish(newest, [1], [], [2]);
		const asking = relay.join(2);
		relay.publish(asking, [1]);
		expect(candidatesOf(relay, asking, sample(1))).toEqual([
			{ peer: peer(1), connection: newest, advert: Uint8Array.of(2), prefix: elsewhere }
		]);
	});

	it('draw every member equally often', () => {
		const relay = new Relay({ sentPerConnection: { capacity: 1e6, perSecond: 1 } });
		const asking = relay.join(1);
		relay.publish(asking, [1]);
		for (const seed of [2, 3, 4, 5, 6]) relay.publish(relay.join(seed), [1]);
		const drawn = new Map<string, number>();
		for (let round = 0; round < 1000; round++) {
			const found = candidatesOf(relay, asking, sample(1, 2));
			expect(new Set(found.map((candidate) => candidate.peer)).size).toBe(2);
			for (const { peer } of found) drawn.set(peer, (drawn.get(peer) ?? 0) + 1);
		}
		// 2 of 5, 1000 times: 400 each, standard deviation 15.5; five of them is a bound for a fixed seed.
		expect([...drawn.values()].every((times) => Math.abs(times - 400) < 78)).toBe(true);
		expect(drawn.size).toBe(5);
	});

	it('lose those who leave', () => {
		const relay = new Relay();
		const asking = relay.join(1);
		relay.publish(asking, [1]);
		const others = [2, 3, 4].map((seed) => relay.join(seed));
		for (const other of others) relay.publish(other, [1, 2]);
		for (const connection of others.slice(0, 2)) relay.take({ kind: 'closed', connection });
		const found = candidatesOf(relay, asking, sample(1));
		expect(found.map((candidate) => candidate.peer)).toEqual([peer(4)]);
		relay.publish(asking, []);
		for (const connection of others) relay.take({ kind: 'closed', connection });
		expect(relay.counts.circles).toBe(0);
	});
});

describe('finding', () => {
	it('names all connections of a peer but the asking one', () => {
		const relay = new Relay();
		const old = relay.join(1);
		const restoring = relay.join(1);
		const find: ClientMessage = { type: 'find', request: 1, peer: peer(1) };
		const other = relay.join(2);
		expect(candidatesOf(relay, other, find).map((c) => c.connection)).toEqual([old, restoring]);
		expect(candidatesOf(relay, restoring, find).map((c) => c.connection)).toEqual([old]);
	});

	it('tells strangers neither advert nor network', () => {
		const relay = new Relay();
		const alice = relay.join(1);
		relay.publish(alice, [1], [9], [1, 2, 3]);
		const stranger = relay.join(2);
		const rendezvous: ClientMessage = { type: 'rendezvous', request: 1, tokens: [name32(9)] };
		const nothing = new Uint8Array(0);
		expect(candidatesOf(relay, stranger, rendezvous)).toEqual([
			{ peer: peer(1), connection: alice, advert: nothing, prefix: nothing }
		]);
	});

	it('gives every token its turn before any token its second', () => {
		const relay = new Relay({ waitersPerTokenMax: 8 });
		for (let seed = 1; seed <= 12; seed++) relay.publish(relay.join(seed), [], [100]);
		for (let seed = 101; seed <= 163; seed++) relay.publish(relay.join(seed), [], [seed]);
		const asking = relay.join(200);
		const tokens = Array.from({ length: 64 }, (_, i) => name32(100 + i));
		const found = candidatesOf(relay, asking, { type: 'rendezvous', request: 1, tokens });
		expect(found).toHaveLength(64);
		expect(found.filter((candidate) => candidate.peer === peer(12))).toHaveLength(1);
		const one = candidatesOf(relay, asking, {
			type: 'rendezvous',
			request: 2,
			tokens: [name32(100)]
		});
		expect(one).toHaveLength(8);
	});

	it('keeps the newest eight connections of a peer and hangs up on older ones', () => {
		const relay = new Relay({ connectionsPerPeerMax: 8 });
		const first = relay.join(1);
		for (let i = 0; i < 7; i++) relay.join(1);
		const { id, nonce } = relay.open();
		const actions = relay.say(id, proof(1, nonce));
		expect(actions.at(-1)).toMatchObject({ kind: 'close', connection: first, code: 4001 });
		expect(relay.counts.connections).toBe(8);
	});
});

describe('relaying', () => {
	const payload = Uint8Array.of(1, 2, 3);

	it('names the sender by connection and proven identity', () => {
		const relay = new Relay();
		const [alice, bob] = [relay.join(1), relay.join(2)];
		expect(relay.say(alice, { type: 'relay', to: bob, payload })).toEqual([
			{
				kind: 'send',
				to: bob,
				message: { type: 'relayed', from: alice, peer: peer(1), payload }
			}
		]);
	});

	it('refuses connections that are unknown, gone, or without a proof', () => {
		const relay = new Relay();
		const alice = relay.join(1);
		const gone = relay.join(2);
		relay.take({ kind: 'closed', connection: gone });
		const unproven = relay.open().id;
		const never = nameOf<ConnectionId>(new Uint8Array(16).fill(0xee));
		for (const to of [gone, unproven, never]) {
			const actions = relay.say(alice, { type: 'relay', to, payload });
			expect(refusedFor(actions)).toBe('unknown-connection');
			expect(actions).toHaveLength(1);
		}
	});
});
