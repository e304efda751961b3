import { mixed, type Scenario } from './scenario.ts';

export const newcomers: Scenario = {
	name: 'newcomers',
	summary:
		'Twice as many come as there were, one after the other, into a circle whose peers have few places left.',
	mix: mixed,
	// Space for the least number of partners only.
	lendBytes: 320 * 1024 * 1024,
	begin: ({ world, calendar, random, days, newcomer, at }) => {
		const count = world.machines.length;
		for (let i = 0; i < count; i++) {
			at(5 + (random.below(100) / 100) * days * 0.5, () => calendar.welcome(newcomer()));
		}
	}
};
