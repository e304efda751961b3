import { describe, expect, it } from 'vitest';
import { nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import {
	Absences,
	afterTick,
	isInDoubt,
	usualTickMs as tickMs
} from '../../../src/lib/engine/partners/absences.ts';
import { seenWithinMs } from '../../../src/lib/engine/partners/replacement.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { MemoryRecords } from '../../doubles/records.ts';
import { silent } from './people.ts';

const [anna, bert, carl] = [1, 2, 3].map((n) => nameOf<PeerId>(new Uint8Array(32).fill(n))) as [
	PeerId,
	PeerId,
	PeerId
];
const partners = [anna, bert, carl];

describe('a tick', () => {
	const tick = (change: Partial<Parameters<typeof afterTick>[1]> = {}) =>
		afterTick(new Map([[bert, 5]]), {
			elapsedMs: 10,
			partners,
			isPresent: (partner) => partner !== bert,
			isDue: () => true,
			...change
		});

	it('adds to the absence of who is away, and ends that of who is there', () => {
		expect(tick()).toEqual(new Map([[bert, 15]]));
		expect(tick({ isPresent: (partner) => partner === bert })).toEqual(
			new Map([
				[anna, 10],
				[carl, 10]
			])
		);
		expect(tick({ isPresent: () => true })).toEqual(new Map());
	});
	it('counts no hour in which nobody expects the partner', () => {
		expect(tick({ isDue: () => false })).toEqual(new Map([[bert, 5]]));
	});
	it('counts nothing while the own connection is in doubt', () => {
		expect(tick({ isPresent: () => false })).toEqual(new Map([[bert, 5]]));
	});
	it('takes a sleep or a leap of the clock for two hours at most, and a leap back for nothing', () => {
		expect(tick({ elapsedMs: 400 * 24 * tickMs })).toEqual(new Map([[bert, 5 + 2 * tickMs]]));
		expect(tick({ elapsedMs: -400 * 24 * tickMs })).toEqual(new Map([[bert, 5]]));
	});
	it('forgets who is a partner no more', () => {
		expect(tick({ partners: [anna] })).toEqual(new Map());
	});
});

it.each([
	[0, 0, false],
	[1, 0, true],
	[3, 1, false],
	[4, 1, true],
	[20, 7, false],
	[20, 6, true]
])(
	'with %i partners of which %i are there the own connection is in doubt: %s',
	(all, there, doubt) => {
		expect(isInDoubt(all, there)).toBe(doubt);
	}
);

it('knows after three days who has not been seen, over restarts, and takes back who returns', async () => {
	const records = new MemoryRecords();
	const clock = new VirtualClock();
	const away = new Set([bert]);
	const open = (): Promise<Absences> =>
		Absences.open({
			records,
			clock,
			log: silent,
			partners: () => partners,
			isPresent: (partner) => !away.has(partner),
			isDue: () => true
		});
	const run = async (absences: Absences, ms: number): Promise<void> => {
		const stop = new AbortController();
		const running = absences.run(stop.signal, () => undefined);
		await clock.advance(ms);
		stop.abort(new Error('the test is over'));
		await running;
	};
	const first = await open();
	await run(first, seenWithinMs - tickMs);
	expect(first.awayMs(bert)).toBe(seenWithinMs - tickMs);
	const second = await open();
	await run(second, tickMs);
	expect(second.awayMs(bert)).toBe(seenWithinMs);
	expect(second.awayMs(anna)).toBe(0);
	second.note(bert);
	expect(second.awayMs(bert)).toBe(0);
	await run(second, tickMs);
	expect(second.awayMs(bert)).toBe(0);
	expect((await open()).awayMs(bert)).toBe(0);
});
