import { describe, expect, it } from 'vitest';
import { Doorbell, Listeners } from '../../../src/lib/engine/doorbell.ts';
import { Events } from '../../../src/lib/engine/events.ts';
import { Household } from '../../../src/lib/engine/household.ts';
import { Turns } from '../../../src/lib/engine/turns.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { MemoryRecords, RecordDisk } from '../../doubles/records.ts';
import { silent } from '../partners/people.ts';

describe('listeners', () => {
	it('all hear the news although one of them throws', () => {
		const listeners = new Listeners();
		const heard: string[] = [];
		listeners.add(() => {
			throw new Error('deaf');
		});
		listeners.add(() => heard.push('heard'));
		expect(() => {
			listeners.tell();
		}).toThrow('deaf');
		expect(heard).toEqual(['heard']);
	});

	it('can be waited for once, or given up', async () => {
		const listeners = new Listeners();
		const stop = new AbortController();
		const news = listeners.next(stop.signal);
		listeners.tell();
		await news;
		const never = listeners.next(stop.signal);
		stop.abort('enough');
		await never;
		await listeners.next(stop.signal);
	});
});

it('keeps a ring until somebody waits, and several rings are one', async () => {
	const clock = new VirtualClock();
	const bell = new Doorbell();
	const { signal } = new AbortController();
	bell.ring();
	bell.ring();
	await bell.wait(clock, 1_000, signal);
	let woken = false;
	void bell.wait(clock, 1_000, signal).then(() => (woken = true));
	await clock.advance(999);
	expect(woken).toBe(false);
	await clock.advance(1);
	expect(woken).toBe(true);
});

it('takes turns for each key, whatever became of the one before', async () => {
	const turns = new Turns<string>();
	const order: string[] = [];
	const work = (name: string, error?: Error) => async (): Promise<void> => {
		order.push(`${name} begins`);
		await Promise.resolve();
		order.push(`${name} ends`);
		if (error !== undefined) throw error;
	};
	const first = turns.take('a', work('first', new Error('failed')));
	const second = turns.take('a', work('second'));
	const other = turns.take('b', work('other'));
	await expect(first).rejects.toThrow('failed');
	await Promise.all([second, other]);
	expect(order.indexOf('second begins')).toBeGreaterThan(order.indexOf('first ends'));
	expect(order.indexOf('other begins')).toBeLessThan(order.indexOf('first ends'));
});

describe('events', () => {
	it('are kept newest first, the last fifty', async () => {
		const [clock, disk] = [new VirtualClock(), new RecordDisk()];
		const ports = { clock, records: new MemoryRecords(disk), log: silent };
		const events = await Events.open(ports);
		for (let n = 0; n < 60; n++) await events.add('restored', { files: n });
		expect(disk.table('events').size).toBe(50);
		const again = await Events.open(ports);
		expect(again.all()).toEqual(events.all());
		expect(again.all()[0]?.detail).toEqual({ files: 59 });
	});

	it('are shown although a full disk does not keep them', async () => {
		const records = new MemoryRecords();
		const events = await Events.open({ clock: new VirtualClock(), records, log: silent });
		records.failNextWrite();
		await events.add('disk-full', {});
		expect(events.all()).toHaveLength(1);
	});
});

describe('the household', () => {
	it('changes nothing that the disk does not take, and keeps both of two changes at once', async () => {
		const records = new MemoryRecords();
		const household = await Household.open(records);
		records.failNextWrite();
		await expect(household.change({ lendBytes: 5 })).rejects.toThrow('full');
		expect(household.settings.lendBytes).toBe(0);
		await Promise.all([household.change({ lendBytes: 7 }), household.change({ paused: true })]);
		expect((await Household.open(records)).settings).toMatchObject({ lendBytes: 7, paused: true });
	});
});
