/**
 * Whoever backed up can restore: drawn owners at the end, and owners that fell silent 60 days before. The real engine
 * does it, from the words alone.
 */
import { isRestorable, type Accounts } from '../accounts.ts';
import type { Machine } from '../machine.ts';
import { restoreFromWords } from '../restoring.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

/** How long an owner's shelves stay readable at least after it fell silent. */
export const silenceMs = 60 * 24 * 60 * 60_000;

export class Restores implements Checker {
	readonly name = 'restores';
	readonly #owners: number;
	readonly #accounts: Accounts;
	/** When a machine that will not come back was last on. */
	readonly #silentSince = new Map<Machine, number>();
	#restored = 0;

	/** `owners`: how many are drawn at the end. */
	constructor(owners: number, accounts: Accounts) {
		this.#accounts = accounts;
		this.#owners = owners;
	}

	/** Restores that gave everything back. */
	get restored(): number {
		return this.#restored;
	}

	daily(world: World): void {
		for (const machine of world.machines) {
			if (machine.state !== 'gone' || !machine.honest) continue;
			const since = this.#silentSince.get(machine);
			if (since === undefined) this.#silentSince.set(machine, world.clock.now);
			else if (since < Infinity && world.clock.now - since >= silenceMs) {
				this.#silentSince.set(machine, Infinity);
				void this.#restore(world, machine);
			}
		}
	}

	async atEnd(world: World): Promise<void> {
		const able = world.machines.filter(
			(machine) => machine.honest && machine.state === 'on' && machine.lastBackup !== undefined
		);
		const random = world.random.fork('restores');
		for (let i = 0; i < this.#owners && able.length > 0; i++) {
			const [machine] = able.splice(random.below(able.length), 1);
			if (machine !== undefined) await this.#restore(world, machine);
		}
	}

	async #restore(world: World, machine: Machine): Promise<void> {
		// What more bad holders than the code bears have taken is nobody's to give back.
		if (machine.lastBackup === undefined || !isRestorable(this.#accounts, machine, world)) return;
		const outcome = await restoreFromWords(machine);
		if (outcome.kind === 'whole') this.#restored++;
		else {
			world.violation(this.name, `${machine.id.slice(0, 8)} cannot restore: ${outcome.why}`);
		}
	}
}
