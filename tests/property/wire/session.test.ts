import fc from 'fast-check';
import { expect, it } from 'vitest';
import { nameOf, type StripeId } from '../../../src/lib/engine/identifiers.ts';
import type { Reply } from '../../../src/lib/engine/wire/messages.ts';
import { openSession, type Session } from '../../../src/lib/engine/wire/session.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { answering, dialing, line, linkPair, type Serve } from '../../unit/wire/lines.ts';

const stripe = nameOf<StripeId>(new Uint8Array(16));

/** Gives back a block that tells which number was asked for, after so many turns of others. */
function numbered(turns: SeededRandom): Serve {
	return async (request): Promise<Reply> => {
		for (let left = turns.below(5); left > 0; left--) await Promise.resolve();
		if (request.type === 'put-block') return { type: 'acknowledged' };
		if (request.type !== 'get-block') return { type: 'heads', heads: [] };
		return { type: 'block', record: new Uint8Array(1 + request.number * 997).fill(request.number) };
	};
}

interface Step {
	readonly ask: 'get' | 'put' | 'heads';
	readonly number: number;
	readonly bulk: boolean;
}

async function ask(session: Session, { ask: kind, number, bulk }: Step): Promise<boolean> {
	const priority = bulk ? 'bulk' : 'control';
	if (kind === 'heads') {
		return (await session.request({ type: 'get-heads' }, { priority })).type === 'heads';
	}
	if (kind === 'get') {
		const reply = await session.request(
			{ type: 'get-block', number, purpose: 'restore' },
			{ priority }
		);
		return reply.type === 'block' && reply.record.length === 1 + number * 997;
	}
	const record = new Uint8Array(1 + number * 1499);
	const put = { type: 'put-block', number, stripe, position: 0, record } as const;
	return (await session.request(put, { priority })).type === 'acknowledged';
}

it('every request of either side gets its own reply, however they mix', async () => {
	const step = fc.record({
		ask: fc.constantFrom('get', 'put', 'heads'),
		number: fc.nat(200),
		bulk: fc.boolean()
	});
	await fc.assert(
		fc.asyncProperty(
			fc.array(step, { maxLength: 40 }),
			fc.array(step, { maxLength: 40 }),
			fc.nat(),
			async (ours, theirs, seed) => {
				const turns = new SeededRandom(seed);
				const both = { serve: numbered(turns), serveAtAlice: numbered(turns) };
				const { alice, bob } = await line(both);
				const answered = await Promise.all([
					...ours.map((each) => ask(alice, each)),
					...theirs.map((each) => ask(bob, each))
				]);
				expect(answered.every((good) => good)).toBe(true);
				expect([alice.pendingBytes, bob.pendingBytes]).toEqual([0, 0]);
				alice.close('done');
			}
		),
		{ numRuns: 25 }
	);
});

it('a partner that sends anything at all is answered or cut off, and nothing else happens', async () => {
	const clock = new VirtualClock();
	const header = fc.tuple(
		fc.constantFrom(3, 3, 4, 5, 9),
		fc.constantFrom(0, 1, 2, 3, 5, 7),
		fc.nat(3)
	);
	const frame = fc
		.tuple(header, fc.uint8Array({ maxLength: 60 }))
		.map(([[kind, flags, id], rest]) => new Uint8Array([kind, flags, 0, 0, 0, id, ...rest]));
	const valid = fc.nat(40).map(getHeadsFrame);
	let cutOff = 0;
	await fc.assert(
		fc.asyncProperty(fc.array(fc.oneof(valid, frame), { maxLength: 12 }), async (frames) => {
			const [dialed, answered] = await linkPair({}, clock);
			const [, bob] = await Promise.all([
				openSession(dialed, dialing(clock)),
				openSession(answered, answering(clock))
			]);
			for (const each of frames) await dialed.send(each.slice()).catch(() => undefined);
			bob.close('done');
			if ((await bob.closed) !== 'done') cutOff++;
		}),
		{ numRuns: 100 }
	);
	expect(cutOff).toBeGreaterThan(10);
});

/** `get-heads` in one frame. */
function getHeadsFrame(id: number): Uint8Array {
	const text = (value: string): number[] => [...new TextEncoder().encode(value)];
	const meta = [0xa2, 0x61, 0x76, 1, 0x64, ...text('type'), 0x69, ...text('get-heads')];
	return new Uint8Array([3, 3, 0, 0, 0, id, 0, 0, 0, meta.length, 0, 0, 0, 0, ...meta]);
}
