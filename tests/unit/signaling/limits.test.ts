import { describe, expect, it } from 'vitest';
import { fullBucket, isFull, take } from '../../../signaling/bucket.ts';
import type { ClientMessage } from '../../../src/lib/engine/wire/broker-messages.ts';
import { closeCode, home, peer, refusedFor, Relay, sent } from './relay.ts';

const find: ClientMessage = { type: 'find', request: 1, peer: peer(9) };
const elsewhere = Uint8Array.of(198, 51, 100);

describe('a token bucket', () => {
	it('grants its capacity at once, then its rate', () => {
		const bucket = fullBucket({ capacity: 3, perSecond: 2 }, 0);
		expect([1, 2, 3, 4].map(() => take(bucket, 1, 0))).toEqual([
			'granted',
			'granted',
			'granted',
			'refused'
		]);
		expect(take(bucket, 1, 1000)).toBe('granted');
	});

	it('calls it a flood after as much again was refused', () => {
		const bucket = fullBucket({ capacity: 2, perSecond: 1 }, 0);
		const verdicts = Array.from({ length: 6 }, () => take(bucket, 1, 0));
		expect(verdicts).toEqual(['granted', 'granted', 'refused', 'refused', 'refused', 'flooding']);
	});

	it('is full again after a while, never over, and takes no harm from a clock that goes back', () => {
		const bucket = fullBucket({ capacity: 2, perSecond: 1 }, 5000);
		take(bucket, 2, 5000);
		expect(isFull(bucket, 1000)).toBe(false);
		expect(isFull(bucket, 3000)).toBe(true);
		expect(take(bucket, 3, 900_000)).toBe('refused');
	});
});

describe('a flood', () => {
	it('is refused, then ended, and others notice nothing', () => {
		const relay = new Relay({ sentPerConnection: { capacity: 10, perSecond: 1 } });
		const [flooder, other] = [relay.join(1), relay.join(2)];
		const reasons = Array.from({ length: 30 }, () => relay.say(flooder, find));
		expect(refusedFor(reasons[12] ?? [])).toBe('too-fast');
		expect(sent(reasons[12] ?? [])[0]).toMatchObject({ request: 1 });
		expect(reasons.map(closeCode)).toContain(1008);
		expect(relay.counts.connections).toBe(1);
		expect(sent(relay.say(other, find))[0]?.type).toBe('found');
	});

	it('of large messages ends sooner than one of small ones', () => {
		const relay = new Relay({ sentPerConnection: { capacity: 10, perSecond: 1 } });
		const [alice, bob] = [relay.join(1), relay.join(2)];
		const large: ClientMessage = { type: 'relay', to: bob, payload: new Uint8Array(16_000) };
		const outcomes = [1, 2, 3].map(() => refusedFor(relay.say(alice, large)));
		expect(outcomes).toEqual([undefined, undefined, 'too-fast']);
	});

	it('by many connections of one network is refused, and none of them is blamed', () => {
		const relay = new Relay({ sentPerPrefix: { capacity: 6, perSecond: 1 } });
		const neighbours = [1, 2, 3, 4].map((seed) => relay.join(seed));
		const outsider = relay.join(5, elsewhere);
		const actions = neighbours.flatMap((id) => [relay.say(id, find), relay.say(id, find)]).flat();
		expect(refusedFor(actions)).toBe('too-fast');
		expect(closeCode(actions)).toBeUndefined();
		expect(sent(relay.say(outsider, find))[0]?.type).toBe('found');
	});

	it('towards one receiver is refused at the senders', () => {
		const relay = new Relay({ relayedToConnection: { capacity: 4, perSecond: 1 } });
		const victim = relay.join(1);
		const senders = [2, 3, 4].map((seed) => relay.join(seed));
		const message: ClientMessage = { type: 'relay', to: victim, payload: Uint8Array.of(1) };
		const actions = senders.flatMap((id) => [relay.say(id, message), relay.say(id, message)]);
		expect(actions.map(refusedFor)).toEqual([
			...new Array<undefined>(4).fill(undefined),
			'too-fast',
			'too-fast'
		]);
	});
});

describe('connections', () => {
	it('are turned away over the cap of all', () => {
		const relay = new Relay({ connectionsMax: 2 });
		relay.open();
		relay.open(elsewhere);
		expect(closeCode(relay.open(elsewhere).actions)).toBe(1013);
	});

	it('are turned away over the cap of one network, until one of them leaves', () => {
		const relay = new Relay({ connectionsPerPrefixMax: 2 });
		const { id } = relay.open();
		relay.open();
		expect(closeCode(relay.open().actions)).toBe(1013);
		expect(closeCode(relay.open(elsewhere).actions)).toBeUndefined();
		relay.take({ kind: 'closed', connection: id });
		expect(closeCode(relay.open().actions)).toBeUndefined();
	});

	it('of one network may not come and go too fast', () => {
		const relay = new Relay({ opensPerPrefix: { capacity: 3, perSecond: 1 } });
		const visit = (): number | undefined => {
			const { id, actions } = relay.open();
			relay.take({ kind: 'closed', connection: id });
			return closeCode(actions);
		};
		expect([visit(), visit(), visit(), visit()]).toEqual([undefined, undefined, undefined, 1013]);
		relay.nowMs = 2000;
		expect(visit()).toBeUndefined();
	});

	it('leave nothing behind once their network was quiet for a while', () => {
		const relay = new Relay();
		const connection = relay.join(1, home);
		relay.publish(connection, [1, 2], [3, 4]);
		relay.take({ kind: 'closed', connection });
		expect(relay.counts).toEqual({ connections: 0, peers: 0, circles: 0, tokens: 0 });
		relay.take({ kind: 'tick' });
		expect(relay.networks).toBe(1);
		relay.nowMs = 60_000;
		relay.take({ kind: 'tick' });
		expect(relay.networks).toBe(0);
	});
});
