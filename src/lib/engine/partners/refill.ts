/**
 * Makes up blocks that are owed: a partner was away, lost them, or left. The block is rebuilt from m others and
 * goes to a connected partner that holds none of its stripe, sealed afresh (patent step 258, repair).
 */
import type { PeerId } from '../identifiers.ts';
import type { StripeHolder } from '../records.ts';
import type { BlockSource } from '../restore/block-source.ts';
import type { Distribution } from './distribution.ts';
import type { Holding, Holdings } from './holdings.ts';
import type { PlacementCandidate } from './placement.ts';

export interface RefillContext {
	readonly holdings: Holdings;
	readonly source: Pick<BlockSource, 'rebuildBlock'>;
	readonly distribution: Pick<Distribution, 'send'>;
	readonly candidates: readonly PlacementCandidate[];
	readonly signal: AbortSignal;
	readonly onRefilled: (partner: PeerId, blocks: number) => void;
}

export interface RefillOrder {
	readonly holding: Holding;
	readonly position: number;
	readonly partner: PeerId;
}

/** Blocks made up before the rounds look around again. */
const batchBlocks = 64;

/** False when nothing could be made up. */
export async function refill(context: RefillContext): Promise<boolean> {
	const orders = refillOrders(context.holdings.owing(), context.candidates, batchBlocks);
	const made = new Map<PeerId, number>();
	/** They refused a block, or went away, since the orders were made. */
	const refused = new Set<PeerId>();
	for (const order of orders) {
		if (context.signal.aborted) break;
		if (refused.has(order.partner)) continue;
		const holder = await makeUp(order, context);
		if (holder === 'missing') continue;
		if (holder === 'refused') {
			refused.add(order.partner);
			continue;
		}
		const { position } = order;
		await context.holdings.assign([{ stripe: order.holding.stripe, position, holder }]);
		made.set(order.partner, (made.get(order.partner) ?? 0) + 1);
	}
	for (const [partner, blocks] of made) context.onRefilled(partner, blocks);
	return made.size > 0;
}

/** Which missing blocks can go where, the most endangered stripes first. Pure. */
export function refillOrders(
	owing: readonly Holding[],
	candidates: readonly PlacementCandidate[],
	limit: number
): readonly RefillOrder[] {
	const able = candidates.filter(({ connected, refusing }) => connected && !refusing);
	const orders: RefillOrder[] = [];
	for (const holding of owing) {
		const holders = new Set(holding.holders.map((holder) => holder?.partner));
		const spare = able.map(({ peer }) => peer).filter((peer) => !holders.has(peer));
		for (const [position, holder] of holding.holders.entries()) {
			if (holder !== undefined) continue;
			const partner = spare.shift();
			if (partner === undefined) break;
			orders.push({ holding, position, partner });
			if (orders.length >= limit) return orders;
		}
	}
	return orders;
}

async function makeUp(
	{ holding, position, partner }: RefillOrder,
	{ source, distribution, signal }: RefillContext
): Promise<StripeHolder | 'missing' | 'refused'> {
	const { stripe, geometry } = holding;
	const rebuilt = await source.rebuildBlock(stripe, position, geometry, signal);
	if (rebuilt.kind === 'missing') return 'missing';
	const { block } = rebuilt;
	// Backups wait for refills, so none may wait for a partner that went away.
	const order = { partner, stripe, position, geometry, block, impatient: true };
	return (await distribution.send(order, signal)) ?? 'refused';
}
