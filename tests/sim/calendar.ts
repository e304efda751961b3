/** The days of a simulation: people switch their machines on and off, and change their files. */
import type { SeededRandom } from '../doubles/random.ts';
import type { Machine } from './machine.ts';
import { spansOfDay } from './population.ts';
import { firstMonday, type World } from './world.ts';

export const dayMs = 24 * 60 * 60_000;
const minuteMs = 60_000;

export class Calendar {
	readonly #world: World;
	readonly #random: SeededRandom;
	/** Whether somebody is on holiday on a day. */
	isAway: (machine: Machine, day: number) => boolean = () => false;
	/** Files that a person changes on a day. */
	readonly #changesADay: number;
	#stopped = false;

	constructor(world: World, random: SeededRandom, changesADay: number) {
		this.#world = world;
		this.#random = random;
		this.#changesADay = changesADay;
	}

	/** Days since the start, whole ones. */
	get today(): number {
		return Math.floor(this.#world.elapsed / dayMs);
	}

	/** Plans the first two days, and then every midnight the day after the one that begins. */
	start(): void {
		this.#plan(0);
		this.#plan(1);
		this.each((day) => this.#plan(day + 1));
	}

	/** From now on everybody stays on. */
	stop(): void {
		this.#stopped = true;
		for (const machine of this.#world.machines) machine.switchOn();
	}

	/** Does something at every midnight until the calendar is stopped. */
	each(work: (day: number) => void): void {
		const next = (day: number): void => {
			this.#world.clock.at(firstMonday + day * dayMs, () => {
				if (this.#stopped) return;
				work(day);
				next(day + 1);
			});
		};
		next(this.today + 1);
	}

	/** A machine that came later has its first day now. */
	welcome(machine: Machine): void {
		this.#planMachine(machine, this.today);
		this.#planMachine(machine, this.today + 1);
	}

	#plan(day: number): void {
		for (const machine of this.#world.machines) this.#planMachine(machine, day);
	}

	#planMachine(machine: Machine, day: number): void {
		const random = this.#random.fork(`${String(machine.number)}/${String(day)}`);
		const { clock } = this.#world;
		const midnight = firstMonday + day * dayMs;
		const spans = spansOfDay(machine.hardware, day, random);
		const closesLid = machine.hardware.kind === 'laptop' && random.below(100) < 70;
		const changes = random.below(2 * this.#changesADay + 1);
		for (const [i, { start, end }] of spans.entries()) {
			clock.at(midnight + start, () => this.#begin(machine, day, i === 0 ? changes : 0));
			if (machine.hardware.kind === 'server') continue;
			clock.at(midnight + end, () => this.#end(machine, closesLid));
		}
		if (machine.hardware.kind === 'server' && day % 7 === 3) {
			this.#restart(machine, midnight + random.below(dayMs));
		}
	}

	#begin(machine: Machine, day: number, changes: number): void {
		if (this.#stopped || this.isAway(machine, day)) return;
		machine.folder.change(this.#world.clock.now, changes);
		machine.switchOn();
	}

	#end(machine: Machine, closesLid: boolean): void {
		if (this.#stopped || machine.moving) return;
		if (closesLid) machine.closeLid();
		else machine.shutDown();
	}

	#restart(machine: Machine, at: number): void {
		const { clock } = this.#world;
		clock.at(at, () => {
			if (!this.#stopped) machine.shutDown();
		});
		clock.at(at + 5 * minuteMs, () => {
			if (!this.isAway(machine, this.today)) machine.switchOn();
		});
	}
}
