/**
 * One simulation from its seed to its outcome: a safety phase in which the scenario does its worst and nothing may be
 * lost, then a healed phase in which all that went wrong is put right, and everything must converge.
 */
import { setMaxListeners } from 'node:events';
import { SeededRandom } from '../doubles/random.ts';
import { Accounts } from './accounts.ts';
import { Calendar, dayMs } from './calendar.ts';
import { ed25519 as signatures } from '@noble/curves/ed25519.js';
import { Agreements } from './checkers/agreements.ts';
import { balances, type Balance } from './checkers/balance.ts';
import type { Checker } from './checkers/checker.ts';
import { Convergence } from './checkers/convergence.ts';
import { Drops } from './checkers/drops.ts';
import { Durability } from './checkers/durability.ts';
import { Expulsions } from './checkers/expulsions.ts';
import { Nonces } from './checkers/nonces.ts';
import { Restores } from './checkers/restores.ts';
import { Traffic } from './checkers/traffic.ts';
import type { DiskWatcher } from './disk.ts';
import type { Machine } from './machine.ts';
import { fairWeather } from './network.ts';
import { drawHardware } from './population.ts';
import type { Scenario, Stage } from './scenarios/scenario.ts';
import { ed25519 as standIn } from './stand-ins/ed25519.ts';
import type { TraceSink } from './trace.ts';
import { firstMonday, World, type Violation, type WorldOptions } from './world.ts';

export interface SimulationOptions {
	readonly scenario: Scenario;
	readonly peers: number;
	readonly days: number;
	readonly seed: string;
	/** Files in each person's folder at first, and how many change on a day. */
	readonly files?: number;
	readonly changesADay?: number;
	/** Owners that restore at the end. */
	readonly restores?: number;
	readonly traceSink?: TraceSink;
	readonly log?: WorldOptions['log'];
	/** Told every midnight. */
	readonly onDay?: (day: number, world: World) => void;
	/** Checkers beside the usual ones; a test plants violations with them. */
	readonly meddle?: (stage: Stage) => void;
}

export interface Outcome {
	readonly scenario: string;
	readonly peers: number;
	readonly days: number;
	readonly seed: string;
	readonly events: number;
	readonly messages: number;
	readonly backups: number;
	readonly restores: number;
	readonly violations: number;
	readonly lostSnapshots: number;
	readonly expelledHonest: number;
	readonly caughtCheats: number;
	readonly cheats: number;
	readonly crashes: number;
	/** Repaired bytes for each lost one; null while too little was lost. */
	readonly repairRatio: number | null;
	readonly trace: string;
}

export interface Finished {
	readonly outcome: Outcome;
	readonly violations: readonly Violation[];
	readonly days: readonly DayNote[];
	readonly balances: readonly Balance[];
}

/** What the plots show of one day. */
export interface DayNote {
	readonly day: number;
	readonly on: number;
	readonly messages: number;
	readonly agreements: number;
	/** Owners whose stripes all have all their blocks, of those that are on. */
	readonly protectedShare: number;
	readonly heldBytes: number;
}

/** With the real signatures nobody sees which orders were signed. */
const seesSignatures = (signatures as unknown) === standIn;
const lendBytesUsual = 1024 * 1024 * 1024;

/** Days without faults at the end: the last sixth, at least three and at most ten. */
export function healedDays(days: number): number {
	return Math.max(3, Math.min(10, Math.floor(days / 6)));
}

export async function simulate(options: SimulationOptions): Promise<Finished> {
	const simulation = new Simulation(options);
	const onUnhandled = (reason: unknown): void => {
		simulation.world.violation('rejections', `nobody handled: ${String(reason)}`);
	};
	process.on('unhandledRejection', onUnhandled);
	// A stop signal has as many listeners as its peer has waits.
	setMaxListeners(0);
	try {
		return await simulation.run();
	} finally {
		process.off('unhandledRejection', onUnhandled);
	}
}

class Simulation {
	readonly world: World;
	readonly #options: SimulationOptions;
	readonly #calendar: Calendar;
	readonly #stage: Stage;
	readonly #accounts = new Accounts();
	readonly #durability = new Durability(this.#accounts);
	readonly #expulsions = new Expulsions();
	readonly #traffic = new Traffic();
	readonly #drops = new Drops();
	readonly #nonces = new Nonces();
	readonly #restores: Restores;
	readonly #days: DayNote[] = [];
	#messagesBefore = 0;

	constructor(options: SimulationOptions) {
		const { seed, traceSink, log, scenario } = options;
		this.#options = options;
		this.#restores = new Restores(options.restores ?? 5, this.#accounts);
		const random = new SeededRandom(`${scenario.name}/${seed}`);
		this.world = new World({
			seed: `${scenario.name}/${seed}`,
			onSeal: this.#nonces.watch,
			...(traceSink === undefined ? {} : { traceSink }),
			...(log === undefined ? {} : { log })
		});
		this.#calendar = new Calendar(this.world, random.fork('calendar'), options.changesADay ?? 2);
		this.#stage = {
			world: this.world,
			calendar: this.#calendar,
			random: random.fork('scenario'),
			days: options.days - healedDays(options.days),
			at: (day, work) => void this.world.clock.at(firstMonday + day * dayMs, work),
			newcomer: (lendBytes) => this.#settle(lendBytes)
		};
	}

	async run(): Promise<Finished> {
		const { peers, scenario, days, meddle } = this.#options;
		for (let i = 0; i < peers; i++) this.#settle();
		this.#calendar.start();
		scenario.begin?.(this.#stage);
		meddle?.(this.#stage);
		for (let day = 1; day <= this.#stage.days; day++) await this.#day(day);
		this.#heal();
		for (let day = this.#stage.days + 1; day <= days; day++) await this.#day(day);
		await this.#atEnd();
		return {
			outcome: this.#outcome(),
			violations: this.world.violations,
			days: this.#days,
			balances: balances(this.world)
		};
	}

	get #checkers(): readonly Checker[] {
		const agreements = new Agreements();
		const convergence = new Convergence();
		return [
			this.#durability,
			this.#expulsions,
			agreements,
			convergence,
			this.#traffic,
			this.#nonces,
			this.#restores,
			this.#drops
		];
	}

	#settle(lendBytes = this.#options.scenario.lendBytes ?? lendBytesUsual): Machine {
		const { scenario, peers, files = 12 } = this.#options;
		const { world } = this;
		const number = world.machines.length;
		const role = scenario.role?.(number, peers);
		const hardware = drawHardware(scenario.mix, this.#stage.random.fork(`machine ${number}`));
		const settled = { files, lendBytes, ...(role === undefined ? {} : { role }) };
		const machine = world.settle(hardware, settled);
		machine.disk.watcher = this.#watcherOf(machine);
		return machine;
	}

	#watcherOf(machine: Machine): DiskWatcher {
		return {
			stored: (block) => this.#traffic.stored(block),
			deleted: (owner, numbers) => {
				if (machine.honest && seesSignatures)
					this.#drops.deleted(this.world, machine.id, owner, numbers);
			}
		};
	}

	async #day(day: number): Promise<void> {
		await this.world.clock.run(firstMonday + day * dayMs);
		for (const checker of this.#checkers) checker.daily?.(this.world);
		this.#days.push(this.#note(day));
		this.#options.onDay?.(day, this.world);
	}

	/** All that went wrong is put right, and everybody stays on. */
	#heal(): void {
		const { world } = this;
		this.#options.scenario.heal?.(this.#stage);
		world.network.weather = fairWeather;
		world.broker.up = true;
		world.broker.offersOnly = undefined;
		for (const machine of world.machines) {
			machine.skewMs = 0;
			machine.disk.bytesMax = Infinity;
		}
		this.#calendar.stop();
	}

	/** Checkers that wait for virtual time need it to pass. */
	async #atEnd(): Promise<void> {
		for (const checker of this.#checkers) {
			const checked = checker.atEnd?.(this.world);
			if (checked === undefined) continue;
			const state = { done: false };
			const ended = checked.then(() => (state.done = true));
			while (!state.done) await this.world.clock.run(this.world.clock.now + dayMs / 24);
			await ended;
		}
	}

	#note(day: number): DayNote {
		const { machines, network } = this.world;
		const messages = network.delivered - this.#messagesBefore;
		this.#messagesBefore = network.delivered;
		const peers = machines.flatMap(({ peer }) => peer ?? []);
		const backedUp = peers.filter((peer) => peer.holdings.protection().stored);
		const whole = backedUp.filter((peer) => peer.holdings.protection().full);
		return {
			day,
			on: peers.length,
			messages,
			agreements: peers.reduce((sum, peer) => sum + peer.agreements.active().length, 0),
			protectedShare: backedUp.length === 0 ? 0 : whole.length / backedUp.length,
			heldBytes: machines.reduce((sum, { disk }) => sum + disk.bytes, 0)
		};
	}

	#outcome(): Outcome {
		const { world } = this;
		const { scenario, peers, days, seed } = this.#options;
		const ratio = this.#traffic.ratio;
		return {
			scenario: scenario.name,
			peers,
			days,
			seed,
			events: world.clock.events,
			messages: world.network.delivered,
			backups: world.backups,
			restores: this.#restores.restored,
			violations: world.violationCount,
			lostSnapshots: this.#durability.lostSnapshots(),
			expelledHonest: this.#expulsions.expelledHonest,
			caughtCheats: this.#expulsions.caughtCheats,
			cheats: world.machines.filter(({ honest }) => !honest).length,
			crashes: world.machines.reduce((sum, { crashes }) => sum + crashes, 0),
			repairRatio: ratio === undefined ? null : Math.round(ratio * 100) / 100,
			trace: world.trace.digest
		};
	}
}
