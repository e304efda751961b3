import { fairWeather } from '../network.ts';
import { mixed, type Scenario } from './scenario.ts';

export const regionOutage: Scenario = {
	name: 'region-outage',
	summary:
		'Europe is cut off from everybody else for three days, later Asia for a week; relays are down for a day.',
	mix: mixed,
	begin: ({ world, at, days }) => {
		const weather = (day: number, now: Partial<typeof fairWeather>): void => {
			at(day, () => (world.network.weather = { ...fairWeather, ...now }));
		};
		weather(days * 0.3, { cutOff: new Set(['europe']) });
		weather(days * 0.3 + 3, {});
		weather(days * 0.5, { relays: false });
		weather(days * 0.5 + 1, {});
		weather(days * 0.6, { cutOff: new Set(['asia']) });
		weather(days * 0.6 + 7, {});
	}
};
