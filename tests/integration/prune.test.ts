import { afterEach, describe, expect, it } from 'vitest';
import { defaultRetention } from '../../src/lib/engine/archive/retention.ts';
import { Recovery } from '../../src/lib/engine/recovery.ts';
import { MemoryRestoreTarget } from '../doubles/restore-target.ts';
import { World, until, type Inhabitant } from './world.ts';

let world: World;
afterEach(() => {
	world.end();
});

async function backUpOnce({ peer }: Inhabitant): Promise<void> {
	const after = peer.rounds.last?.endedAt ?? 0;
	peer.rounds.request();
	await until(
		peer,
		() => (peer.rounds.last?.startedAt ?? 0) >= after && peer.rounds.last?.endedAt !== after
	);
}

describe('pruning', () => {
	it('drops at the partners what no kept snapshot needs, and every kept snapshot restores whole', async () => {
		world = await World.make();
		const owner = await world.settle();
		const partners = await Promise.all([world.settle(), world.settle()]);
		await until(owner.peer, () => owner.peer.agreements.active().length === 2);
		const folder = await owner.choose('work');
		const versions: Uint8Array[] = [];
		folder.file('stays.bin', world.random.bytes(300_000));
		for (let i = 0; i < defaultRetention.last + 3; i++) {
			const content = world.random.bytes(400_000);
			versions.push(content);
			folder.file('changes.bin', content, 1_700_000_000_000 + i * 1000);
			await backUpOnce(owner);
		}
		const { snapshots } = owner.peer.ownHead.secrets;
		expect(snapshots.length).toBeLessThan(versions.length);

		const kept = snapshots.length;
		const [partner] = partners;
		const held = (await partner.blocks.list(owner.id, 0, 10_000)).map(({ stripe }) => stripe);
		const known = new Set([...owner.peer.holdings.stripes()]);
		expect(held.every((stripe) => known.has(stripe))).toBe(true);
		expect((await partner.blocks.usage(owner.id)).bytes).toBeLessThan((kept + 1) * 500_000);

		const recovery = new Recovery(owner.peer);
		recovery.openOwn();
		for (const [i, snapshot] of snapshots.entries()) {
			const target = new MemoryRestoreTarget();
			const report = await recovery.restore(snapshot.id, [], target);
			expect(report.failed).toEqual([]);
			const expected = versions.at(i - kept);
			expect(target.files.get('work/changes.bin')?.bytes).toEqual(expected);
		}
		recovery.stop();
	});
});
