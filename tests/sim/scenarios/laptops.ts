import type { Scenario } from './scenario.ts';

export const laptops: Scenario = {
	name: 'laptops',
	summary:
		'Nine of ten are laptops: on a few hours a day, asleep in between, their links dead when the lid opens.',
	mix: { laptop: 90, server: 10 }
};
