import { beforeEach, describe, expect, it } from 'vitest';
import type { BackupReport } from '../../../src/lib/engine/archive/backup.ts';
import { Rounds, type Obstacle } from '../../../src/lib/engine/rounds.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { silent } from '../partners/people.ts';

interface Running {
	readonly signal: AbortSignal;
	readonly progress: Parameters<ConstructorParameters<typeof Rounds>[0]['backUp']>[1];
	readonly done: () => void;
	readonly fail: (error: Error) => void;
}

let clock: VirtualClock;
let paused: boolean;
let obstacle: Obstacle | undefined;
let backups: Running[];
let refills: number;
let owed: number;
let rounds: Rounds;
let stop: AbortController;

beforeEach(() => {
	clock = new VirtualClock();
	[paused, obstacle, backups, refills, owed] = [false, undefined, [], 0, 0];
	stop = new AbortController();
	rounds = new Rounds({
		clock,
		log: silent,
		ready: () => true,
		paused: () => paused,
		obstacle: () => obstacle,
		backUp: (signal, progress) =>
			new Promise((resolve, fail) => {
				const done = (): void => {
					resolve({} as BackupReport);
				};
				signal.addEventListener('abort', () => {
					fail(new Error('aborted'));
				});
				backups.push({ signal, progress, done, fail });
			}),
		refill: () => {
			refills++;
			return Promise.resolve(owed-- > 0);
		},
		onDone: () => undefined
	});
	void rounds.run(stop.signal);
	return () => {
		stop.abort('over');
	};
});

it('backs up at once, then every hour, and makes up in between what is owed', async () => {
	await clock.advance(0);
	expect(rounds.state.stage).toBe('scanning');
	owed = 3;
	backups[0]?.done();
	await clock.advance(0);
	expect(rounds.state.stage).toBe('idle');
	expect(refills).toBe(4);
	await clock.advance(59 * 60_000);
	expect(backups).toHaveLength(1);
	await clock.advance(60_000);
	expect(backups).toHaveLength(2);
});

it('backs up within the hour although the clock was set back by a year', async () => {
	await clock.advance(0);
	backups[0]?.done();
	await clock.advance(60_000);
	clock.jump(-365 * 24 * 60 * 60_000);
	await clock.advance(60 * 60_000);
	expect(backups).toHaveLength(2);
});

it('rests while there is nothing to do', async () => {
	await clock.advance(0);
	backups[0]?.done();
	await clock.advance(0);
	const before = refills;
	await clock.advance(55 * 60_000);
	expect(refills - before).toBeLessThan(10);
});

it('takes up what was asked for while a backup ran', async () => {
	await clock.advance(0);
	rounds.request();
	backups[0]?.done();
	await clock.advance(0);
	expect(backups).toHaveLength(2);
});

it('says what is in the way, makes up what it can meanwhile, and goes on when the cause is gone', async () => {
	backups = [];
	obstacle = { kind: 'few-partners', have: 1, need: 3 };
	rounds.interrupt('test');
	await clock.advance(0);
	rounds.interrupt('test');
	await clock.advance(5_000);
	expect(rounds.state).toEqual({ stage: 'waiting', obstacle });
	expect(refills).toBeGreaterThan(0);
	const before = backups.length;
	obstacle = undefined;
	rounds.look();
	await clock.advance(0);
	expect(backups.length).toBe(before + 1);
});

it('tries again after a failure with growing pauses, and at once when asked', async () => {
	await clock.advance(0);
	backups[0]?.fail(new Error('the disk is full'));
	await clock.advance(9_000);
	expect(rounds.state).toEqual({
		stage: 'waiting',
		obstacle: { kind: 'failed', message: 'the disk is full' }
	});
	expect(backups).toHaveLength(1);
	await clock.advance(6_000);
	backups[1]?.fail(new Error('still full'));
	await clock.advance(19_000);
	expect(backups).toHaveLength(2);
	rounds.request();
	await clock.advance(0);
	expect(backups).toHaveLength(3);
});

it('pauses in the middle and takes the same backup up again', async () => {
	await clock.advance(0);
	paused = true;
	rounds.interrupt('paused');
	await clock.advance(0);
	expect(rounds.state.stage).toBe('idle');
	expect(backups[0]?.signal.aborted).toBe(true);
	await clock.advance(60_000);
	expect(backups).toHaveLength(1);
	paused = false;
	rounds.look();
	await clock.advance(0);
	expect(backups).toHaveLength(2);
});

describe('progress', () => {
	const reading = (bytesDone: number) => ({
		stage: 'reading' as const,
		filesDone: 1,
		filesTotal: 2,
		bytesDone,
		bytesTotal: 100_000,
		storedBytes: 0
	});
	it('has the speed of the last 20 seconds', async () => {
		await clock.advance(0);
		backups[0]?.progress(reading(0) as never);
		await clock.advance(10_000);
		backups[0]?.progress(reading(50_000) as never);
		expect(rounds.state).toMatchObject({ stage: 'running', progress: { bytesPerSecond: 5_000 } });
		await clock.advance(20_000);
		backups[0]?.progress(reading(60_000) as never);
		expect(rounds.state).toMatchObject({ progress: { bytesPerSecond: 500 } });
	});
});
