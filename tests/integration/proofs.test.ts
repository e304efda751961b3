/** Shelves as a real backup leaves them, proven by those who hold them. */
import { afterEach, describe, expect, it } from 'vitest';
import type { PeerId } from '../../src/lib/engine/identifiers.ts';
import {
	answerProof,
	drawSamples,
	sampledNumbers,
	saltedBlocks,
	verifyProof,
	type Challenge,
	type ProofAnswer
} from '../../src/lib/engine/verify/proof.ts';
import { MemoryRecords } from '../doubles/records.ts';
import { World, until, type Inhabitant } from './world.ts';

let world: World;
afterEach(() => {
	world.end();
});

async function challengeOf(owner: Inhabitant, partner: PeerId): Promise<Challenge> {
	const { holdings } = owner.peer;
	const samples = drawSamples(world.random.bytes(32), holdings.shelf(partner));
	const blocks = await holdings.proven(partner, sampledNumbers(samples));
	return { partner, samples, blocks };
}

function answered(
	{ blocks, peer }: Inhabitant,
	owner: PeerId,
	{ samples }: Challenge,
	salts = false
): Promise<ProofAnswer> {
	return answerProof({ blocks, prover: peer.ports.prover }, { owner, samples, salts });
}

function judged({ peer }: Inhabitant, challenge: Challenge, answer: ProofAnswer): Promise<string> {
	if (answer.kind !== 'proof') return Promise.resolve(answer.kind);
	return verifyProof({ keyring: peer.keyring, prover: peer.ports.prover }, challenge, answer);
}

describe('proofs of what a backup stored', () => {
	it('are right, without salts as long as the owner knows them and with them after', async () => {
		world = await World.make();
		const { owner, partners } = await world.family(3);
		const folder = await owner.choose('photos');
		folder.file('all.bin', world.random.bytes(3_000_000));
		owner.peer.rounds.request();
		await until(owner.peer, () => owner.peer.ownHead.secrets.snapshots.length > 0);
		await until(owner.peer, () => owner.peer.holdings.protection().full);

		for (const partner of partners) {
			const challenge = await challengeOf(owner, partner.id);
			expect(challenge.samples).toHaveLength(460);
			const answer = await answered(partner, owner.id, challenge);
			expect(await judged(owner, challenge, answer)).toBe('right');
		}

		await forgetSalts(owner);
		const [partner] = partners;
		if (partner === undefined) throw new Error('nobody is there');
		const challenge = await challengeOf(owner, partner.id);
		const saltless = await answered(partner, owner.id, challenge);
		expect(await judged(owner, challenge, saltless)).toBe('salts-missing');
		const answer = await answered(partner, owner.id, challenge, true);
		expect(await judged(owner, challenge, answer)).toBe('right');
		if (answer.kind !== 'proof') throw new Error(answer.kind);
		await owner.peer.holdings.keepSalts(partner.id, saltedBlocks(challenge, answer.salts));
		const numbers = sampledNumbers(challenge.samples);
		const blocks = await owner.peer.holdings.proven(partner.id, numbers);
		expect(blocks.every(({ salt }) => salt?.length === 32)).toBe(true);
		const again = { ...challenge, blocks };
		expect(await judged(owner, again, saltless)).toBe('right');
	});
});

/** The owner's records as they are after a restore. */
async function forgetSalts({ machine }: Inhabitant): Promise<void> {
	const records = new MemoryRecords(machine.records);
	for (const [key, record] of await records.scan('stripes')) {
		const holders = record.holders.map(
			(holder) => holder && { partner: holder.partner, number: holder.number }
		);
		await records.write([{ table: 'stripes', key, put: { ...record, holders } }]);
	}
}
