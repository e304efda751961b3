/** The set of every test run: populations small enough to wait for, through some days of faults, run by the very program of `npm run sim`. */
import { spawnSync } from 'node:child_process';
import { beforeAll, expect, it } from 'vitest';
import { root } from '../../scripts/tests/command.ts';
import { bundleSimulator } from '../../scripts/tests/simulator.ts';
import type { Outcome } from './simulation.ts';

let program: string;
beforeAll(async () => {
	program = await bundleSimulator();
});

interface Run {
	readonly scenario: string;
	readonly peers: number;
	readonly days: number;
	readonly seed: string;
}

/** What the program's last line says, after all that it found wrong. */
function run({ scenario, peers, days, seed }: Run): Outcome {
	const words = ['--scenario', scenario, '--peers', String(peers), '--days', String(days)];
	const { stdout, status } = spawnSync(process.execPath, [program, ...words, '--seed', seed], {
		cwd: root,
		encoding: 'utf8',
		maxBuffer: 64 * 1024 * 1024
	});
	const lines = stdout.trim().split('\n');
	expect(lines.filter((line) => line.startsWith('VIOLATION'))).toEqual([]);
	expect(status).toBe(0);
	return JSON.parse(lines.at(-1) ?? '') as Outcome;
}

it.each([
	{ scenario: 'office-hours', peers: 5, days: 4, seed: '1' },
	{ scenario: 'crashes', peers: 6, days: 5, seed: '1' },
	{ scenario: 'rot', peers: 6, days: 5, seed: '1' },
	{ scenario: 'full-disks', peers: 6, days: 5, seed: '1' },
	{ scenario: 'mass-churn', peers: 6, days: 5, seed: '1' },
	{ scenario: 'broker-gone', peers: 6, days: 5, seed: '1' },
	{ scenario: 'region-outage', peers: 6, days: 5, seed: '1' }
])('$scenario: $peers peers through $days days lose nothing', (what) => {
	const outcome = run(what);
	expect(outcome).toMatchObject({ violations: 0, lostSnapshots: 0, expelledHonest: 0 });
	expect(outcome.backups).toBeGreaterThan(what.peers * (what.days / 4));
	expect(outcome.restores).toBeGreaterThan(0);
});

it('says what it does not understand, and which scenarios there are', () => {
	const { stderr, status } = spawnSync(process.execPath, [program, '--scenario', 'nowhere'], {
		cwd: root,
		encoding: 'utf8'
	});
	expect(status).toBe(2);
	expect(stderr).toContain('There is no scenario nowhere.');
	expect(stderr).toContain('office-hours');
});
