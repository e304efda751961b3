import { beforeEach, expect, it } from 'vitest';
import { encodeHead, openHead, type HeadSecrets } from '../../../src/lib/engine/archive/head.ts';
import {
	nameOf,
	type AgreementId,
	type InstanceId,
	type PeerId
} from '../../../src/lib/engine/identifiers.ts';
import { OwnHead } from '../../../src/lib/engine/partners/own-head.ts';
import type { Reply } from '../../../src/lib/engine/wire/messages.ts';
import type { Session } from '../../../src/lib/engine/wire/session.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { MemoryRecords, RecordDisk } from '../../doubles/records.ts';
import { keyringOf, low as owner, silent } from './people.ts';

const instance = nameOf<InstanceId>(new Uint8Array(16).fill(1));
const other = nameOf<InstanceId>(new Uint8Array(16).fill(2));
const partners = ['a', 'b', 'c', 'd'].map((name) => keyringOf(name).peer);
const never = new AbortController().signal;
const random = new SeededRandom('heads');
const nothing: HeadSecrets = {
	snapshots: [],
	index: [],
	brokers: [],
	circles: [],
	geometry: { m: 1, k: 0 }
};

let disk: RecordDisk;
let clock: VirtualClock;
let listed: readonly PeerId[];
let fenced: number;
/** Every head that a partner saw. */
let seen: Uint8Array[];
let answer: (partner: PeerId) => Reply | Promise<Reply>;

beforeEach(() => {
	[disk, clock, listed, fenced, seen] = [new RecordDisk(), new VirtualClock(), partners, 0, []];
	answer = () => ({ type: 'acknowledged' });
});

function open(): Promise<OwnHead> {
	return OwnHead.open({
		keyring: owner,
		instance,
		epoch: () => 1,
		clock,
		random,
		records: new MemoryRecords(disk),
		log: silent,
		partners: () =>
			Promise.resolve(
				listed.map((peer) => ({ peer, agreement: nameOf<AgreementId>(new Uint8Array(16)) }))
			),
		onFenced: () => fenced++,
		lines: {
			reach: (peer) =>
				Promise.resolve({
					request: async ({ head }: { head: Uint8Array }) => {
						seen.push(head);
						return answer(peer);
					}
				} as unknown as Session)
		}
	});
}

const with1 =
	(broker: string) =>
	(secrets: HeadSecrets): HeadSecrets => ({ ...secrets, brokers: [...secrets.brokers, broker] });

/** A head that somebody with the owner's keys wrote. */
function head(change: {
	epoch?: number;
	version?: number;
	instance?: InstanceId;
	by?: typeof owner;
}): Uint8Array {
	const { by = owner, ...rest } = change;
	return encodeHead(
		by,
		random,
		{ owner: by.peer, epoch: 1, version: 1, instance, createdAt: 0, partners: [], ...rest },
		nothing
	);
}

it('is committed when q of its partners acknowledged it, and not before', async () => {
	const own = await open();
	const refusing = new Set(partners.slice(2));
	answer = (peer) =>
		refusing.has(peer)
			? { type: 'declined', reason: 'busy', detail: '' }
			: { type: 'acknowledged' };
	let done = false;
	const commit = own.commit(with1('x'), never).then(() => (done = true));
	await clock.advance(10_000);
	expect(done).toBe(false);
	expect(own.committed).toBeUndefined();
	refusing.delete(partners[2]!);
	await clock.advance(2_000);
	await commit;
	expect(own.acknowledgedBy.size).toBe(3);
	expect((await open()).secrets.brokers).toEqual(['x']);
});

it('commits one after the other, each upon the one before', async () => {
	const own = await open();
	await Promise.all([own.commit(with1('x'), never), own.commit(with1('y'), never)]);
	expect(own.secrets.brokers).toEqual(['x', 'y']);
	expect(own.committed?.head.version).toBe(2);
});

it('never uses a version for other bytes, wherever it crashes, and builds upon what partners may have seen', async () => {
	const first = await open();
	const stop = new AbortController();
	answer = () => new Promise(() => undefined);
	const lost = first.commit(with1('x'), stop.signal);
	await clock.advance(0);
	stop.abort('crash');
	await expect(lost).rejects.toThrow();
	const second = await open();
	expect(second.unfinished).toBe(true);
	answer = () => ({ type: 'acknowledged' });
	await second.commit(with1('y'), never);
	expect(second.secrets.brokers).toEqual(['x', 'y']);
	const versions = new Map(
		seen.map((bytes) => [openHead(owner, bytes).head.version, String(bytes)])
	);
	for (const bytes of seen)
		expect(versions.get(openHead(owner, bytes).head.version)).toBe(String(bytes));
});

it('starts a take-over from the head that was found, above the versions of earlier attempts', async () => {
	const own = await open();
	const stop = new AbortController();
	answer = () => new Promise(() => undefined);
	const attempt = own.commit(with1('from an earlier attempt'), stop.signal);
	await clock.advance(0);
	stop.abort('gave up');
	await expect(attempt).rejects.toThrow();
	answer = () => ({ type: 'acknowledged' });
	await own.adopt(head({ version: 1, instance: other }));
	await own.commit((secrets) => secrets, never);
	expect(own.committed?.head.version).toBe(2);
	expect(own.secrets.brokers).toEqual([]);
});

it('is fenced by nothing but a newer head of its own', async () => {
	const own = await open();
	await own.commit(with1('x'), never);
	const shown: (Uint8Array | undefined)[] = [
		undefined,
		new Uint8Array(100),
		head({ epoch: 5, by: keyringOf('stranger') }),
		own.committed?.bytes
	];
	for (const each of shown) expect(own.isFencedBy(each)).toBe(false);
	const newer = head({ epoch: 2, instance: other });
	expect(own.isFencedBy(newer)).toBe(true);
	answer = (peer) =>
		peer === partners[0]
			? { type: 'declined', reason: 'fenced', detail: '', head: new Uint8Array(100) }
			: { type: 'acknowledged' };
	await own.commit(with1('y'), never);
	expect(fenced).toBe(0);
	answer = (peer) =>
		peer === partners[0]
			? { type: 'declined', reason: 'fenced', detail: '', head: newer }
			: { type: 'acknowledged' };
	await own.commit(with1('z'), never);
	expect(fenced).toBe(1);
});

it('goes to a partner that lacks it', async () => {
	const own = await open();
	listed = partners.slice(0, 3);
	await own.commit(with1('x'), never);
	await own.bring(partners[3]!, never);
	expect(own.acknowledgedBy.has(partners[3]!)).toBe(true);
});
