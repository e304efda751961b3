import { readsAllDay } from '../adversaries/file-server.ts';
import { mixed, type Scenario } from './scenario.ts';

export const fileServers: Scenario = {
	name: 'file-servers',
	summary: 'One peer in ten reads all its blocks back every hour.',
	mix: mixed,
	role: (number) => (number % 10 === 4 ? readsAllDay : undefined)
};
