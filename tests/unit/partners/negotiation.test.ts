import { beforeEach, describe, expect, it } from 'vitest';
import { agreementOf } from '../../../src/lib/engine/partners/agreement.ts';
import type { Reply, ReplyTo, Request } from '../../../src/lib/engine/wire/messages.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { circle, high, keyringOf, low, mebibyte, side } from './people.ts';
import { line, Side } from './sides.ts';

const mornings = new Uint8Array(21).fill(0x0f);
const evenings = new Uint8Array(21).fill(0xf0);
const always = new Uint8Array(21).fill(0xff);

describe('a negotiation', () => {
	let clock: VirtualClock;
	let anna: Side;
	let bert: Side;
	let heard: string[];
	const toBert = () => line(anna, bert, undefined, ({ type }) => heard.push(type));
	const agreed = (who: Side, other: Side) => {
		const record = who.agreements.with(other.keyring.peer);
		return record?.state === 'active' ? agreementOf(record) : undefined;
	};

	beforeEach(async () => {
		clock = new VirtualClock(1_000_000);
		anna = await new Side(low, clock).start();
		bert = await new Side(high, clock).start();
		heard = [];
	});

	it('writes down what each states of itself', async () => {
		anna.states = { ...side, week: mornings, system: { os: 'linux', engine: 'firefox' } };
		bert.states = { ...side, week: always, averageKilobytesPerSecond: 512 };
		expect(await anna.propose(toBert())).toBe('agreed');
		expect(heard).toEqual(['get-terms', 'propose']);
		const sides = { proposer: anna.states, acceptor: bert.states };
		expect(agreed(anna, bert)).toMatchObject({ sides, spaceBytes: 64 * mebibyte });
		expect(agreed(bert, anna)).toEqual(agreed(anna, bert));
	});

	it('asks for no more than the other can give', async () => {
		bert.lendBytes = 40 * mebibyte;
		expect(await anna.propose(toBert())).toBe('agreed');
		expect(heard).toEqual(['get-terms', 'propose']);
		expect(agreed(bert, anna)?.spaceBytes).toBe(32 * mebibyte);
	});

	it('takes a counter up when things changed since the terms were asked for', async () => {
		const way = line(anna, bert, undefined, ({ type }) => {
			if (type === 'propose' && heard.push(type) === 1) {
				bert.lendBytes = 33 * mebibyte;
				bert.states = { ...side, week: evenings };
			}
		});
		expect(await anna.propose(way)).toBe('agreed');
		expect(heard).toEqual(['propose', 'propose']);
		expect(agreed(anna, bert)).toMatchObject({ spaceBytes: 32 * mebibyte });
		expect(agreed(anna, bert)?.sides.acceptor.week).toEqual(evenings);
	});

	it('gives up after three proposals, with nothing bound', async () => {
		const weeks = [mornings, evenings];
		const way = line(anna, bert, undefined, ({ type }) => {
			if (type !== 'propose') return;
			heard.push(type);
			bert.states = { ...side, week: weeks[heard.length % 2] ?? always };
		});
		expect(await anna.propose(way)).toBe('declined');
		expect(heard).toEqual(['propose', 'propose', 'propose']);
		expect([...anna.agreements.all(), ...bert.agreements.all()]).toEqual([]);
	});

	it('does not take up a counter that wants more space, or names somebody else', async () => {
		const forging = (change: Record<string, unknown>) => {
			const way = toBert();
			const request = async <Asked extends Request>(asked: Asked): Promise<ReplyTo<Asked>> => {
				if (asked.type !== 'propose') return way.request(asked);
				const { encodeAgreement, decodeAgreement } =
					await import('../../../src/lib/engine/partners/agreement.ts');
				const document = encodeAgreement({ ...decodeAgreement(asked.document), ...change });
				const reply: Reply = { type: 'counter', document };
				return reply as ReplyTo<Asked>;
			};
			return { peer: way.peer, request };
		};
		for (const change of [
			{ acceptor: keyringOf('carl').peer },
			{ proposer: high.peer },
			{ spaceBytes: 1 }
		]) {
			expect(await anna.propose(forging(change))).toBe('declined');
		}
		const more = forging({ spaceBytes: 640 * mebibyte });
		expect(await anna.propose(more)).toBe('declined');
		expect(anna.agreements.all()).toEqual([]);
	});

	it.each<[string, (anna: Side, bert: Side) => void]>([
		['the other lends nothing more', (_, they) => (they.lendBytes = mebibyte)],
		[
			'they are never on line together',
			(we, they) => {
				we.states = { ...side, week: mornings };
				they.states = { ...side, week: evenings };
			}
		],
		[
			'the line is too slow',
			(_, they) => {
				they.states = { ...side, averageKilobytesPerSecond: 8 };
			}
		]
	])('sends no proposal when %s', async (_, change) => {
		change(anna, bert);
		expect(await anna.propose(toBert())).toBe('declined');
		expect(heard).toEqual(['get-terms']);
	});

	it('is declined where too many partners are alike, and forgets the proposal', async () => {
		bert.welcoming = false;
		expect(await anna.propose(toBert())).toBe('declined');
		expect(anna.agreements.all()).toEqual([]);
	});

	it('repeats the offer that binds when its answer was lost', async () => {
		expect(await anna.propose(line(anna, bert, { of: 'answer', at: 1 }))).toBe('unanswered');
		await anna.start();
		expect(await anna.propose(toBert())).toBe('agreed');
		expect(heard).toEqual(['propose']);
		expect(agreed(bert, anna)).toEqual(agreed(anna, bert));
	});

	describe('with a peer that was blocked', () => {
		const toAnna = () => line(bert, anna);

		it('does not begin, from either side, nor after a restart', async () => {
			await bert.agreements.block(low.peer);
			await bert.start();
			expect(bert.agreements.blocked()).toEqual([low.peer]);
			expect(await anna.propose(toBert())).toBe('declined');
			expect(await bert.propose(toAnna())).toBe('declined');
			expect([...anna.agreements.active(), ...bert.agreements.active()]).toEqual([]);
		});

		it('ends what stood, at both', async () => {
			await anna.propose(toBert());
			await bert.agreements.block(low.peer);
			await anna.negotiation.settle(toBert());
			expect([...anna.agreements.active(), ...bert.agreements.active()]).toEqual([]);
		});

		it('is possible again once it was unblocked, and the day after it was ended', async () => {
			await anna.propose(toBert());
			await bert.agreements.block(low.peer);
			await anna.negotiation.settle(toBert());
			await bert.agreements.unblock(low.peer);
			expect(await anna.propose(toBert())).toBe('declined');
			await clock.advance(24 * 60 * 60_000);
			expect(await anna.propose(toBert())).toBe('agreed');
		});
	});
});

describe('introductions', () => {
	it('name partners that want partners, to partners, with adverts that nobody else can have made', async () => {
		const clock = new VirtualClock(1_000_000);
		const [anna, bert, carl, dora] = await Promise.all(
			['anna', 'bert', 'carl', 'dora'].map((name) => new Side(keyringOf(name), clock).start())
		);
		if (!anna || !bert || !carl || !dora) throw new Error('nobody');
		dora.lendBytes = 64 * mebibyte;
		for (const other of [bert, carl, dora]) await anna.propose(line(anna, other));
		dora.lendBytes = 0;
		for (const other of [bert, carl, dora]) await anna.negotiation.refresh(line(anna, other));
		const asked = await bert.introductions.ask(line(bert, anna), circle);
		expect(asked.map(({ peer, by }) => [peer, by])).toEqual([
			[carl.keyring.peer, anna.keyring.peer]
		]);
		const stranger = await new Side(keyringOf('emil'), clock).start();
		expect(await stranger.introductions.ask(line(stranger, anna), circle)).toEqual([]);
		anna.introductions.note(carl.keyring.peer, circle, new Uint8Array(9));
		expect(anna.introductions.for(circle, bert.keyring.peer)).toEqual([]);
	});
});
