import { withholdsHeads } from '../adversaries/withholds-heads.ts';
import { mixed, type Scenario } from './scenario.ts';

export const withholders: Scenario = {
	name: 'withholders',
	summary: 'One peer in five never shows the newest head that it holds.',
	mix: mixed,
	role: (number) => (number % 5 === 2 ? withholdsHeads : undefined)
};
