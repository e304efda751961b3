import { expect, it } from 'vitest';
import { riskProblem } from '../../../src/lib/host/problems.ts';

it.each([
	[
		{ trait: 'engine', value: 'chromium', sharing: 4, partners: 4, bearable: 2 },
		'All your partners use browsers made of Chromium.',
		'survives the loss of 2 of them'
	],
	[
		{ trait: 'os', value: 'windows', sharing: 3, partners: 5, bearable: 2 },
		'3 of your 5 partners use Windows.',
		'survives the loss of 2 of them'
	],
	[
		{ trait: 'network', value: 'c0a807', sharing: 2, partners: 2, bearable: 1 },
		'All your partners are in one network.',
		'survives the loss of one of them'
	]
] as const)('tells in plain words what partners share: %o', (risk, what, means) => {
	const told = riskProblem(risk);
	expect(told.what).toBe(what);
	expect(told.means).toContain('Nothing is wrong now.');
	expect(told.means).toContain(means);
	expect(told.todo).toMatch(/^Invite somebody /u);
});
