/** What every `Links` does, whatever carries it. Run over the double and over real WebRTC. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LinkClosed, LinkFailed } from '../../src/lib/engine/failures.ts';
import type { Address, Link, Links } from '../../src/lib/engine/ports.ts';

/** Two peers that can reach each other. */
export interface LinksWorld {
	readonly alice: Links;
	readonly aliceAddress: Address;
	readonly bob: Links;
	readonly bobAddress: Address;
	end(): void;
}

const frameBytesMax = 64 * 1024;

export function linksContract(name: string, make: () => Promise<LinksWorld>): void {
	describe(`${name} keeps the contract of links`, () => {
		let world: LinksWorld;
		beforeEach(async () => {
			world = await make();
		});
		afterEach(() => {
			world.end();
		});

		async function dialed(): Promise<readonly [atAlice: Link, atBob: Link]> {
			const answered = nextLink(world.bob);
			return Promise.all([world.alice.dial(world.bobAddress), answered]);
		}

		it('gives both ends the two fingerprints, mirrored, and the address of the other', async () => {
			const [atAlice, atBob] = await dialed();
			expect(atAlice.remote).toBe(world.bobAddress);
			expect(atBob.remote).toBe(world.aliceAddress);
			expect(atAlice.localFingerprint).toHaveLength(32);
			expect([...atAlice.localFingerprint]).toEqual([...atBob.remoteFingerprint]);
			expect([...atAlice.remoteFingerprint]).toEqual([...atBob.localFingerprint]);
			expect([...atAlice.localFingerprint]).not.toEqual([...atAlice.remoteFingerprint]);
		});

		it('carries frames of every size whole and in order, both ways at once', async () => {
			const [atAlice, atBob] = await dialed();
			const sizes = [1, 2, 1000, frameBytesMax - 1, frameBytesMax, 3, frameBytesMax];
			const atBobSeen = collect(atBob, sizes.length);
			const atAliceSeen = collect(atAlice, sizes.length);
			await Promise.all([sendAll(atAlice, sizes, 1), sendAll(atBob, sizes, 101)]);
			expect((await atBobSeen).map(summary)).toEqual(sizes.map((size, i) => [size, i + 1]));
			expect((await atAliceSeen).map(summary)).toEqual(sizes.map((size, i) => [size, i + 101]));
		});

		it('keeps the frames that came before there was a receiver', async () => {
			const [atAlice, atBob] = await dialed();
			await sendAll(atAlice, [10, 20, 30], 1);
			await sendAll(atBob, [1], 9);
			// The answer came after bob had everything: what waits for him is complete.
			await collect(atAlice, 1);
			expect((await collect(atBob, 3)).map(summary)).toEqual([
				[10, 1],
				[20, 2],
				[30, 3]
			]);
		});

		it('takes over a frame: what its sender does to it later changes nothing', async () => {
			const [atAlice, atBob] = await dialed();
			const pool = new Uint8Array(100).fill(5);
			const sent = atAlice.send(pool.subarray(10, 20));
			if (pool.byteLength > 0) pool.fill(9);
			await sent;
			expect((await collect(atBob, 1)).map(summary)).toEqual([[10, 5]]);
		});

		it('carries 6 MiB to whoever awaits each send, and loses nothing', async () => {
			const [atAlice, atBob] = await dialed();
			const sizes = new Array<number>(96).fill(frameBytesMax);
			const seen = collect(atBob, sizes.length);
			await sendAll(atAlice, sizes, 0);
			expect((await seen).map(summary)).toEqual(sizes.map((size, i) => [size, i]));
		});

		it('refuses a frame of more than 64 KiB, and stands', async () => {
			const [atAlice, atBob] = await dialed();
			await expect(atAlice.send(new Uint8Array(frameBytesMax + 1))).rejects.toThrow(RangeError);
			await atAlice.send(Uint8Array.of(7));
			expect((await collect(atBob, 1)).map(summary)).toEqual([[1, 7]]);
		});

		it('ends at both ends when one closes it', async () => {
			const [atAlice, atBob] = await dialed();
			atBob.close();
			expect(await atBob.closed).not.toBe('');
			expect(await atAlice.closed).not.toBe('');
			await expect(atAlice.send(new Uint8Array(1))).rejects.toBeInstanceOf(LinkClosed);
			await expect(atBob.send(new Uint8Array(1))).rejects.toBeInstanceOf(LinkClosed);
		});

		it('keeps several links of the same two peers apart', async () => {
			const [first, firstAtBob] = await dialed();
			const [second, secondAtBob] = await dialed();
			const secondSeen = collect(secondAtBob, 2);
			await first.send(Uint8Array.of(1));
			await second.send(Uint8Array.of(2));
			expect((await collect(firstAtBob, 1)).map(summary)).toEqual([[1, 1]]);
			first.close();
			await firstAtBob.closed;
			await second.send(Uint8Array.of(3));
			expect((await secondSeen).map(summary)).toEqual([
				[1, 2],
				[1, 3]
			]);
		});

		it('makes two links when both dial at once', async () => {
			const atBob = nextLink(world.bob);
			const atAlice = nextLink(world.alice);
			const links = await Promise.all([
				world.alice.dial(world.bobAddress),
				world.bob.dial(world.aliceAddress),
				atBob,
				atAlice
			]);
			expect(new Set(links).size).toBe(4);
		});

		it('rejects a dial that is given up', async () => {
			const gone = AbortSignal.abort(new Error('not wanted'));
			await expect(world.alice.dial(world.bobAddress, gone)).rejects.toBeInstanceOf(LinkFailed);
		});
	});
}

/** The next link that somebody else sets up. */
export function nextLink(links: Links): Promise<Link> {
	return new Promise((resolve) => {
		const unsubscribe = links.onLink((link) => {
			unsubscribe();
			resolve(link);
		});
	});
}

/** The next `count` frames. */
export function collect(link: Link, count: number): Promise<readonly Uint8Array[]> {
	return new Promise((resolve) => {
		const frames: Uint8Array[] = [];
		link.receive((frame) => {
			frames.push(frame);
			if (frames.length === count) resolve(frames);
		});
	});
}

async function sendAll(link: Link, sizes: readonly number[], firstFill: number): Promise<void> {
	for (const [i, size] of sizes.entries()) {
		await link.send(new Uint8Array(size).fill(firstFill + i));
	}
}

/** Length and content of a frame of equal bytes. */
function summary(frame: Uint8Array): readonly [number, number | string] {
	const [first = 0] = frame;
	return [frame.length, frame.every((byte) => byte === first) ? first : 'mixed'];
}
