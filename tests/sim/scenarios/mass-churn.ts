import { mixed, type Scenario } from './scenario.ts';

/** Of the population, each week. */
const leaversPerWeek = 0.05;

export const massChurn: Scenario = {
	name: 'mass-churn',
	summary: 'Every week one peer in twenty leaves for good without a word, and as many come new.',
	mix: mixed,
	begin: ({ world, calendar, random, days, newcomer, at }) => {
		const leavers = Math.max(1, Math.round(world.machines.length * leaversPerWeek));
		for (let day = 10; day < days - 21; day += 7) {
			for (let i = 0; i < leavers; i++) {
				at(day + random.below(7 * 24) / 24, () => {
					const there = world.machines.filter(({ state }) => state !== 'gone');
					there[random.below(there.length)]?.retire();
					calendar.welcome(newcomer());
				});
			}
		}
	}
};
