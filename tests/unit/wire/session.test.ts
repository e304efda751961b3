import { describe, expect, it } from 'vitest';
import { LinkClosed } from '../../../src/lib/engine/failures.ts';
import { nameOf, type StripeId } from '../../../src/lib/engine/identifiers.ts';
import { sameBytes } from '../../../src/lib/engine/wire/broker-fields.ts';
import { cancelFrame } from '../../../src/lib/engine/wire/frames.ts';
import type { Reply, Request } from '../../../src/lib/engine/wire/messages.ts';
import {
	openSession,
	RequestTimedOut,
	type Session
} from '../../../src/lib/engine/wire/session.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { alice, answering, bobId, dialing, line, linkPair } from './lines.ts';

const stripe = nameOf<StripeId>(new Uint8Array(16).fill(7));

function putBlock(number: number, bytes: number): Request & { type: 'put-block' } {
	const record = new Uint8Array(bytes).fill(number);
	return { type: 'put-block', number, stripe, position: 1, record };
}

/** A promise that the test settles. */
function gate<Value>(): { promise: Promise<Value>; open: (value: Value) => void } {
	let open: (value: Value) => void = () => undefined;
	const promise = new Promise<Value>((resolve) => (open = resolve));
	return { promise, open };
}

describe('a session', () => {
	it('tells both ends whom they talk to', async () => {
		const { alice: atAlice, bob: atBob } = await line();
		expect(atAlice.peer).toBe(bobId);
		expect(atBob.peer).toBe(alice.keys.peer);
		expect(atBob.instance).toBe(alice.instance);
		expect(atAlice.version).toBe(1);
	});

	it('carries a block of many frames there and back unchanged', async () => {
		const shelf = new Map<number, Uint8Array>();
		const { alice: owner } = await line({
			serve: (request): Promise<Reply> => {
				if (request.type === 'put-block') shelf.set(request.number, request.record);
				if (request.type !== 'get-block') return Promise.resolve({ type: 'acknowledged' });
				return Promise.resolve({ type: 'block', record: shelf.get(request.number) ?? nothing });
			}
		});
		const sent = putBlock(5, 300_000);
		expect(await owner.request(sent)).toEqual({ type: 'acknowledged' });
		const back = await owner.request({ type: 'get-block', number: 5, purpose: 'restore' });
		expect(back.type === 'block' && sameBytes(back.record, sent.record)).toBe(true);
		expect(owner.pendingBytes).toBe(0);
	});

	it('lets a control request overtake 4 MiB of bulk', async () => {
		const order: string[] = [];
		const { alice: owner } = await line({
			serve: (request) => {
				order.push(request.type);
				return Promise.resolve(
					request.type === 'get-heads' ? { type: 'heads', heads: [] } : { type: 'acknowledged' }
				);
			}
		});
		const blocks = Array.from({ length: 16 }, (_, i) => owner.request(putBlock(i, 256 * 1024)));
		await owner.request({ type: 'get-heads' });
		expect(order.indexOf('get-heads')).toBeLessThanOrEqual(1);
		expect(owner.pendingBytes).toBeGreaterThan(3 * 1024 * 1024);
		await Promise.all(blocks);
		expect(order).toHaveLength(17);
	});

	it('holds back what the partner may not be made to hold, and loses none of it', async () => {
		let open = 0;
		let openMost = 0;
		const gates: (() => void)[] = [];
		const { alice: owner, clock } = await line({
			serve: async () => {
				openMost = Math.max(openMost, ++open);
				await new Promise<void>((resolve) => gates.push(resolve));
				open--;
				return { type: 'acknowledged' };
			}
		});
		const blocks = Array.from({ length: 60 }, (_, i) => owner.request(putBlock(i, 1000)));
		for (let done = 0; done < 60; done++) {
			if (gates.length === 0) await clock.advance(0);
			gates.shift()?.();
		}
		await Promise.all(blocks);
		expect(openMost).toBe(24);
	});

	it('answers once with declined when serving throws, and says so in the log', async () => {
		const { alice: owner, log } = await line({
			serve: () => Promise.reject(new Error('disk on fire'))
		});
		const reply = await owner.request({ type: 'get-heads' });
		expect(reply).toMatchObject({ type: 'declined', reason: 'busy' });
		expect(JSON.stringify(reply)).not.toContain('fire');
		expect(log).toEqual([expect.stringContaining('get-heads failed: Error: disk on fire')]);
	});

	it('gives up a request that is not answered, and goes on', async () => {
		const held = gate<Reply>();
		const { alice: owner, clock } = await line({
			serve: (request) =>
				request.type === 'list-shelf' ? held.promise : Promise.resolve({ type: 'acknowledged' })
		});
		const asked = owner.request({ type: 'list-shelf', from: 0, limit: 1 }, { timeoutMs: 5_000 });
		const outcome = expect(asked).rejects.toBeInstanceOf(RequestTimedOut);
		await clock.advance(6_000);
		await outcome;
		held.open({ type: 'shelf', entries: [], more: false });
		await clock.advance(60_000);
		expect(await owner.request(putBlock(1, 10))).toEqual({ type: 'acknowledged' });
	});

	it('ends when the partner does not even close what was given up', async () => {
		const { alice: owner, clock } = await line({ serve: () => new Promise(() => undefined) });
		const outcome = expect(owner.request({ type: 'get-heads' })).rejects.toBeInstanceOf(
			RequestTimedOut
		);
		await clock.advance(61_000);
		await outcome;
		expect(await owner.closed).toBe('it does not answer');
	});

	it('keeps waiting for a slow bulk stream while it moves', async () => {
		const gates: (() => void)[] = [];
		const { alice: owner, clock } = await line({
			serve: async () => {
				await new Promise<void>((resolve) => gates.push(resolve));
				return { type: 'acknowledged' };
			}
		});
		const blocks = Array.from({ length: 6 }, (_, i) => owner.request(putBlock(i, 10)));
		for (let i = 0; i < 6; i++) {
			await clock.advance(20_000);
			gates.shift()?.();
		}
		await expect(Promise.all(blocks)).resolves.toHaveLength(6);
	});

	it('lets the asker give up by signal', async () => {
		const { alice: owner } = await line({ serve: () => new Promise(() => undefined) });
		const abort = new AbortController();
		const asked = owner.request(
			{ type: 'get-block', number: 1, purpose: 'restore' },
			{ signal: abort.signal }
		);
		abort.abort(new Error('found elsewhere'));
		await expect(asked).rejects.toThrow('found elsewhere');
	});

	it('refuses to send what the partner would refuse, and stands', async () => {
		const { alice: owner } = await line();
		await expect(owner.request(putBlock(-1, 10))).rejects.toBeInstanceOf(RangeError);
		await expect(owner.request(putBlock(1, 2 ** 21))).rejects.toBeInstanceOf(RangeError);
		expect(await owner.request(putBlock(1, 10))).toEqual({ type: 'acknowledged' });
	});

	it('rejects what is open when the link breaks', async () => {
		const { alice: owner, bob } = await line({ serve: () => new Promise(() => undefined) });
		const asked = owner.request({ type: 'get-heads' });
		const outcome = expect(asked).rejects.toBeInstanceOf(LinkClosed);
		bob.close('going to sleep');
		await outcome;
		await expect(owner.request({ type: 'get-heads' })).rejects.toBeInstanceOf(LinkClosed);
		expect(await bob.closed).toBe('going to sleep');
	});
});

describe('a partner that breaks the protocol is cut off', () => {
	it('when it stops in the middle of a block', async () => {
		const {
			alice: owner,
			bob,
			clock
		} = await line({
			faults: { direction: 'forward', stallAt: 4 }
		});
		const outcome = expect(owner.request(putBlock(1, 300_000))).rejects.toThrow();
		await clock.advance(31_000);
		expect(await bob.closed).toBe('it stopped in the middle of a message');
		await outcome;
	});

	it('when nothing gets through to it', async () => {
		const { alice: owner, clock } = await line({ faults: { direction: 'forward', stallAt: 2 } });
		const blocks = [1, 2, 3].map((i) => owner.request(putBlock(i, 300_000)));
		const outcomes = expect(Promise.allSettled(blocks)).resolves.toHaveLength(3);
		await clock.advance(31_000);
		expect(await owner.closed).toBe('nothing gets through');
		await outcomes;
	});

	it('when a frame is corrupt', async () => {
		const { alice: owner, bob } = await line({
			faults: { direction: 'forward', corrupt: (frame, i) => (i < 2 ? frame : frame.fill(255)) }
		});
		await expect(owner.request({ type: 'get-heads' })).rejects.toBeInstanceOf(LinkClosed);
		expect(await bob.closed).toMatch(/broke the protocol/);
	});

	it('when it answers another question', async () => {
		const { alice: owner } = await line({
			serve: () => Promise.resolve({ type: 'heads', heads: [] })
		});
		await expect(
			owner.request({ type: 'get-block', number: 1, purpose: 'restore' })
		).rejects.toThrow('heads is no answer to get-block');
	});

	it.each([
		['a reply nobody asked for', [4, 3, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0xa0]],
		['more than the largest message', [3, 5, 0, 0, 0, 9, 0, 0, 0, 1, 0xff, 0, 0, 0, 0xa0]],
		['CBOR of no message', [3, 3, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 0, 0xa0]],
		['a length that lies', [3, 3, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 0, 0xa0]],
		['a hello in the middle', [1, 0, 0, 0, 0, 0]],
		['an empty frame', []]
	])('when it sends %s', async (_what, bytes) => {
		const { bob, send } = await rawAlice();
		await send(new Uint8Array(bytes));
		expect(await bob.closed).toMatch(/broke the protocol/);
	});

	it('when it has more requests open than allowed', async () => {
		const { bob, send } = await rawAlice(() => new Promise(() => undefined));
		for (let id = 1; id <= 33; id++) await send(getHeadsFrame(id));
		expect(await bob.closed).toMatch(/more open requests than allowed/);
	});

	it('but not for cancelling what is no longer open', async () => {
		const { bob, send } = await rawAlice();
		await send(cancelFrame(77));
		expect(await bob.request(putBlock(1, 10))).toEqual({ type: 'acknowledged' });
	});
});

const nothing = new Uint8Array(0);

/** Bob with a partner that shook hands properly and sends frames of its own making since. */
async function rawAlice(
	serve: () => Promise<Reply> = () => Promise.resolve({ type: 'acknowledged' })
): Promise<{ bob: Session; send: (frame: Uint8Array) => Promise<void> }> {
	const clock = new VirtualClock();
	const [dialed, answered] = await linkPair({}, clock);
	const [, bob] = await Promise.all([
		openSession(dialed, dialing(clock)),
		openSession(answered, answering(clock, { serve }))
	]);
	return { bob, send: (frame) => dialed.send(frame) };
}

/** `get-heads` in one frame. */
function getHeadsFrame(id: number): Uint8Array {
	const meta = [0xa2, 0x61, 0x76, 1, 0x64, ...ascii('type'), 0x69, ...ascii('get-heads')];
	return new Uint8Array([3, 3, 0, 0, 0, id, 0, 0, 0, meta.length, 0, 0, 0, 0, ...meta]);
}

function ascii(text: string): number[] {
	return [...new TextEncoder().encode(text)];
}
