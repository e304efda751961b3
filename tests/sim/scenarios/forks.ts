import { imageOf, moveToNewDisk } from '../restoring.ts';
import { mixed, type Scenario, type Stage } from './scenario.ts';
import type { Machine } from '../machine.ts';

const hour = 1 / 24;

export const forks: Scenario = {
	name: 'forks',
	summary:
		'One owner in three moves to a new disk; days later the old one is started again, and must find itself fenced off.',
	mix: mixed,
	begin: (stage) => {
		const { world, random, days, at } = stage;
		for (const machine of world.machines) {
			if (random.below(3) > 0) continue;
			const day = 2 + (random.below(100) / 100) * (days - 4);
			at(day, () => void fork(machine, stage));
		}
	}
};

/** While both are on, and for an hour, partners meet the old instance: time enough to be told. */
async function fork(machine: Machine, { world, at, calendar }: Stage): Promise<void> {
	if (machine.lastBackup === undefined) return;
	const old = imageOf(machine);
	if (!(await moveToNewDisk(machine))) return;
	machine.switchOn();
	const { today } = calendar;
	at(today + 1.5, () => void old.boot());
	at(today + 1.5 + hour, () => {
		const { peer } = old;
		const met = peer?.lines.connected().length ?? 0;
		if (peer !== undefined && met >= 3 && !peer.fenced) {
			world.violation('forks', `an old instance of ${machine.id.slice(0, 8)} is not fenced off`);
		}
		old.retire();
	});
}
