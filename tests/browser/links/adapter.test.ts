/** What only the WebRTC adapter has: set-up through a broker that may lie, die or flood, and two threads. */
import { afterEach, describe, expect, it } from 'vitest';
import { decodeSetup, encodeSetup } from '../../../src/lib/adapters/webrtc/setup-messages.ts';
import { LinkFailed } from '../../../src/lib/engine/failures.ts';
import type { Address, Broker, Link } from '../../../src/lib/engine/ports.ts';
import { sameBytes } from '../../../src/lib/engine/wire/broker-fields.ts';
import { HandshakeFailed, openSession } from '../../../src/lib/engine/wire/session.ts';
import { nextLink } from '../../contract/links.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { alice, answering, bob, dialing } from '../../unit/wire/lines.ts';
import { join, type LinkedPeer, newBroker, withBroker } from './peers.ts';
import { RelayBroker, RelayExchange } from './relay-exchange.ts';

const peers: LinkedPeer[] = [];

function known(peer: LinkedPeer): LinkedPeer {
	peers.push(peer);
	return peer;
}

afterEach(() => {
	for (const peer of peers.splice(0)) peer.end();
});

describe('a dial over WebRTC', () => {
	it('fails after 20 s when nobody answers, and leaves no connection behind', async () => {
		const clock = new VirtualClock();
		const network = newBroker();
		const dialer = known(join(network, 1, clock));
		const nobody = network.join(bob.keys.peer);
		const dial = dialer.links.dial(nobody.address);
		const outcome = expect(dial).rejects.toThrow('no link after 20000 ms');
		await clock.advance(20_000);
		await outcome;
		await expect.poll(() => dialer.page.size).toBe(0);
	});

	it('fails at once when the other side is busy', async () => {
		const network = newBroker();
		const dialer = known(join(network, 1));
		// Nobody listens for links there.
		const busy = known(join(network, 2));
		await expect(dialer.links.dial(busy.address)).rejects.toThrow('refused: busy');
	});

	it('can be given up half-way', async () => {
		const network = newBroker();
		const dialer = known(join(network, 1));
		const nobody = network.join(bob.keys.peer);
		const abort = new AbortController();
		const dial = dialer.links.dial(nobody.address, abort.signal);
		abort.abort();
		await expect(dial).rejects.toBeInstanceOf(LinkFailed);
	});

	it('takes no more than two set-ups at once from one address', async () => {
		const exchange = new RelayExchange();
		const dialer = known(at(exchange, 'dialer'));
		const target = known(at(exchange, 'target'));
		target.links.onLink(() => undefined);
		// The answers never arrive: every set-up stays pending at the target.
		exchange.tamper = ({ from, payload }) =>
			from === 'target' && isAnswer(payload) ? [] : undefined;
		const dials = [1, 2, 3].map(() => dialer.links.dial(target.address));
		await expect(Promise.any(dials.map(rejection))).resolves.toBe('refused: busy');
		dialer.links.close();
		await Promise.allSettled(dials);
	});
});

describe('a broker that lies about a fingerprint', () => {
	it('gets no link at all when it only changes the set-up messages', async () => {
		const exchange = new RelayExchange();
		const dialer = known(at(exchange, 'dialer', new VirtualClock()));
		const target = known(at(exchange, 'target', new VirtualClock()));
		target.links.onLink(() => undefined);
		exchange.tamper = ({ to, payload }) => [{ to, payload: withFalseFingerprint(payload) }];
		// The browser itself sees that the certificate is not the announced one.
		await expect(dialer.links.dial(target.address)).rejects.toBeInstanceOf(LinkFailed);
	});

	it('is found out by the handshake when it sits in the middle', async () => {
		const [atAlice, atBob] = await tapped();
		const clock = new VirtualClock();
		const outcomes = await Promise.allSettled([
			openSession(atAlice, dialing(clock, { expect: bob.keys.peer })),
			openSession(atBob, answering(clock))
		]);
		for (const outcome of outcomes) {
			expect(outcome).toMatchObject({ status: 'rejected', reason: { why: 'fingerprint' } });
			expect((outcome as PromiseRejectedResult).reason).toBeInstanceOf(HandshakeFailed);
		}
	});
});

describe('a session over WebRTC', () => {
	it('carries blocks both ways and ends with the page', async () => {
		const network = newBroker();
		const dialer = known(join(network, 1));
		const target = known(join(network, 2));
		const answered = nextLink(target.links);
		const clock = new VirtualClock();
		const record = crypto.getRandomValues(new Uint8Array(65_000)).slice(0, 60_001);
		const [atAlice, atBob] = await Promise.all([
			dialer.links.dial(target.address).then((link) => openSession(link, dialing(clock))),
			answered.then((link) =>
				openSession(
					link,
					answering(clock, { serve: () => Promise.resolve({ type: 'block', record }) })
				)
			)
		]);
		expect(atBob.peer).toBe(alice.keys.peer);
		const blocks = await Promise.all(
			Array.from({ length: 40 }, (_, number) =>
				atAlice.request({ type: 'get-block', number, purpose: 'restore' })
			)
		);
		expect(blocks.every((b) => b.type === 'block' && sameBytes(b.record, record))).toBe(true);
		target.page.close();
		expect(await atAlice.closed).not.toBe('');
	});
});

function at(exchange: RelayExchange, name: string, clock?: VirtualClock): LinkedPeer {
	const broker: Broker = new RelayBroker(exchange, name as Address);
	return withBroker(broker, name as Address, clock);
}

/** Both ends of what alice and bob take for one link, with the broker's own certificate on either half. */
async function tapped(): Promise<readonly [Link, Link]> {
	const exchange = new RelayExchange();
	const [dialer, target] = [known(at(exchange, 'alice')), known(at(exchange, 'bob'))];
	const [falseBob, falseAlice] = [
		known(at(exchange, 'falseBob')),
		known(at(exchange, 'falseAlice'))
	];
	exchange.tamper = ({ from, to, payload }) => {
		if (from === 'alice' && to === 'bob') return [{ to: 'falseBob', payload }];
		if (from === 'falseBob') return [{ from: 'bob', to: 'alice', payload }];
		if (from === 'falseAlice') return [{ from: 'alice', to: 'bob', payload }];
		if (from === 'bob') return [{ to: 'falseAlice', payload }];
		return undefined;
	};
	const atFalseBob = nextLink(falseBob.links);
	const atTarget = nextLink(target.links);
	const atAlice = await dialer.links.dial(target.address);
	const half = await atFalseBob;
	const otherHalf = await falseAlice.links.dial(target.address);
	half.receive((frame) => void otherHalf.send(frame).catch(() => undefined));
	otherHalf.receive((frame) => void half.send(frame).catch(() => undefined));
	return [atAlice, await atTarget];
}

function withFalseFingerprint(payload: Uint8Array): Uint8Array {
	const message = decodeSetup(payload);
	if (message.type !== 'offer' && message.type !== 'answer') return payload;
	const other = Array.from({ length: 32 }, () => 'AB').join(':');
	const sdp = message.sdp.replace(/(a=fingerprint:sha-256) [0-9A-F:]+/gi, `$1 ${other}`);
	return encodeSetup({ ...message, sdp });
}

function isAnswer(payload: Uint8Array): boolean {
	return decodeSetup(payload).type === 'answer';
}

async function rejection(dial: Promise<Link>): Promise<string> {
	return dial.then(
		() => Promise.reject(new Error('a link came about')),
		(error: unknown) => (error instanceof Error ? error.message : String(error))
	);
}
