/**
 * What an owner believes of its own backup, read from its disk; and, while its disk is gone, what it believed last. The
 * checkers compare it with what really lies on the others' disks.
 */
import type { PeerId, StripeId } from '../../src/lib/engine/identifiers.ts';
import type { StripeHolder, StripeRecord } from '../../src/lib/engine/records.ts';
import type { Machine } from './machine.ts';
import type { World } from './world.ts';

export interface StripeAccount {
	readonly stripe: StripeId;
	readonly m: number;
	readonly k: number;
	readonly holders: readonly (StripeHolder | undefined)[];
}

/** What became of the blocks of one stripe. */
export interface StripeFate {
	/** Holders that acknowledged, by the owner's account. */
	readonly acknowledged: number;
	/** Of them, those that cheat, are gone for good, or suffered a fault that took or changed the block. */
	readonly bad: number;
	/** Blocks that lie whole on a machine that is still there. */
	readonly intact: number;
	/** Holders that are not bad and yet do not have the block. */
	readonly broken: readonly PeerId[];
}

export class Accounts {
	readonly #last = new Map<Machine, readonly StripeAccount[]>();

	/** The stripes of an owner. */
	of(machine: Machine): readonly StripeAccount[] {
		const table = machine.disk.tables.get('stripes');
		const isLost = machine.state === 'gone' || !machine.disk.tables.has('identity');
		if (isLost) return this.#last.get(machine) ?? [];
		const stripes = [...(table?.values() ?? [])].map((value) => accountOf(value as StripeRecord));
		this.#last.set(machine, stripes);
		return stripes;
	}
}

/** Whether every stripe of an owner can be had from the blocks that lie whole somewhere. */
export function isRestorable(accounts: Accounts, machine: Machine, world: World): boolean {
	return accounts
		.of(machine)
		.every((account) => fateOf(account, machine.id, world).intact >= account.m);
}

function accountOf({ id, m, k, holders }: StripeRecord): StripeAccount {
	return { stripe: id, m, k, holders };
}

export function fateOf(
	{ holders, stripe }: StripeAccount,
	owner: PeerId,
	world: World
): StripeFate {
	let acknowledged = 0;
	let bad = 0;
	let intact = 0;
	const broken: PeerId[] = [];
	for (const holder of holders) {
		if (holder === undefined) continue;
		acknowledged++;
		const machine = world.machineOf(holder.partner);
		const lying = machine?.disk.holds(owner, holder.number);
		const whole = lying?.block.stripe === stripe && !lying.rotten && machine?.state !== 'gone';
		if (whole) intact++;
		if (machine === undefined || isBad(machine, owner, holder.number)) bad++;
		else if (!whole) broken.push(holder.partner);
	}
	return { acknowledged, bad, intact, broken };
}

function isBad(machine: Machine, owner: PeerId, number: number): boolean {
	return !machine.honest || machine.state === 'gone' || machine.disk.isHarmed(owner, number);
}
