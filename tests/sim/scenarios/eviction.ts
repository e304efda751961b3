import { moveToNewDisk } from '../restoring.ts';
import { mixed, type Scenario } from './scenario.ts';

export const eviction: Scenario = {
	name: 'eviction',
	summary:
		'One browser engine evicts all that Holdfast stored, on every machine that runs it, within a day; its people go on from their words.',
	mix: mixed,
	begin: ({ world, at, days, random }) => {
		at(days * 0.4, () => {
			for (const machine of world.machines) {
				if (machine.hardware.engine !== 'firefox' || machine.lastBackup === undefined) continue;
				const hours = random.below(24);
				at(days * 0.4 + hours / 24, () => void moveToNewDisk(machine));
			}
		});
	}
};
