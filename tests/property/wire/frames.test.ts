import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import { nameOf, type StripeId } from '../../../src/lib/engine/identifiers.ts';
import { Assembly } from '../../../src/lib/engine/wire/assembly.ts';
import { sameBytes } from '../../../src/lib/engine/wire/broker-fields.ts';
import { FrameCutter, type MessageFrame, parseFrame } from '../../../src/lib/engine/wire/frames.ts';
import {
	announceReply,
	announceRequest,
	encodeMessage,
	type Request
} from '../../../src/lib/engine/wire/messages.ts';
import { SeededRandom } from '../../doubles/random.ts';

const stripe = nameOf<StripeId>(new Uint8Array(16));

/** A request with a CBOR part and a body of the given lengths, of random content. */
function request(bodyBytes: number, seed: number): Request & { type: 'put-block' } {
	const record = new SeededRandom(seed).bytes(bodyBytes);
	return { type: 'put-block', number: seed, stripe, position: 3, record };
}

function cut(message: Request, id = 1): Uint8Array[] {
	const cutter = new FrameCutter({ kind: 'request', priority: 'bulk', id }, encodeMessage(message));
	const frames: Uint8Array[] = [];
	while (cutter.bytesLeft > 0) frames.push(cutter.next());
	return frames;
}

/** What comes of frames: the message, or undefined while it is not whole. */
function assemble(frames: readonly Uint8Array[]): Request | undefined {
	let assembly: Assembly<Request> | undefined;
	let whole: Request | undefined;
	for (const bytes of frames) {
		if (whole !== undefined) throw new Malformed('a frame after the last');
		const frame = parseFrame(bytes);
		if (frame.kind !== 'request') throw new Malformed('another kind');
		assembly ??= new Assembly(frame, announceRequest);
		whole = assembly.add(frame);
	}
	return whole;
}

/** Runs it and says whether it was refused. Anything but Malformed is a failure of the test. */
function refused(run: () => unknown): boolean {
	try {
		run();
		return false;
	} catch (error) {
		expect(error).toBeInstanceOf(Malformed);
		return true;
	}
}

describe('frames', () => {
	it('carry a message of any length unchanged, in frames that are full but for the last', () => {
		const lengths = fc.oneof(
			fc.integer({ min: 1, max: 400_000 }),
			// Around one, two and three full frames, where a boundary falls into the CBOR part or behind it.
			fc
				.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: -120, max: 20 }))
				.map(([frames, around]) => frames * 65_536 + around)
		);
		fc.assert(
			fc.property(lengths, fc.nat(1000), (length, seed) => {
				const sent = request(length, seed);
				const frames = cut(sent);
				expect(frames.slice(0, -1).every((frame) => frame.length === 65_536)).toBe(true);
				const came = assemble(frames);
				expect(came?.type === 'put-block' && sameBytes(came.record, sent.record)).toBe(true);
				expect(came).toMatchObject({ number: seed, position: 3, stripe });
			}),
			{ numRuns: 60 }
		);
	});

	it('that are garbage are refused, or have every field in bounds', () => {
		const length = fc.oneof(
			fc.constant([0, 0, 0, 1]),
			fc.array(fc.nat(255), { minLength: 4, maxLength: 4 })
		);
		const frames = fc
			.tuple(fc.nat(6), fc.nat(9), length, length, length, fc.uint8Array({ maxLength: 50 }))
			.map(
				([kind, flags, ...rest]) => new Uint8Array([kind, flags, ...rest.flatMap((x) => [...x])])
			);
		let accepted = 0;
		fc.assert(
			fc.property(fc.oneof(frames, fc.uint8Array({ maxLength: 40 })), (bytes) => {
				let frame: MessageFrame | undefined;
				refused(() => {
					const parsed = parseFrame(bytes);
					if (parsed.kind !== 'cancel') frame = parsed;
				});
				if (frame?.announcement === undefined) return;
				accepted++;
				expect(frame.announcement.metaBytes).toBeLessThan(200_000);
				expect(frame.announcement.bodyBytes).toBeLessThan(4_000_000);
			}),
			{ numRuns: 3000 }
		);
		expect(accepted).toBeGreaterThan(0);
	});

	it('whose header lies anywhere never make another message, or anything but a refusal', () => {
		let refusals = 0;
		const lie = fc.record({
			length: fc.integer({ min: 1, max: 140_000 }),
			frame: fc.nat(2),
			at: fc.nat(13),
			bit: fc.nat(7)
		});
		fc.assert(
			fc.property(lie, ({ length, frame, at, bit }) => {
				const frames = cut(request(length, 9));
				const bytes = frames[frame % frames.length];
				// The number of the request is for the session to check, and the stream for both.
				const isHeader = at < 2 || (at >= 6 && frame % frames.length === 0);
				if (bytes === undefined || !isHeader) return;
				bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
				let came: Request | undefined;
				if (refused(() => (came = assemble(frames)))) refusals++;
				if (came?.type === 'put-block') expect(came.record).toHaveLength(length);
			}),
			{ numRuns: 300 }
		);
		expect(refusals).toBeGreaterThan(50);
	});

	it('in another order, doubled or lost are refused or leave the message unfinished', () => {
		const order = fc.array(fc.nat(3), { minLength: 1, maxLength: 6 });
		fc.assert(
			fc.property(order, (picks) => {
				const sent = request(250_000, 5);
				const frames = cut(sent);
				const picked = picks.map((i) => (frames[i] ?? new Uint8Array(0)).slice());
				let came: Request | undefined;
				const wasRefused = refused(() => (came = assemble(picked)));
				if (wasRefused || came?.type !== 'put-block') return;
				expect(came.record).toHaveLength(250_000);
				expect(picks).toHaveLength(4);
			}),
			{ numRuns: 200 }
		);
	});
});

describe('CBOR parts', () => {
	it('that are garbage are refused with Malformed only', () => {
		const parts = fc.oneof(
			fc.uint8Array({ maxLength: 200 }),
			// Starts like a message.
			fc
				.uint8Array({ maxLength: 60 })
				.map((rest) => new Uint8Array([0xa2, 0x61, 0x76, 1, 0x64, ...ascii('type'), ...rest]))
		);
		fc.assert(
			fc.property(parts, fc.nat(5_000_000), (meta, bodyBytes) => {
				refused(() => announceRequest(meta, bodyBytes));
				refused(() => announceReply(meta, bodyBytes));
			}),
			{ numRuns: 2000 }
		);
	});

	it('with one bit changed are refused, or are the one encoding of another message', () => {
		const whole = encodeMessage({ type: 'list-shelf', from: 77, limit: 100 }).meta;
		fc.assert(
			fc.property(fc.nat(whole.length - 1), fc.nat(7), (at, bit) => {
				const changed = whole.slice();
				changed[at] = (changed[at] ?? 0) ^ (1 << bit);
				refused(() => {
					const message = announceRequest(changed, 0).complete(new Uint8Array(0));
					expect(sameBytes(encodeMessage(message).meta, changed)).toBe(true);
				});
			}),
			{ numRuns: 300 }
		);
	});
});

function ascii(text: string): number[] {
	return [...new TextEncoder().encode(text)];
}
