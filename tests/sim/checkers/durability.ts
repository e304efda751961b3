/**
 * No snapshot becomes unrestorable while fewer than (acknowledged - m + 1) holders of each of its stripes are bad; and
 * what an honest partner acknowledged is on its disk.
 */
import { fateOf, type Accounts } from '../accounts.ts';
import type { Machine } from '../machine.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

export class Durability implements Checker {
	readonly name = 'durability';
	readonly #accounts: Accounts;
	/** Stripes that fewer than m whole blocks were ever found of, by owner. */
	readonly #lost = new Map<Machine, Set<string>>();

	constructor(accounts: Accounts) {
		this.#accounts = accounts;
	}

	/** Snapshots, of peers that keep to the rules, that a lost stripe may belong to: an upper bound. */
	lostSnapshots(): number {
		let lost = 0;
		for (const machine of this.#lost.keys()) {
			if (machine.honest) lost += Math.max(1, machine.peer?.ownHead.secrets.snapshots.length ?? 1);
		}
		return lost;
	}

	daily(world: World): void {
		for (const machine of world.machines) if (machine.honest) this.#look(world, machine);
	}

	atEnd(world: World): void {
		this.daily(world);
	}

	#look(world: World, machine: Machine): void {
		const before = this.#lost.get(machine);
		const now = new Set<string>();
		for (const account of this.#accounts.of(machine)) {
			const { acknowledged, bad, intact, broken } = fateOf(account, machine.id, world);
			const whose = `stripe ${account.stripe.slice(0, 8)} of ${machine.id.slice(0, 8)}`;
			for (const partner of broken) {
				const text = `${whose}: ${partner.slice(0, 8)} acknowledged a block that it does not have`;
				world.violation(this.name, text);
			}
			if (intact >= account.m || acknowledged < account.m) continue;
			now.add(account.stripe);
			if (bad < acknowledged - account.m + 1 && before?.has(account.stripe) !== true) {
				const counts = `${intact} of ${account.m} needed blocks, ${bad} of ${acknowledged} holders bad`;
				world.violation(this.name, `${whose} cannot be restored: ${counts}`);
			}
		}
		if (now.size > 0) this.#lost.set(machine, now);
		else this.#lost.delete(machine);
	}
}
