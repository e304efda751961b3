import type { Role } from '../machine.ts';
import { mixed, type Scenario } from './scenario.ts';

/** Absent for one day less than grace, again and again. */
const roundDays = 14;

export const hopper: Role = { name: 'hops before grace ends' };

export const hoppers: Scenario = {
	name: 'hoppers',
	summary: 'One peer in ten shows itself one day in fourteen, just before grace ends.',
	mix: mixed,
	role: (number) => (number % 10 === 6 ? hopper : undefined),
	begin: ({ calendar }) => {
		calendar.isAway = ({ role, number }, day) =>
			role === hopper && day > 2 && (day + number) % roundDays !== 0;
	}
};
