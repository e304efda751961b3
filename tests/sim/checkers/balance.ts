/**
 * What each kind of peer pays and gets: the bytes that it really holds for others, and those that peers which keep to
 * the rules hold for it. A cheat that is let go gets nothing; one that is not shows here.
 */
import type { Machine } from '../machine.ts';
import type { World } from '../world.ts';

export interface Balance {
	/** The role's name, or 'honest'. */
	readonly role: string;
	readonly peers: number;
	/** Bytes on an average peer's disk for others. */
	readonly paidBytes: number;
	/** Bytes on honest disks for an average peer. */
	readonly gotBytes: number;
}

export function balances(world: World): readonly Balance[] {
	const byRole = new Map<string, Machine[]>();
	for (const machine of world.machines) {
		if (machine.state === 'gone') continue;
		const role = machine.role?.name ?? 'honest';
		byRole.set(role, [...(byRole.get(role) ?? []), machine]);
	}
	const got = gotBytes(world);
	return [...byRole].map(([role, machines]) => ({
		role,
		peers: machines.length,
		paidBytes: mean(machines.map(({ disk }) => disk.bytes)),
		gotBytes: mean(machines.map(({ id }) => got.get(id) ?? 0))
	}));
}

function gotBytes({ machines }: World): ReadonlyMap<string, number> {
	const got = new Map<string, number>();
	for (const { disk, honest, state } of machines) {
		if (!honest || state === 'gone') continue;
		for (const [owner, shelf] of disk.shelves) {
			for (const { block } of shelf.values()) got.set(owner, (got.get(owner) ?? 0) + block.bytes);
		}
	}
	return got;
}

function mean(values: readonly number[]): number {
	return Math.round(values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length));
}
