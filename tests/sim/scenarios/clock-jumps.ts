import { mixed, type Scenario } from './scenario.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
/** By how much people set their clocks wrong: an hour, a day, a year, either way. */
const jumpsMs = [hourMs, -hourMs, dayMs, -dayMs, 365 * dayMs, -365 * dayMs] as const;

export const clockJumps: Scenario = {
	name: 'clock-jumps',
	summary:
		'System clocks jump by hours, days or a year, forth and back, and are put right some days later.',
	mix: mixed,
	begin: ({ world, random, days, at }) => {
		for (const machine of world.machines) {
			for (let i = 0; i < 2; i++) {
				const day = 3 + (random.below(1000) / 1000) * (days - 6);
				const jump = jumpsMs[random.below(jumpsMs.length)] ?? 0;
				at(day, () => (machine.skewMs = jump));
				at(Math.min(days, day + 1 + random.below(4)), () => (machine.skewMs = 0));
			}
		}
	}
};
