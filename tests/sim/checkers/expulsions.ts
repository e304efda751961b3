/** No honest peer that is there as it said is expelled by anybody who keeps to the rules. */
import type { AgreementRecord } from '../../../src/lib/engine/records.ts';
import type { Machine } from '../machine.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

/** Absence that a partner has to bear: the grace period. */
const graceMs = 14 * 24 * 60 * 60_000;

export class Expulsions implements Checker {
	readonly name = 'expulsions';
	/** When each machine was last seen on. */
	readonly #lastOn = new Map<Machine, number>();
	readonly #excused = new Set<Machine>();
	readonly #seen = new Set<string>();
	#honest = 0;
	readonly #cheats = new Set<Machine>();

	/** Agreements with honest, present peers that somebody honest ended. */
	get expelledHonest(): number {
		return this.#honest;
	}

	/** Cheats that at least one honest peer let go. */
	get caughtCheats(): number {
		return this.#cheats.size;
	}

	daily(world: World): void {
		for (const machine of world.machines) this.#notePresence(world, machine);
		for (const machine of world.machines) {
			if (!machine.honest) continue;
			const table = machine.disk.tables.get('agreements');
			for (const value of table?.values() ?? []) {
				const record = value as AgreementRecord;
				if (record.state === 'ended') this.#ended(world, machine, record);
			}
		}
	}

	atEnd(world: World): void {
		this.daily(world);
	}

	#notePresence(world: World, machine: Machine): void {
		if (machine.state === 'on') this.#lastOn.set(machine, world.clock.now);
		const absentMs = world.clock.now - (this.#lastOn.get(machine) ?? world.clock.now);
		if (absentMs > graceMs || machine.disk.harmedBytes > 0) this.#excused.add(machine);
	}

	#ended(world: World, machine: Machine, record: AgreementRecord): void {
		const partner = world.machineOf(record.partner);
		const key = `${machine.id}/${record.id}`;
		if (partner === undefined || this.#seen.has(key)) return;
		this.#seen.add(key);
		if (!partner.honest) {
			this.#cheats.add(partner);
			return;
		}
		// Somebody who was away for long, or lost data, may be let go.
		if (this.#excused.has(partner) || partner.state === 'gone') return;
		this.#honest++;
		const text = `${partner.id.slice(0, 8)} (${partner.hardware.kind}) was let go`;
		world.violation(this.name, `${text} by ${machine.id.slice(0, 8)}`);
	}
}
