/** Checkers can fail: each of these runs has one violation planted in it, and the checker of that name finds it. */
import { expect, it } from 'vitest';
import { encodeDropOrder } from '../../src/lib/engine/hosting/drop-order.ts';
import type { PeerId } from '../../src/lib/engine/identifiers.ts';
import { Drops } from './checkers/drops.ts';
import { Nonces } from './checkers/nonces.ts';
import type { LyingBlock } from './disk.ts';
import type { Machine } from './machine.ts';
import { officeHours } from './scenarios/office-hours.ts';
import type { Scenario, Stage } from './scenarios/scenario.ts';
import { simulate } from './simulation.ts';
import { World } from './world.ts';

const servers: Scenario = { ...officeHours, name: 'servers', mix: { server: 100 } };
const dayMs = 24 * 60 * 60_000;

/** The checkers that complain of a run in which this is done. */
async function complaints(meddle: (stage: Stage) => void, peers = 5): Promise<readonly string[]> {
	const options = { scenario: servers, peers, days: 6, seed: 'planted', restores: peers };
	const { violations } = await simulate({ ...options, meddle });
	return [...new Set(violations.map(({ checker }) => checker))].sort();
}

function anyBlock({ machines }: World): { readonly machine: Machine; readonly lying: LyingBlock } {
	for (const machine of machines) {
		for (const shelf of machine.disk.shelves.values()) {
			for (const lying of shelf.values()) return { machine, lying };
		}
	}
	throw new Error('nobody holds anything');
}

it('finds nothing where nothing is wrong', async () => {
	expect(await complaints(() => undefined)).toEqual([]);
});

it('durability: a partner has not what it acknowledged', async () => {
	const found = await complaints(({ world, at }) => {
		at(3, () => {
			const { machine, lying } = anyBlock(world);
			machine.disk.shelves.get(lying.block.owner)?.delete(lying.block.number);
		});
	});
	expect(found).toContain('durability');
});

it('drops: a partner deletes what nobody told it to', async () => {
	const found = await complaints(({ world, at }) => {
		at(2, () => {
			const { machine, lying } = anyBlock(world);
			machine.disk.delete(lying.block.owner, [lying.block.number]);
		});
	});
	expect(found).toContain('drops');
});

it('drops: an order counts for its own partner, owner and numbers only', () => {
	const drops = new Drops();
	const world = new World({ seed: 'drops' });
	const [owner, partner] = ['aa'.repeat(32), 'bb'.repeat(32)] as [PeerId, PeerId];
	drops.ordered(owner, encodeDropOrder({ owner, partner, version: 1, numbers: [1, 2] }));
	drops.deleted(world, partner, owner, [1, 2]);
	expect(world.violationCount).toBe(0);
	drops.deleted(world, partner, owner, [3]);
	drops.deleted(world, partner, partner, [1]);
	expect(world.violationCount).toBe(2);
	drops.atEnd();
});

it('nonces: one key and nonce seal two things', () => {
	const nonces = new Nonces();
	const world = new World({ seed: 'nonces' });
	const [key, nonce, none] = [new Uint8Array(32), new Uint8Array(12), new Uint8Array(0)];
	nonces.watch(key, nonce, Uint8Array.of(1), none);
	nonces.watch(key, nonce, Uint8Array.of(1), none);
	nonces.daily(world);
	expect(world.violationCount).toBe(0);
	nonces.watch(key, nonce, Uint8Array.of(2), none);
	nonces.daily(world);
	expect(world.violationCount).toBe(1);
});

it('agreements: one side forgot', async () => {
	const found = await complaints(({ world }) => {
		// A moment before the end: nobody meets again in time to settle it.
		world.clock.after(6 * dayMs - 1_000, () => {
			const table = world.machines[0]?.disk.table('agreements');
			const [first] = table?.keys() ?? [];
			if (first !== undefined) table?.delete(first);
		});
	});
	expect(found).toContain('agreements');
});

it('expulsions: somebody ends an agreement with an honest peer that is there', async () => {
	const found = await complaints(({ world, at }) => {
		at(3, () => {
			const [peer] = world.machines.flatMap((machine) => machine.peer ?? []);
			const [agreement] = peer?.agreements.active() ?? [];
			if (agreement !== undefined) void peer?.endPartnership(agreement.partner);
		});
	});
	expect(found).toContain('expulsions');
});

it('convergence: a peer stops backing up', async () => {
	const found = await complaints(({ world, at }) => {
		at(2, () => void world.machines[0]?.peer?.household.change({ paused: true }));
	});
	expect(found).toContain('convergence');
});

it('traffic: twice as much is sent as was lost', async () => {
	const found = await complaints(({ world, at }) => {
		at(3, () => {
			const { machine, lying } = anyBlock(world);
			machine.disk.rot(lying);
			const bytes = 1_000_000;
			// The same place of one stripe is stored again and again, each time anew.
			for (let number = 1_000; number < 1_003; number++) {
				machine.disk.put({ ...lying.block, number, bytes }, new Uint8Array(bytes));
				machine.disk.shelves.get(lying.block.owner)?.delete(number);
			}
			machine.disk.put({ ...lying.block, number: 1_003, bytes }, new Uint8Array(bytes));
			machine.disk.lose(lying.block.owner, 1_003);
		});
	});
	expect(found).toContain('traffic');
});

it('rejections: something fails and nobody hears of it', async () => {
	const found = await complaints(({ at }) => {
		at(1, () => void Promise.reject(new Error('nobody hears this')));
	});
	expect(found).toContain('rejections');
});

it('starts: a disk from which no peer starts', async () => {
	const found = await complaints(({ world, at }) => {
		at(2, () => {
			const [machine] = world.machines;
			machine?.crash();
			machine?.disk.table('heads').set('newest', { head: Uint8Array.of(1, 2, 3) });
			machine?.switchOn();
		});
	});
	expect(found).toContain('starts');
});
