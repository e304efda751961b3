import { describe, expect, it } from 'vitest';
import { type InstanceId, nameOf } from '../../../src/lib/engine/identifiers.ts';
import {
	decodeHello,
	decodeProof,
	encodeHello,
	encodeProof
} from '../../../src/lib/engine/wire/handshake-messages.ts';
import { HandshakeFailed, openSession } from '../../../src/lib/engine/wire/session.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import type { LinkFaults } from '../../doubles/links.ts';
import { alice, answering, bob, dialing, linkPair, person } from './lines.ts';

type Options = Parameters<typeof openSession>[1];

/** Why each end refused, or whom it found. */
async function outcomes(
	ours: Partial<Options> = {},
	theirs: Partial<Options> = {},
	faults: LinkFaults = {}
): Promise<readonly unknown[]> {
	const clock = new VirtualClock();
	const [dialed, answered] = await linkPair(faults, clock);
	const settled = Promise.allSettled([
		openSession(dialed, dialing(clock, ours)),
		openSession(answered, answering(clock, theirs))
	]);
	await clock.advance(20_000);
	return (await settled).map((outcome): unknown => {
		if (outcome.status === 'fulfilled') return outcome.value.peer;
		const reason: unknown = outcome.reason;
		return reason instanceof HandshakeFailed ? reason.why : reason;
	});
}

describe('the handshake', () => {
	it('lets two peers in that can show who they are', async () => {
		expect(await outcomes()).toEqual([bob.keys.peer, alice.keys.peer]);
	});

	it('lets two instances of one peer meet, as an old device and a restored one', async () => {
		const restored = nameOf<InstanceId>(new Uint8Array(16).fill(1));
		const theirs = { keys: alice.keys, instance: restored };
		expect(await outcomes({}, theirs)).toEqual([alice.keys.peer, alice.keys.peer]);
	});

	it('refuses our own instance', async () => {
		const [ours] = await outcomes({}, { keys: alice.keys, instance: alice.instance });
		expect(ours).toBe('identity');
	});

	it('refuses another peer than the expected one', async () => {
		const [ours] = await outcomes({ expect: person('carol').keys.peer });
		expect(ours).toBe('identity');
	});

	it('refuses who names a peer without having its key', async () => {
		const keys = { peer: bob.keys.peer, identitySecret: person('mallory').keys.identitySecret };
		const [ours] = await outcomes({}, { keys });
		expect(ours).toBe('identity');
	});

	it('finds the man in the middle at both ends', async () => {
		expect(await outcomes({}, {}, { middleman: true })).toEqual(['fingerprint', 'fingerprint']);
	});

	it('takes the newest version that both speak', async () => {
		const clock = new VirtualClock();
		const [dialed, answered] = await linkPair({}, clock);
		const [atAlice] = await Promise.all([
			openSession(dialed, dialing(clock, { versions: [3, 2, 1] })),
			openSession(answered, answering(clock, { versions: [4, 2, 1] }))
		]);
		expect(atAlice.version).toBe(2);
	});

	it('refuses where there is no common version', async () => {
		expect(await outcomes({ versions: [2] })).toEqual(['version', 'version']);
	});

	it('refuses when somebody strikes the newest version off the list', async () => {
		const strike = (frame: Uint8Array, index: number): Uint8Array =>
			index === 0 ? encodeHello({ ...decodeHello(frame), versions: [1] }) : frame;
		const versions = [2, 1];
		const faults = { direction: 'forward', corrupt: strike } as const;
		expect(await outcomes({ versions }, { versions }, faults)).toContain('identity');
	});

	it('refuses a hello that is our own, sent back', async () => {
		const clock = new VirtualClock();
		const [ours, mirror] = await linkPair({}, clock);
		mirror.receive((frame) => void mirror.send(frame).catch(() => undefined));
		await expect(openSession(ours, dialing(clock))).rejects.toMatchObject({ why: 'malformed' });
	});

	it('refuses a peer that says nothing', async () => {
		const [ours] = await outcomes({}, {}, { direction: 'back', stallAt: 0 });
		expect(ours).toBe('timeout');
	});

	it('refuses a peer that leaves in the middle', async () => {
		expect(await outcomes({}, {}, { cutAt: 1 })).toEqual(['closed', 'closed']);
	});

	it.each([
		['an empty frame', new Uint8Array(0)],
		['a proof in place of the hello', encodeProof(new Uint8Array(64))],
		['a hello of 64 KiB', new Uint8Array(65_536).fill(1)],
		['a hello cut short', Uint8Array.of(1, 0xa7)]
	])('refuses %s', async (_what, bytes) => {
		const corrupt = (frame: Uint8Array, index: number): Uint8Array => (index === 0 ? bytes : frame);
		const [ours] = await outcomes({}, {}, { direction: 'back', corrupt });
		expect(ours).toBe('malformed');
	});

	it('closes the link of a failed handshake', async () => {
		const clock = new VirtualClock();
		const [dialed, answered] = await linkPair({ middleman: true }, clock);
		await Promise.allSettled([
			openSession(dialed, dialing(clock)),
			openSession(answered, answering(clock))
		]);
		expect(await dialed.closed).toBe('closed');
		expect(clock.sleeping).toBe(0);
	});
});

describe('handshake messages', () => {
	const hello = {
		versions: [2, 1],
		role: 'dialer',
		peer: alice.keys.peer,
		instance: alice.instance,
		nonce: new Uint8Array(32).fill(1),
		localFingerprint: new Uint8Array(32).fill(2),
		remoteFingerprint: new Uint8Array(32).fill(3)
	} as const;

	it('come back as they were', () => {
		expect(decodeHello(encodeHello(hello))).toEqual(hello);
		expect(decodeProof(encodeProof(new Uint8Array(64).fill(4)))).toEqual(
			new Uint8Array(64).fill(4)
		);
	});

	it('are refused with a nonce of another length', () => {
		expect(() => decodeHello(encodeHello({ ...hello, nonce: new Uint8Array(31) }))).toThrow();
	});

	it('are refused with more behind them', () => {
		expect(() => decodeHello(new Uint8Array([...encodeHello(hello), 0]))).toThrow();
	});
});
