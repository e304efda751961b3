import { storesNothing } from '../adversaries/stores-nothing.ts';
import { mixed, type Scenario } from './scenario.ts';

export const hostileBroker: Scenario = {
	name: 'hostile-broker',
	summary:
		"Half of the peers are the broker's own and keep nothing; from the third day on it offers nobody else.",
	mix: mixed,
	role: (number) => (number % 2 === 1 ? storesNothing : undefined),
	begin: ({ world, at }) => {
		at(3, () => {
			world.broker.offersOnly = (peer) => world.machineOf(peer)?.honest === false;
		});
	}
};
