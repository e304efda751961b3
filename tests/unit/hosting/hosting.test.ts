import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import {
	encodeHead,
	encodeShelfState,
	liveHashOf,
	signShelfState,
	type ShelfState
} from '../../../src/lib/engine/archive/head.ts';
import { sealBlock } from '../../../src/lib/engine/coding/block.ts';
import { Malformed } from '../../../src/lib/engine/failures.ts';
import { Answering } from '../../../src/lib/engine/hosting/answering.ts';
import { Budgets } from '../../../src/lib/engine/hosting/budgets.ts';
import { decodeDropOrder, encodeDropOrder } from '../../../src/lib/engine/hosting/drop-order.ts';
import { HeldHeads, heldHeadsMax } from '../../../src/lib/engine/hosting/held-heads.ts';
import { Hosting } from '../../../src/lib/engine/hosting/hosting.ts';
import {
	nameOf,
	type InstanceId,
	type PeerId,
	type StripeId
} from '../../../src/lib/engine/identifiers.ts';
import { sign } from '../../../src/lib/engine/keys/signature.ts';
import type { Agreement } from '../../../src/lib/engine/partners/agreement.ts';
import { usualSchedule } from '../../../src/lib/engine/verify/budget.ts';
import type { Reply, Request } from '../../../src/lib/engine/wire/messages.ts';
import { MemoryBlockStore } from '../../doubles/blocks.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { MemoryRecords, RecordDisk } from '../../doubles/records.ts';
import { codingTools } from '../coding/tools.ts';
import { agreement, high as partner, keyringOf, low as owner, silent } from '../partners/people.ts';

const random = new SeededRandom('hosting');
const tools = codingTools();
const stripe = nameOf<StripeId>(new Uint8Array(16).fill(3));
const geometry = { m: 1, k: 1, blockBytes: 1024 };
const first = nameOf<InstanceId>(new Uint8Array(16).fill(1));
const second = nameOf<InstanceId>(new Uint8Array(16).fill(2));
const me = { peer: owner.peer, instance: first };

let blocks: MemoryBlockStore;
let disk: RecordDisk;
let hosting: Hosting;
let agreed: number;
let lent: number;
let awaited: boolean;
let full: string[];
let terms: Partial<Agreement>;
let now: number;
let yielding: readonly PeerId[];

beforeEach(async () => {
	blocks = new MemoryBlockStore();
	disk = new RecordDisk();
	[agreed, lent, awaited, full] = [1e6, 1e6, false, []];
	[terms, now] = [{}, 1_000_000];
	yielding = [];
	await open();
});

async function open(): Promise<void> {
	const records = new MemoryRecords(disk);
	const agreementWith = (): Agreement => agreement(terms);
	const budgets = new Budgets({
		clock: { now: () => now },
		records,
		agreementWith,
		schedule: usualSchedule
	});
	const common = {
		self: partner.peer,
		identity: partner.identity,
		blocks,
		records,
		heads: await HeldHeads.open(records),
		log: silent,
		budgets
	};
	hosting = new Hosting({
		...common,
		answering: new Answering({
			...common,
			proofKey: partner.proof,
			agreementWith,
			prove: () => Promise.reject(new Error('nothing is proven here')),
			onLoss: () => undefined
		}),
		yielding: () => yielding,
		agreedBytes: (peer) => (peer === owner.peer ? agreed : 0),
		awaitsAgreement: () => awaited,
		lendBytes: () => lent,
		onFull: (problem) => full.push(problem),
		onChange: () => undefined
	});
}

async function put(
	number: number,
	change: { position?: number; for?: typeof owner; by?: typeof owner } = {}
): Promise<Extract<Request, { type: 'put-block' }>> {
	const place = { stripe, position: change.position ?? 0, number };
	const keyring = change.by ?? owner;
	const header = { owner: keyring.peer, partner: (change.for ?? partner).peer, ...place, geometry };
	const record = await sealBlock({ ...tools, keyring, random }, header, new Uint8Array(1024));
	return { type: 'put-block', ...place, record };
}

function head(version: number, instance = first, epoch = 1): Uint8Array {
	const secrets = { snapshots: [], index: [], brokers: [], circles: [], geometry: { m: 1, k: 0 } };
	return encodeHead(
		owner,
		random,
		{ owner: owner.peer, epoch, version, instance, createdAt: 0, partners: [] },
		secrets
	);
}

function drop(
	version: number,
	numbers: readonly number[],
	by = owner
): Extract<Request, { type: 'drop' }> {
	const order = encodeDropOrder({ owner: owner.peer, partner: partner.peer, version, numbers });
	return { type: 'drop', order, signature: sign(by.identity, 'drop', order) };
}

async function shelf(
	change: Partial<ShelfState> = {}
): Promise<Extract<Request, { type: 'sign-shelf' }>> {
	const live = await blocks.list(owner.peer, 0, 100);
	const state: ShelfState = {
		partner: partner.peer,
		version: 1,
		nextNumber: 100,
		liveCount: live.length,
		liveBytes: live.reduce((sum, { bytes }) => sum + bytes, 0),
		liveHash: liveHashOf(live),
		dropped: [],
		...change
	};
	return {
		type: 'sign-shelf',
		state: encodeShelfState(state),
		signature: signShelfState(owner.identity, owner.peer, state)
	};
}

type Asked = Parameters<Hosting['serve']>[0];
const ask = (request: Asked, from = me): Promise<Reply> => hosting.serve(request, from);
const reason = async (request: Asked, from = me): Promise<string> => {
	const reply = await ask(request, from);
	return reply.type === 'declined' ? reply.reason : reply.type;
};

describe('a block', () => {
	it('is stored, listed, given back, and acknowledged again when the answer was lost', async () => {
		const request = await put(5);
		expect(await reason(request)).toBe('acknowledged');
		expect(await reason(request)).toBe('acknowledged');
		expect(await ask({ type: 'get-block', number: 5, purpose: 'restore' })).toEqual({
			type: 'block',
			record: request.record
		});
		const entries = [[5, stripe, 0, request.record.length]];
		expect(await ask({ type: 'list-shelf', from: 0, limit: 10 })).toEqual({
			type: 'shelf',
			entries,
			more: false
		});
	});

	it('is declined when it is not what it should be', async () => {
		const stranger = keyringOf('stranger');
		expect(await reason(await put(1, { by: stranger }))).toBe('malformed');
		expect(await reason(await put(1, { for: stranger }))).toBe('malformed');
		const request = await put(1);
		expect(await reason({ ...request, number: 2 })).toBe('malformed');
		expect(await reason({ ...request, position: 1 })).toBe('malformed');
		expect(await reason({ ...request, stripe: nameOf<StripeId>(new Uint8Array(16)) })).toBe(
			'malformed'
		);
		expect(await reason({ ...request, record: new Uint8Array(300) })).toBe('malformed');
		expect((await blocks.total()).blocks).toBe(0);
	});

	it('is declined without an agreement, and put off while one is on its way', async () => {
		agreed = 0;
		expect(await reason(await put(1))).toBe('no-agreement');
		awaited = true;
		expect(await reason(await put(1))).toBe('busy');
	});

	it('is declined when another stands under its number', async () => {
		await ask(await put(1));
		expect(await reason(await put(1, { position: 1 }))).toBe('conflict');
	});

	it.each(['agreed', 'lent'])(
		'is declined when the space that was %s is used up, however many come at once',
		async (which) => {
			const { record } = await put(0);
			const room = 3 * (record.length + 200);
			if (which === 'agreed') agreed = room;
			else lent = room;
			const requests = await Promise.all(Array.from({ length: 10 }, (_, n) => put(n)));
			const reasons = await Promise.all(requests.map((request) => reason(request)));
			expect(reasons.filter((each) => each === 'acknowledged')).toHaveLength(3);
			expect(reasons.filter((each) => each === 'full')).toHaveLength(7);
			expect((await blocks.total()).bytes).toBeLessThanOrEqual(room);
			expect(await reason(requests[reasons.indexOf('acknowledged')]!)).toBe('acknowledged');
		}
	);

	it('is declined politely, shown, and not half stored when the disk is full', async () => {
		blocks.failNextPut();
		expect(await reason(await put(1))).toBe('full');
		expect(full).toHaveLength(1);
		expect((await blocks.total()).blocks).toBe(0);
		expect(await reason(await put(1))).toBe('acknowledged');
	});

	it('is read by nobody but its owner', async () => {
		await ask(await put(1));
		expect(
			await reason(
				{ type: 'get-block', number: 1, purpose: 'restore' },
				{ ...me, peer: keyringOf('stranger').peer }
			)
		).toBe('not-held');
	});
});

describe('reading blocks', () => {
	const read = (purpose: 'restore' | 'repair' | 'rehearsal', from = me): Promise<string> =>
		reason({ type: 'get-block', number: 1, purpose }, from);
	const recordBytes = async (): Promise<number> => (await put(1)).record.length;

	it('is honoured from the day on which the commitment ends, which is named until then', async () => {
		const dayMs = 86_400_000;
		terms = { createdAt: 0, commitmentMs: 21 * dayMs };
		await ask(await put(1));
		now = 20.5 * dayMs;
		expect(await ask({ type: 'get-block', number: 1, purpose: 'restore' })).toMatchObject({
			reason: 'committed',
			detail: expect.stringContaining('1970-01-22') as unknown
		});
		now = 21 * dayMs;
		expect(await read('restore')).toBe('block');
	});

	it('has a budget for each purpose, and none draws on that of another', async () => {
		terms = { spaceBytes: 2 * (await recordBytes()) };
		await ask(await put(1));
		expect(await Promise.all([1, 2, 3].map(() => read('restore')))).toEqual([
			'block',
			'block',
			'spent'
		]);
		expect(await Promise.all(Array.from({ length: 7 }, () => read('repair')))).toEqual([
			...Array.from({ length: 6 }, () => 'block'),
			'spent'
		]);
		expect(await read('rehearsal')).toBe('spent');
	});

	it('keeps a restore in reserve for whoever lost its disk, once everything else is spent', async () => {
		terms = { spaceBytes: await recordBytes() };
		await ask(await put(1));
		await ask({ type: 'put-head', head: head(1) });
		expect(await read('restore')).toBe('block');
		expect(await read('restore')).toBe('spent');
		const restored = { peer: owner.peer, instance: second };
		expect(await read('restore', restored)).toBe('block');
	});

	it('is not counted anew after a restart', async () => {
		terms = { spaceBytes: await recordBytes() };
		await ask(await put(1));
		expect(await read('restore')).toBe('block');
		await open();
		expect(await read('restore')).toBe('spent');
	});

	it('draws nothing for what is not held', async () => {
		expect(await read('restore')).toBe('not-held');
		expect(disk.table('budgets').size).toBe(0);
	});
});

it('lists a shelf page by page', async () => {
	for (const number of [3, 1, 2]) await ask(await put(number));
	const page = await ask({ type: 'list-shelf', from: 2, limit: 1 });
	expect(page).toMatchObject({ more: true, entries: [[2, stripe, 0, expect.any(Number)]] });
	expect(await ask({ type: 'list-shelf', from: 3, limit: 1 })).toMatchObject({ more: false });
});

describe('heads', () => {
	it('are kept by the last three, newest first, also over a restart', async () => {
		for (const version of [1, 2, 3, 4]) await ask({ type: 'put-head', head: head(version) });
		await open();
		const reply = await ask({ type: 'get-heads' });
		expect(reply.type === 'heads' && reply.heads.length).toBe(heldHeadsMax);
		expect(disk.table('heldHeads').size).toBe(heldHeadsMax);
	});

	it('are ordered by epoch, version and instance; of one version other bytes are refused', async () => {
		const stands = head(5, first, 2);
		expect(await reason({ type: 'put-head', head: stands })).toBe('acknowledged');
		expect(await reason({ type: 'put-head', head: stands })).toBe('acknowledged');
		for (const older of [head(9, second, 1), head(4, second, 2), head(5, first, 2)]) {
			expect(await ask({ type: 'put-head', head: older })).toMatchObject({
				reason: 'fenced',
				head: stands
			});
		}
		expect(await reason({ type: 'put-head', head: head(5, second, 2) })).toBe('acknowledged');
	});

	it('are declined from somebody else, without an agreement, and with a broken signature', async () => {
		const bytes = head(1);
		expect(await reason({ type: 'put-head', head: bytes }, { ...me, peer: partner.peer })).toBe(
			'malformed'
		);
		bytes[bytes.length - 1]! ^= 1;
		expect(await reason({ type: 'put-head', head: bytes })).toBe('malformed');
		agreed = 0;
		expect(await reason({ type: 'put-head', head: head(1) })).toBe('no-agreement');
	});

	it('that rotted on this disk keep nobody from starting', async () => {
		await ask({ type: 'put-head', head: head(1) });
		for (const record of disk.table('heldHeads').values())
			(record as { head: Uint8Array }).head[20]! ^= 1;
		await open();
		expect(await ask({ type: 'get-heads' })).toEqual({ type: 'heads', heads: [] });
	});

	it('are not shown before they are on disk', async () => {
		const records = new MemoryRecords();
		const heads = await HeldHeads.open(records);
		records.failNextWrite();
		const parsed = {
			owner: owner.peer,
			epoch: 1,
			version: 1,
			instance: first,
			createdAt: 0,
			partners: []
		};
		await expect(heads.put(parsed, head(1))).rejects.toThrow('full');
		expect(heads.newest(owner.peer)).toBeUndefined();
	});
});

it('lets a fenced instance read, but neither write nor drop nor sign', async () => {
	await ask(await put(1));
	await ask({ type: 'put-head', head: head(2, second, 2) });
	expect(await reason(await put(2))).toBe('fenced');
	expect(await reason(drop(1, [1]))).toBe('fenced');
	expect(await reason(await shelf())).toBe('fenced');
	expect(await reason({ type: 'get-block', number: 1, purpose: 'restore' })).toBe('block');
	expect(await reason({ type: 'list-shelf', from: 0, limit: 1 })).toBe('shelf');
	expect(await reason({ type: 'get-heads' })).toBe('heads');
});

describe('a drop order', () => {
	it('is carried out once, and none before it any more', async () => {
		for (const number of [1, 2, 3]) await ask(await put(number));
		expect(await reason(drop(7, [1, 99]))).toBe('acknowledged');
		expect((await blocks.list(owner.peer, 0, 9)).map(({ number }) => number)).toEqual([2, 3]);
		expect(await reason(drop(7, [2]))).toBe('conflict');
		expect(await reason(drop(6, [2]))).toBe('conflict');
		await open();
		expect(await reason(drop(7, [2]))).toBe('conflict');
		expect((await blocks.total()).blocks).toBe(2);
	});

	it('is refused with a forged signature, and between others', async () => {
		await ask(await put(1));
		expect(await reason(drop(1, [1], keyringOf('stranger')))).toBe('malformed');
		expect(await reason(drop(1, [1]), { ...me, peer: keyringOf('stranger').peer })).toBe(
			'malformed'
		);
		expect((await blocks.total()).blocks).toBe(1);
	});

	it('is Malformed, and nothing worse, whatever bytes come', () => {
		const good = encodeDropOrder({
			owner: owner.peer,
			partner: partner.peer,
			version: 1,
			numbers: [1, 2]
		});
		const near = fc
			.tuple(fc.nat(), fc.nat(255))
			.map(([at, byte]) => good.with(at % good.length, byte));
		fc.assert(
			fc.property(fc.oneof(fc.uint8Array({ maxLength: 200 }), near), (bytes) => {
				try {
					decodeDropOrder(bytes);
				} catch (error) {
					expect(error).toBeInstanceOf(Malformed);
				}
			})
		);
	});
});

describe('a shelf state', () => {
	it('is countersigned when it is what lies here', async () => {
		await ask(await put(1));
		expect(await reason(await shelf())).toBe('signed');
		expect(await reason(await shelf({ liveCount: 2 }))).toBe('conflict');
		expect(await reason(await shelf({ version: 2, liveHash: new Uint8Array(32) }))).toBe(
			'conflict'
		);
	});

	it('is signed once for each version, and for none before', async () => {
		expect(await reason(await shelf({ version: 5 }))).toBe('signed');
		expect(await reason(await shelf({ version: 5 }))).toBe('signed');
		expect(await reason(await shelf({ version: 5, nextNumber: 101 }))).toBe('conflict');
		expect(await reason(await shelf({ version: 4 }))).toBe('conflict');
	});

	it('is refused when it is of another partner, not signed by its owner, or without an agreement', async () => {
		expect(await reason(await shelf({ partner: owner.peer }))).toBe('malformed');
		const request = await shelf();
		expect(await reason({ ...request, signature: new Uint8Array(64) })).toBe('malformed');
		agreed = 0;
		expect(await reason(request)).toBe('no-agreement');
		expect(disk.table('heldShelves').size).toBe(0);
	});
});
