/** One seed is one run: what makes a failure come again. */
import { expect, it } from 'vitest';
import { crashes } from './scenarios/crashes.ts';
import { laptops } from './scenarios/laptops.ts';
import { simulate, type SimulationOptions } from './simulation.ts';

async function traced(options: SimulationOptions) {
	const lines: string[] = [];
	const { outcome } = await simulate({ ...options, traceSink: (line) => lines.push(line) });
	return { outcome, lines };
}

it.each([laptops, crashes])('runs $name twice the same way, byte for byte', async (scenario) => {
	const options = { scenario, peers: 5, days: 5, seed: '7', restores: 1 };
	const first = await traced(options);
	const second = await traced(options);
	expect(first.lines.length).toBeGreaterThan(500);
	expect(second.lines.findIndex((line, i) => line !== first.lines[i])).toBe(-1);
	expect(second.outcome).toEqual(first.outcome);
});

it('runs another way with another seed', async () => {
	const options = { scenario: laptops, peers: 4, days: 4, restores: 0 };
	const first = await simulate({ ...options, seed: '1' });
	const second = await simulate({ ...options, seed: '2' });
	expect(second.outcome.trace).not.toBe(first.outcome.trace);
});
