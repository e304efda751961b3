/** A story that a simulation tells: who takes part, and what goes wrong. */
import type { SeededRandom } from '../../doubles/random.ts';
import type { Calendar } from '../calendar.ts';
import type { Machine, Role } from '../machine.ts';
import type { Mix } from '../population.ts';
import type { World } from '../world.ts';

/** What a scenario acts upon. */
export interface Stage {
	readonly world: World;
	readonly calendar: Calendar;
	readonly random: SeededRandom;
	/** Days of the safety phase: what begins must be over by then. */
	readonly days: number;
	/** Does something so many days after the start; fractions are hours. */
	readonly at: (day: number, work: () => void) => void;
	/** Adds a machine to the population now. */
	readonly newcomer: (lendBytes?: number) => Machine;
}

export interface Scenario {
	readonly name: string;
	/** One sentence. */
	readonly summary: string;
	readonly mix: Mix;
	/** What each peer lends. */
	readonly lendBytes?: number;
	/** How the machine with this number departs from the rules. */
	role?(number: number, peers: number): Role | undefined;
	/** Sets going what goes wrong in the safety phase. */
	begin?(stage: Stage): void;
	/** Ends what the scenario still does to machines; the network, the broker and the clocks are put right by themselves. */
	heal?(stage: Stage): void;
}

/** People with all kinds of machines. */
export const mixed: Mix = { office: 30, home: 40, laptop: 25, server: 5 };
