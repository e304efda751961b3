import { storesFraction, storesNothing } from '../adversaries/stores-nothing.ts';
import { mixed, type Scenario } from './scenario.ts';

export const freeloaders: Scenario = {
	name: 'freeloaders',
	summary: 'One peer in ten keeps nothing of what it acknowledges, and one in ten a tenth.',
	mix: mixed,
	role: (number) => {
		if (number % 10 === 3) return storesNothing;
		return number % 10 === 7 ? storesFraction : undefined;
	}
};
