import { mixed, type Scenario } from './scenario.ts';

export const fullDisks: Scenario = {
	name: 'full-disks',
	summary: 'One disk in three takes no more for days on end, again and again.',
	mix: mixed,
	begin: ({ world, random, days, at }) => {
		for (const machine of world.machines) {
			if (random.below(3) > 0) continue;
			for (let day = random.below(14); day < days - 8; day += 14 + random.below(14)) {
				at(day, () => (machine.disk.bytesMax = machine.disk.bytes));
				at(day + 7, () => (machine.disk.bytesMax = Infinity));
			}
		}
	}
};
