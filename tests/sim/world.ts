/** Everything that a simulation consists of, made from one seed. */
import type { CircleId } from '../../src/lib/engine/identifiers.ts';
import { newCircle, type Circle } from '../../src/lib/engine/partners/invitation.ts';
import { SeededRandom } from '../doubles/random.ts';
import { SimBroker } from './broker.ts';
import { SimClock } from './clock.ts';
import { SyntheticFolder } from './files.ts';
import { Machine, type Hardware, type Role } from './machine.ts';
import { SimNetwork } from './network.ts';
import { SyncCiphers, type SealWatcher } from './stand-ins/ciphers.ts';
import { SimCoder } from './stand-ins/coder.ts';
import { Trace, type TraceSink } from './trace.ts';

/** A Monday at midnight, UTC. */
export const firstMonday = Date.UTC(2026, 10, 2);

/** An invariant that did not hold. */
export interface Violation {
	/** The checker's name. */
	readonly checker: string;
	/** Milliseconds since the start. */
	readonly at: number;
	readonly text: string;
}

export interface WorldOptions {
	readonly seed: string;
	readonly traceSink?: TraceSink;
	readonly onSeal?: SealWatcher;
	readonly log?: (machine: Machine, level: string, text: string) => void;
}

const firstGuest = 1_000_000;
/** Violations that are kept with their text; the others are counted. */
const violationsKept = 100;

export class World {
	readonly clock = new SimClock(firstMonday);
	readonly random: SeededRandom;
	readonly trace: Trace;
	readonly broker: SimBroker;
	readonly network: SimNetwork;
	readonly circle: Circle & { readonly id: CircleId };
	readonly ciphers: SyncCiphers;
	readonly coder: SimCoder;
	readonly machines: Machine[] = [];
	readonly log: WorldOptions['log'];
	/** Backups that peers reported done. */
	backups = 0;
	readonly #byPeer = new Map<string, Machine>();
	readonly #violations: Violation[] = [];
	#violationCount = 0;
	#guests = 0;

	constructor({ seed, traceSink, onSeal, log }: WorldOptions) {
		this.random = new SeededRandom(seed);
		this.trace = new Trace(traceSink);
		this.log = log;
		this.ciphers = new SyncCiphers(onSeal);
		this.coder = new SimCoder();
		this.circle = newCircle('simulated', this.random.fork('circle'));
		this.broker = new SimBroker({ clock: this.clock, random: this.random.fork('broker') });
		this.network = new SimNetwork({
			clock: this.clock,
			random: this.random.fork('network'),
			trace: this.trace,
			canMeet: (address) => this.broker.isThere(address)
		});
	}

	/** Milliseconds since the start. */
	get elapsed(): number {
		return this.clock.now - firstMonday;
	}

	get violations(): readonly Violation[] {
		return this.#violations;
	}

	get violationCount(): number {
		return this.#violationCount;
	}

	violation(checker: string, text: string): void {
		this.#violationCount++;
		if (this.#violations.length >= violationsKept) return;
		this.#violations.push({ checker, at: this.elapsed, text });
	}

	/** A number for a machine that is no part of the population. */
	guestNumber(): number {
		return firstGuest + this.#guests++;
	}

	/** A new machine, switched off, with Holdfast just installed. */
	settle(
		hardware: Omit<Hardware, 'machine'>,
		options: { readonly files: number; readonly lendBytes: number; readonly role?: Role }
	): Machine {
		const number = this.machines.length;
		const seed = `machine ${String(number)} ${String(this.random.below(2 ** 31))}`;
		const machine = new Machine(this, {
			hardware: { ...hardware, machine: number },
			folder: new SyntheticFolder(seed, options.files, this.clock.now),
			rootSecret: this.random.bytes(32),
			random: this.random.fork(seed),
			...(options.role === undefined ? {} : { role: options.role })
		});
		machine.install(options.lendBytes);
		this.machines.push(machine);
		this.#byPeer.set(machine.id, machine);
		return machine;
	}

	/** The machine of a peer. */
	machineOf(id: string): Machine | undefined {
		return this.#byPeer.get(id);
	}
}
