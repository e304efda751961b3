import { mixed, type Scenario } from './scenario.ts';

export const brokerGone: Scenario = {
	name: 'broker-gone',
	summary: 'The broker is gone for a month, or for a third of a shorter run.',
	mix: mixed,
	begin: ({ world, at, days }) => {
		const gone = Math.min(30, days / 3);
		at(days * 0.3, () => (world.broker.up = false));
		at(days * 0.3 + gone, () => (world.broker.up = true));
	}
};
