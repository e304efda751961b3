/**
 * When blocks of partners that are away are made again (docs/durability.md, two clocks). Grace is the slow one: who
 * stays away longer has reneged, its agreement ends, and what it held is owed. This is the quick one: so many
 * holders of a stripe have not been seen that another loss or two would be its end. Somebody then stands in for an
 * absent holder, which stays in its agreement; when it comes back its block is counted on again, and the copy is
 * dropped. Pure.
 */
import { quorum } from '../coding/profile.ts';
import type { PeerId } from '../identifiers.ts';
import type { Geometry } from '../ports.ts';
import type { SpareHolder } from '../records.ts';
import { partnersOf, sparesOf, type Holding } from './holding.ts';
import type { PlacementCandidate } from './placement.ts';

/** Scheduled hours without a sight after which a holder no longer counts as seen. */
export const seenWithinMs = 72 * 60 * 60_000;

/**
 * With so many seen blocks, or fewer, a stripe is in danger: min(m + k / 3 rounded up, n - 2). Undefined with k = 1 or
 * less: there every absence would be an emergency, and copies would be made for each laptop that is closed.
 */
export function dangerBlocks({ m, k }: Pick<Geometry, 'm' | 'k'>): number | undefined {
	return k <= 1 ? undefined : Math.min(m + Math.ceil(k / 3), m + k - 2);
}

/** Seen blocks at which copying stops: those of a stored stripe, and one above the danger at least. */
export function reliefBlocks({ m, k }: Pick<Geometry, 'm' | 'k'>): number {
	return Math.max(quorum({ m, k }), (dangerBlocks({ m, k }) ?? 0) + 1);
}

/** Whether a holder was seen lately. */
export type Seen = (partner: PeerId) => boolean;

/** Positions of a stripe in danger whose absent holders somebody should stand in for; none when all is well. */
export function standInPositions(holding: Holding, seen: Seen): readonly number[] {
	const danger = dangerBlocks(holding.geometry);
	if (danger === undefined) return [];
	const unseen = holding.holders.flatMap((holder, position) =>
		holder !== undefined && isUnseen(holding, position, seen) ? [position] : []
	);
	const owed = holding.holders.filter((holder) => holder === undefined).length;
	const blocks = holding.holders.length - owed - unseen.length;
	if (blocks > danger) return [];
	return unseen.slice(0, Math.max(0, reliefBlocks(holding.geometry) - blocks));
}

function isUnseen(holding: Holding, position: number, seen: Seen): boolean {
	const holder = holding.holders[position];
	if (holder !== undefined && seen(holder.partner)) return false;
	return !sparesOf(holding).some(
		(spare) => spare.kind === 'temporary' && spare.position === position && seen(spare.partner)
	);
}

/** Blocks beyond m that are seen: how endangered a stripe is; the smallest goes first. */
export function seenMargin(holding: Holding, seen: Seen): number {
	const blocks = holding.holders.filter((_, position) => !isUnseen(holding, position, seen));
	return blocks.length - holding.geometry.m;
}

/** Copies that nobody needs any more: the holder they stood in for is back, and still has its block. */
export function needlessSpares(holding: Holding, isBack: Seen): readonly SpareHolder[] {
	return sparesOf(holding).filter(({ kind, position }) => {
		const holder = holding.holders[position];
		return kind === 'temporary' && holder !== undefined && isBack(holder.partner);
	});
}

/** One block that is to be made again, and who is to hold it. */
export interface NewBlock {
	readonly position: number;
	readonly partner: PeerId;
	readonly as: 'holder' | 'temporary';
}

/** All blocks of one stripe that are made again from one gathering. */
export interface RepairOrder {
	readonly holding: Holding;
	readonly blocks: readonly NewBlock[];
}

/** A stripe with positions that nobody holds, and positions that need a stand-in. */
export interface Endangered {
	readonly holding: Holding;
	readonly standIns: readonly number[];
}

/**
 * Which blocks go where, in the order of the stripes given: to connected partners that take blocks and hold none of
 * the stripe, owed positions before stand-ins. At most `limit` blocks.
 */
export function repairOrders(
	endangered: readonly Endangered[],
	candidates: readonly PlacementCandidate[],
	limit: number
): readonly RepairOrder[] {
	const able = candidates.filter(({ connected, refusing }) => connected && !refusing);
	const orders: RepairOrder[] = [];
	let left = limit;
	for (const { holding, standIns } of endangered) {
		if (left <= 0) break;
		const blocks = newBlocks(holding, standIns, able).slice(0, left);
		if (blocks.length === 0) continue;
		left -= blocks.length;
		orders.push({ holding, blocks });
	}
	return orders;
}

function newBlocks(
	holding: Holding,
	standIns: readonly number[],
	able: readonly PlacementCandidate[]
): readonly NewBlock[] {
	const taken = partnersOf(holding);
	const free = able.map(({ peer }) => peer).filter((peer) => !taken.has(peer));
	const owed = holding.holders.flatMap((holder, position) =>
		holder === undefined ? [position] : []
	);
	const wanted = [
		...owed.map((position) => ({ position, as: 'holder' as const })),
		...standIns.map((position) => ({ position, as: 'temporary' as const }))
	];
	return wanted.flatMap((block, i) => {
		const partner = free[i];
		return partner === undefined ? [] : [{ ...block, partner }];
	});
}
