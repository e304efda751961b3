/**
 * Compares a partner's shelf with our account of it: adopts what a lost answer left there, notices what it lost,
 * and names what nobody needs. Pure; meeting.ts acts on it.
 */
import type { PeerId, StripeId } from '../identifiers.ts';
import type { HeldBlock } from '../ports.ts';
import { partnersOf, sparesOf, type Holding } from './holding.ts';

export type ShelfEntry = Pick<HeldBlock, 'number' | 'stripe' | 'position'>;

export interface ShelfSituation {
	readonly partner: PeerId;
	readonly entries: readonly ShelfEntry[];
	readonly holding: (stripe: StripeId) => Holding | undefined;
	readonly holdings: Iterable<Holding>;
	/** On their way: in no record yet, and nobody's surplus. */
	readonly inFlight: ReadonlySet<string>;
	/** Shelf numbers that the records named before the partner was asked: only of these can one be missing. */
	readonly expected: ReadonlySet<number>;
}

export interface Reconciliation {
	/** Blocks that the partner holds and no record names. */
	readonly adopted: readonly ShelfEntry[];
	/** Blocks that the records name and the partner does not hold. */
	readonly lost: readonly { readonly stripe: StripeId; readonly position: number }[];
	/** Copies beside the holders' blocks that the records name and the partner does not hold. */
	readonly lostSpares: readonly { readonly stripe: StripeId; readonly number: number }[];
	/** Numbers of blocks that no stripe of ours needs there. */
	readonly surplus: readonly number[];
	/** Blocks of stripes that are in no record: left by a crash, or written by an instance before a restore. */
	readonly unknown: readonly ShelfEntry[];
}

export function reconcile(s: ShelfSituation): Reconciliation {
	const adopted: ShelfEntry[] = [];
	const surplus: number[] = [];
	const unknown: ShelfEntry[] = [];
	const found = new Set<string>();
	const taken = new Set<string>();
	for (const entry of s.entries) {
		if (s.inFlight.has(entry.stripe)) continue;
		const holding = s.holding(entry.stripe);
		if (holding === undefined) {
			unknown.push(entry);
			continue;
		}
		const place = `${entry.stripe}/${entry.position}`;
		const holder = holding.holders[entry.position];
		if (holder?.partner === s.partner && holder.number === entry.number) {
			found.add(place);
		} else if (isSpare(holding, s.partner, entry)) {
			found.add(spareName(entry));
		} else if (
			holder === undefined &&
			entry.position < holding.holders.length &&
			!taken.has(place) &&
			!partnersOf(holding).has(s.partner)
		) {
			adopted.push(entry);
			taken.add(place);
		} else surplus.push(entry.number);
	}
	const lost = lostBlocks(s, found);
	return { adopted, lost, lostSpares: lostSpares(s, found), surplus, unknown };
}

function isSpare(holding: Holding, partner: PeerId, entry: ShelfEntry): boolean {
	return sparesOf(holding).some(
		(spare) =>
			spare.partner === partner &&
			spare.number === entry.number &&
			spare.position === entry.position
	);
}

function spareName({ stripe, number }: Pick<ShelfEntry, 'stripe' | 'number'>): string {
	return `${stripe}#${number}`;
}

function lostSpares(s: ShelfSituation, found: ReadonlySet<string>): Reconciliation['lostSpares'] {
	const lost: { stripe: StripeId; number: number }[] = [];
	for (const { stripe, spares = [] } of s.holdings) {
		for (const { partner, number } of spares) {
			if (partner !== s.partner || !s.expected.has(number)) continue;
			if (!found.has(spareName({ stripe, number }))) lost.push({ stripe, number });
		}
	}
	return lost;
}

function lostBlocks(
	s: ShelfSituation,
	found: ReadonlySet<string>
): readonly { stripe: StripeId; position: number }[] {
	const lost: { stripe: StripeId; position: number }[] = [];
	for (const { stripe, holders } of s.holdings) {
		if (s.inFlight.has(stripe)) continue;
		for (const [position, holder] of holders.entries()) {
			if (holder?.partner !== s.partner || found.has(`${stripe}/${position}`)) continue;
			// Stored while the shelf was being listed: the listing may be older than the block.
			if (!s.expected.has(holder.number)) continue;
			lost.push({ stripe, position });
		}
	}
	return lost;
}
