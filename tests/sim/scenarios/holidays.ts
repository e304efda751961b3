import { mixed, type Scenario } from './scenario.ts';

/** Shorter than grace, as holidays are. */
const holidayDays = 13;

export const holidays: Scenario = {
	name: 'holidays',
	summary:
		'Everybody is away once for thirteen days, each at another time: nobody may be let go for it.',
	mix: mixed,
	begin: ({ calendar, random, days, world }) => {
		const firstDays = world.machines.map(() => 7 + random.below(Math.max(1, days - 7)));
		calendar.isAway = ({ number }, day) => {
			const first = firstDays[number] ?? Infinity;
			return day >= first && day < first + holidayDays;
		};
	}
};
