import { mixed, type Scenario } from './scenario.ts';

export const officeHours: Scenario = {
	name: 'office-hours',
	summary:
		'Offices from nine to five, homes in the evening, laptops now and then, a few servers; nothing goes wrong.',
	mix: mixed
};
