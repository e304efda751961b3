import { describe, expect, it } from 'vitest';
import type { StripeId } from '../../../src/lib/engine/identifiers.ts';
import { BlockSource } from '../../../src/lib/engine/restore/block-source.ts';
import type { HolderLine } from '../../../src/lib/engine/restore/holders.ts';
import { listShelf, ShelfMap } from '../../../src/lib/engine/restore/shelves.ts';
import { fingerprint, mixedBytes } from '../coding/tools.ts';
import { HeldBackup } from './held-backup.ts';
import { gone, instead, type MemoryHolder, rotten, silent } from './holders.ts';

describe('a stripe', () => {
	it('is read from m partners, and no more are asked while all is well', async () => {
		const { source, stripe, backup } = await prepared();
		const fetched = await backup.drive(source.fetchStripe(stripe));
		expect(fetched.kind).toBe('payload');
		expect(asked(backup)).toEqual([1, 1, 1, 0, 0]);
	});

	it('is the same from any m of its n blocks', async () => {
		const { source, stripe, backup } = await prepared();
		const prints = new Set<string>();
		for (let a = 0; a < 5; a++) {
			for (let b = 0; b < a; b++) {
				backup.holders.change(backup.partners.filter((_, i) => i !== a && i !== b));
				const fetched = await backup.drive(source.fetchStripe(stripe));
				prints.add(fetched.kind === 'payload' ? fingerprint(fetched.payload) : fetched.kind);
			}
		}
		expect(prints.size).toBe(1);
	});

	it('needs no geometry beforehand: the blocks tell it', async () => {
		const { stripe, backup, places } = await prepared();
		for (const m of [1, 2, 5, 9]) {
			const source = sourceOver(backup, places, { m, k: 1 });
			const fetched = await backup.drive(source.fetchStripe(stripe));
			expect(fetched).toMatchObject({ kind: 'payload', geometry: { m: 3, k: 2 } });
		}
	});

	it('says how many blocks it has and needs when they do not suffice', async () => {
		const { source, stripe, backup } = await prepared();
		backup.manner(0, 3, instead({ type: 'declined', reason: 'not-held', detail: '' }));
		const fetched = await backup.drive(source.fetchStripe(stripe));
		expect(fetched).toEqual({ kind: 'missing', have: 2, need: 3 });
		expect(source.rotten().size).toBe(0);
	});

	it('is missing when nobody is reachable', async () => {
		const { source, stripe, backup } = await prepared();
		backup.holders.change([]);
		const fetched = await backup.drive(source.fetchStripe(stripe));
		expect(fetched).toEqual({ kind: 'missing', have: 0, need: 3 });
	});

	it('stops with the signal', async () => {
		const { source, stripe, backup } = await prepared();
		backup.manner(0, 5, silent);
		const abort = new AbortController();
		const work = source.fetchStripe(stripe, undefined, abort.signal);
		await backup.clock.advance(0);
		abort.abort(new Error('enough'));
		await expect(work).rejects.toThrow('enough');
	});
});

describe('a partner that is slow', () => {
	it('is replaced while it is still running', async () => {
		const { source, stripe, backup } = await prepared();
		backup.manner(0, 1, silent);
		const startedAt = backup.clock.now();
		const fetched = await backup.drive(source.fetchStripe(stripe));
		expect(fetched.kind).toBe('payload');
		expect(backup.clock.now() - startedAt).toBeLessThanOrEqual(10_000);
		expect(asked(backup)).toEqual([1, 1, 1, 1, 0]);
	});

	it('is not replaced while it delivers other blocks', async () => {
		const { source, backup } = await prepared(60_000);
		let turn = Promise.resolve();
		// One block after the other, a second each: the second comes later than the least patience.
		backup.manner(0, 1, (_, honest) => {
			const mine = turn.then(() => backup.clock.sleep(1_000));
			turn = mine;
			return mine.then(honest);
		});
		const [first = missing, second = missing] = backup.stripes;
		const known = { ...backup.full };
		const work = [first, second].map((stripe) => source.fetchStripe(stripe, known));
		await backup.drive(Promise.all(work));
		expect(asked(backup).reduce((sum, count) => sum + count, 0)).toBe(6);
	});

	it('is used after all when nobody else can help', async () => {
		const { source, stripe, backup } = await prepared();
		backup.holders.change(backup.partners.slice(0, 3));
		backup.manner(0, 1, async (_, honest) => {
			await backup.clock.sleep(45_000);
			return honest();
		});
		const fetched = await backup.drive(source.fetchStripe(stripe));
		expect(fetched.kind).toBe('payload');
	});

	it('is given up when it never answers and nobody else can help', async () => {
		const { source, stripe, backup } = await prepared();
		backup.holders.change(backup.partners.slice(0, 3));
		backup.manner(0, 1, silent);
		const fetched = await backup.drive(source.fetchStripe(stripe));
		expect(fetched).toEqual({ kind: 'missing', have: 2, need: 3 });
	});

	it('is asked last the next time', async () => {
		const { source, backup } = await prepared();
		const [first, second] = backup.stripes;
		backup.manner(0, 1, async (_, honest) => {
			await backup.clock.sleep(1_400);
			return honest();
		});
		await backup.drive(source.fetchStripe(first ?? missing));
		await backup.drive(source.fetchStripe(second ?? missing));
		expect(asked(backup)[0]).toBe(1);
	});
});

describe('a partner that goes away', () => {
	it('is replaced at once', async () => {
		const { source, stripe, backup } = await prepared();
		backup.manner(0, 1, gone);
		const startedAt = backup.clock.now();
		expect((await backup.drive(source.fetchStripe(stripe))).kind).toBe('payload');
		expect(backup.clock.now()).toBe(startedAt);
	});

	it('is asked again when it comes back over another line', async () => {
		const { source, stripe, backup } = await prepared();
		const three = backup.partners.slice(0, 3);
		backup.holders.change(three);
		const [first] = three;
		backup.manner(0, 1, async (request, honest) => {
			if (first !== undefined) first.manner = (_, answer) => Promise.resolve(answer());
			await backup.clock.sleep(100);
			backup.holders.change([...three.slice(1), again(first)]);
			return gone(request, honest);
		});
		expect((await backup.drive(source.fetchStripe(stripe))).kind).toBe('payload');
	});

	it('lets a new partner that holds the block help in the middle', async () => {
		const { source, stripe, backup } = await prepared();
		backup.holders.change(backup.partners.slice(0, 3));
		backup.manner(0, 1, silent);
		const work = source.fetchStripe(stripe);
		await backup.clock.advance(3_000);
		backup.holders.change(backup.partners.slice(0, 4));
		expect((await backup.drive(work)).kind).toBe('payload');
	});
});

describe('rot', () => {
	it('is counted for the partner that returned it, and the block comes from another', async () => {
		const { source, stripe, backup } = await prepared();
		backup.manner(1, 2, rotten);
		const fetched = await backup.drive(source.fetchStripe(stripe));
		expect(fetched.kind).toBe('payload');
		expect([...source.rotten()]).toEqual([[backup.partners[1]?.peer, 1]]);
	});
});

describe('many stripes at once', () => {
	it('keep within the budget of bytes, and every partner within its share', async () => {
		const { backup, places } = await prepared(60_000);
		const payload = backup.full.m * backup.full.blockBytes;
		const source = sourceOver(backup, places, backup.full, 4 * payload);
		backup.manner(0, 5, async (_, honest) => {
			await backup.clock.sleep(10);
			return honest();
		});
		const known = { ...backup.full };
		const work = backup.stripes.map((stripe) => source.fetchStripe(stripe, known));
		const fetched = await backup.drive(Promise.all(work));
		expect(fetched.every(({ kind }) => kind === 'payload')).toBe(true);
		const open = backup.partners.reduce((sum, { openMost }) => sum + openMost, 0);
		expect(open).toBeLessThanOrEqual(4 * 5);
		expect(backup.stripes.length).toBeGreaterThan(8);
		// Equal partners share the load.
		expect(Math.min(...asked(backup))).toBeGreaterThan(0);
	});

	it('never have more than twelve requests open at one partner', async () => {
		const { source, backup } = await prepared(90_000);
		backup.manner(0, 5, async (_, honest) => {
			await backup.clock.sleep(10);
			return honest();
		});
		const known = { ...backup.full };
		await backup.drive(
			Promise.all(backup.stripes.map((stripe) => source.fetchStripe(stripe, known)))
		);
		for (const { openMost } of backup.partners) expect(openMost).toBeLessThanOrEqual(12);
	});
});

describe('repair', () => {
	it('makes the block of any position again from m others, and never asks for that one', async () => {
		const { source, stripe, backup } = await prepared();
		const fetched = await backup.drive(source.fetchStripe(stripe));
		if (fetched.kind !== 'payload') throw new Error(fetched.kind);
		const coded = await backup.tools.coder.encode(fetched.geometry, fetched.payload.slice());
		const { blockBytes } = fetched.geometry;
		const wanted = (position: number): string =>
			fingerprint(coded.subarray(position * blockBytes, (position + 1) * blockBytes));
		for (const positions of [[0], [1], [2], [3], [4], [0, 4], [3, 1]]) {
			const before = asked(backup);
			const rebuilt = await backup.drive(source.rebuildBlocks(stripe, positions, fetched.geometry));
			if (rebuilt.kind !== 'blocks') throw new Error(rebuilt.kind);
			expect(rebuilt.blocks.map(fingerprint)).toEqual(positions.map(wanted));
			const after = asked(backup);
			for (const position of positions) expect(after[position]).toBe(before[position]);
			const reads = after.reduce((sum, times) => sum + times, 0);
			expect(reads - before.reduce((sum, times) => sum + times, 0)).toBe(fetched.geometry.m);
		}
	});

	it('copies a block from whoever has it, and from nobody else', async () => {
		const { source, stripe, backup } = await prepared();
		const fetched = await backup.drive(source.fetchStripe(stripe));
		if (fetched.kind !== 'payload') throw new Error(fetched.kind);
		const coded = await backup.tools.coder.encode(fetched.geometry, fetched.payload.slice());
		const { blockBytes } = fetched.geometry;
		const before = asked(backup);
		const copied = await backup.drive(source.copyBlock(stripe, 4, fetched.geometry));
		if (copied === undefined) throw new Error('nothing came');
		expect(fingerprint(copied)).toBe(fingerprint(coded.subarray(4 * blockBytes, 5 * blockBytes)));
		expect(asked(backup)).toEqual(before.with(4, (before[4] ?? 0) + 1));
		backup.holders.change(backup.partners.slice(0, 4));
		expect(await backup.drive(source.copyBlock(stripe, 4, fetched.geometry))).toBeUndefined();
	});

	it('says what is missing', async () => {
		const { source, stripe, backup } = await prepared();
		backup.holders.change(backup.partners.slice(0, 3));
		const rebuilt = await backup.drive(source.rebuildBlocks(stripe, [0], backup.full));
		expect(rebuilt).toEqual({ kind: 'missing', have: 2, need: 3 });
	});
});

const missing = '00'.repeat(16) as StripeId;

interface Prepared {
	readonly backup: HeldBackup;
	readonly places: ShelfMap;
	readonly source: BlockSource;
	readonly stripe: StripeId;
}

async function prepared(bytes = 20_000): Promise<Prepared> {
	const backup = new HeldBackup();
	await backup.snapshot({ 'file.bin': mixedBytes(bytes, 'stripe') });
	const places = new ShelfMap();
	for (const partner of backup.partners) await listShelf(partner, places, 1000);
	const source = sourceOver(backup, places, backup.full);
	const [stripe = missing] = backup.stripes;
	return { backup, places, source, stripe };
}

function sourceOver(
	{ tools, clock, holders }: HeldBackup,
	places: ShelfMap,
	usual: { m: number; k: number },
	fetchBytesMax?: number
): BlockSource {
	const options = { tools, clock, holders, places, usual, purpose: 'restore' as const };
	return new BlockSource({ ...options, ...(fetchBytesMax ? { fetchBytesMax } : {}) });
}

/** How many blocks each partner was asked for. */
function asked(backup: HeldBackup): readonly number[] {
	return backup.partners.map((partner) => partner.times('get-block'));
}

/** The same partner over another line. */
function again(holder: MemoryHolder | undefined): HolderLine {
	if (holder === undefined) throw new Error('no holder');
	return { peer: holder.peer, request: (request) => holder.request(request) };
}
