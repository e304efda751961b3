import { mixed, type Scenario, type Stage } from './scenario.ts';
import type { Machine } from '../machine.ts';

/** The most calls that a process makes before it dies: a start takes some twenty, a backup some hundreds. */
const callsMax = 3_000;
const minuteMs = 60_000;

export const crashes: Scenario = {
	name: 'crashes',
	summary:
		'Processes die at any await, before or after what they asked for was done, and start again minutes later.',
	mix: mixed,
	begin: (stage) => {
		const { world, calendar } = stage;
		for (const machine of world.machines) arm(machine, stage);
		calendar.each(() => {
			for (const machine of world.machines) {
				arm(machine, stage);
				revive(machine, stage);
			}
		});
	},
	heal: ({ world }) => {
		for (const machine of world.machines) {
			machine.life?.crashAt({ call: Infinity, when: 'before' }, () => undefined);
			machine.crashPoint = undefined;
		}
	}
};

/** Small numbers come as often as large ones: the start of a process has more to break than its idle hours. */
function arm(machine: Machine, { random }: Stage): void {
	const call = Math.ceil(callsMax ** (random.below(1000) / 1000));
	machine.crashPoint = { call, when: random.below(2) === 0 ? 'before' : 'after' };
}

/** Some people start the window again at once. */
function revive(machine: Machine, { world, random, calendar }: Stage): void {
	if (machine.state !== 'off' || random.below(2) === 0) return;
	world.clock.after(random.below(30) * minuteMs, () => {
		if (!calendar.isAway(machine, calendar.today)) machine.switchOn();
	});
}
