import { describe, expect, it } from 'vitest';
import { encodeHead, type Head } from '../../../src/lib/engine/archive/head.ts';
import { type InstanceId, nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import { deriveKeyring } from '../../../src/lib/engine/keys/keyring.ts';
import { chooseHead, type HeadChoice } from '../../../src/lib/engine/restore/head-choice.ts';
import { HeadSearch } from '../../../src/lib/engine/restore/head-search.ts';
import { takeOverQuorum, takeOverStanding } from '../../../src/lib/engine/restore/take-over.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { gone, MemoryHolder, MemoryHolders, silent } from './holders.ts';

const random = new SeededRandom('heads');
const owner = deriveKeyring(random.bytes(32));
const stranger = deriveKeyring(random.bytes(32));
const partners = Array.from({ length: 6 }, () => nameOf<PeerId>(random.bytes(32)));
const secrets = { snapshots: [], index: [], brokers: [], circles: [], geometry: { m: 3, k: 3 } };

const old = headOf({ version: 7 });
const newest = headOf({ version: 8 });
const garbage = random.bytes(300);
const forged = newest.slice();
forged[forged.length - 1]! ^= 1;
const foreign = encodeHead(
	stranger,
	random,
	{ ...fields(), owner: stranger.peer, version: 99 },
	secrets
);

describe('the head to restore from', () => {
	it('is the newest valid one, and those who showed it confirm it', () => {
		const choice = choose([[newest, old], [newest], [old], []]);
		expect(choice.newest?.head.version).toBe(8);
		expect(choice.newest?.secrets).toEqual(secrets);
		expect(choice.confirmedBy).toEqual(partners.slice(0, 2));
		expect(choice.behind).toEqual([partners[2]]);
		expect(choice.without).toEqual([partners[3]]);
		expect(choice.garbled).toEqual([]);
	});

	it('is shown by one partner though all others withhold it', () => {
		const choice = choose([[old], [old], [newest], [old]]);
		expect(choice.newest?.head.version).toBe(8);
		expect(choice.confirmedBy).toEqual([partners[2]]);
		expect(choice.behind).toHaveLength(3);
	});

	it.each([
		['garbage', garbage],
		['a head with a changed bit', forged],
		["somebody else's head", foreign],
		['nothing', new Uint8Array()]
	])('is never %s', (_, bytes) => {
		const choice = choose([[bytes], [old]]);
		expect(choice.newest?.head.version).toBe(7);
		expect(choice.garbled).toEqual([partners[0]]);
	});

	it('is none when nobody shows a valid one', () => {
		const choice = choose([[garbage], [], [foreign]]);
		expect(choice.newest).toBeUndefined();
		expect(choice.confirmedBy).toEqual([]);
	});

	it('is of the highest epoch, however high the versions before it', () => {
		const restored = headOf({ epoch: 2, version: 1 });
		expect(choose([[newest], [restored]]).newest?.head).toMatchObject({ epoch: 2, version: 1 });
	});

	it('names the heads of other instances with the same epoch and version', () => {
		const other = headOf({ version: 8, instance: nameOf<InstanceId>(new Uint8Array(16).fill(9)) });
		const choice = choose([[newest], [other], [newest]]);
		expect(choice.newest?.head.instance).toBe('09'.repeat(16));
		expect(choice.conflicts.map(({ instance }) => instance)).toEqual(['00'.repeat(16)]);
	});

	it('does not depend on the order of the answers', () => {
		const shown: Uint8Array[][] = [[old], [newest, old], [garbage], [foreign], [], [newest]];
		const forward = new Map(partners.map((id, i) => [id, shown[i] ?? []]));
		const backward = new Map([...forward].reverse());
		const a = chooseHead(owner, forward);
		const b = chooseHead(owner, backward);
		expect(b.newest).toEqual(a.newest);
		expect([...b.confirmedBy].sort()).toEqual([...a.confirmedBy].sort());
	});

	it('looks at three heads of a partner and no more', () => {
		const choice = choose([[garbage, garbage, garbage, newest]]);
		expect(choice.newest).toBeUndefined();
	});
});

describe('searching for heads', () => {
	it('asks whoever is reachable, and whoever comes, once over each line', async () => {
		const holders = partners.slice(0, 3).map((id) => new MemoryHolder(id));
		const [first, second, third] = holders;
		if (first === undefined || second === undefined || third === undefined) throw new Error();
		first.heads = [old];
		second.manner = gone;
		third.heads = [newest, old];
		const reachable = new MemoryHolders([first, second]);
		const search = new HeadSearch(owner, reachable);
		search.start();
		await search.settled(new VirtualClock(), 1000);
		expect(search.choice.newest?.head.version).toBe(7);
		reachable.change([first, second, third]);
		await search.settled(new VirtualClock(), 1000);
		expect(search.choice.newest?.head.version).toBe(8);
		expect(search.choice.behind).toEqual([first.peer]);
		expect(holders.map((holder) => holder.times('get-heads'))).toEqual([1, 1, 1]);
		search.stop();
	});

	it('does not wait for ever for a partner that never answers', async () => {
		const mute = new MemoryHolder(partners[0] ?? owner.peer);
		mute.manner = silent;
		const clock = new VirtualClock();
		const search = new HeadSearch(owner, new MemoryHolders([mute]));
		search.start();
		const settled = search.settled(clock, 5000);
		await clock.advance(5000);
		await settled;
		expect(search.choice.newest).toBeUndefined();
	});
});

describe('taking over', () => {
	it('needs n - q + 1 acknowledgements, so that no other head finds q', () => {
		for (let n = 1; n <= 30; n++) {
			for (let q = 1; q <= n; q++) expect(takeOverQuorum(n, q) + q).toBe(n + 1);
		}
	});

	it('says how many are missing', () => {
		expect(takeOverStanding({ n: 8, q: 6, acknowledged: 3 })).toEqual({ kind: 'safe' });
		expect(takeOverStanding({ n: 8, q: 6, acknowledged: 1 })).toEqual({
			kind: 'unsafe',
			missing: 2
		});
	});
});

function fields(): Head {
	return {
		owner: owner.peer,
		epoch: 1,
		version: 1,
		instance: nameOf<InstanceId>(new Uint8Array(16)),
		createdAt: 0,
		partners: []
	};
}

function headOf(changed: Partial<Head>): Uint8Array {
	return encodeHead(owner, random, { ...fields(), ...changed }, secrets);
}

function choose(shown: readonly (readonly Uint8Array[])[]): HeadChoice {
	return chooseHead(owner, new Map(shown.map((heads, i) => [partners[i] ?? owner.peer, heads])));
}
