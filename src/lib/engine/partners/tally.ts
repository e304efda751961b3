/**
 * Sums over all stripes, kept up to date with each change, so that what pages ask several times a second costs
 * nothing, however many stripes there are.
 */
import { recordBytes } from '../coding/block.ts';
import { quorum } from '../coding/profile.ts';
import type { PeerId, StripeId } from '../identifiers.ts';
import type { Geometry } from '../ports.ts';
import type { Spread } from './durability.ts';
import { sparesOf, type Holding } from './holding.ts';

/** How well all stripes together are protected. */
export interface Protection {
	/** Losses that every stripe survives; below 0 when some stripe is below m already; Infinity without stripes. */
	readonly survivable: number;
	/** Every stripe has all its n blocks. */
	readonly full: boolean;
	/** Every stripe has its q blocks. */
	readonly stored: boolean;
}

export interface ShelfCount {
	readonly blocks: number;
	readonly bytes: number;
}

/** Stripes of one code whose blocks lie with the same partners. */
export interface SharedSpread extends Spread {
	readonly code: Pick<Geometry, 'm' | 'k'>;
	readonly stripes: ReadonlySet<StripeId>;
}

interface GrowingSpread extends SharedSpread {
	readonly stripes: Set<StripeId>;
}

export class Tally {
	/** How many stripes survive so many losses. */
	readonly #margins = new Map<number, number>();
	readonly #counts = new Map<PeerId, ShelfCount>();
	readonly #owing = new Map<StripeId, Holding>();
	readonly #spared = new Map<StripeId, Holding>();
	readonly #spreads = new Map<string, GrowingSpread>();
	/** Partners by a short name, so that the names of spreads are short. */
	readonly #ordinals = new Map<PeerId, number>();
	#unstored = 0;
	/** In order; undefined when a stripe came or went since. */
	#sorted: readonly Holding[] | undefined;

	add(holding: Holding): void {
		this.#count(holding, 1);
		if (holding.holders.includes(undefined)) {
			this.#owing.set(holding.stripe, holding);
			this.#sorted = undefined;
		}
		if (holding.spares !== undefined) this.#spared.set(holding.stripe, holding);
		const name = this.#spreadName(holding);
		const spread = this.#spreads.get(name) ?? spreadOf(holding);
		spread.stripes.add(holding.stripe);
		this.#spreads.set(name, spread);
	}

	/** Takes away what was added. */
	remove(holding: Holding): void {
		this.#count(holding, -1);
		if (this.#owing.delete(holding.stripe)) this.#sorted = undefined;
		this.#spared.delete(holding.stripe);
		const name = this.#spreadName(holding);
		const spread = this.#spreads.get(name);
		spread?.stripes.delete(holding.stripe);
		if (spread?.stripes.size === 0) this.#spreads.delete(name);
	}

	/** Blocks that each partner holds, and what they take. */
	counts(): ReadonlyMap<PeerId, ShelfCount> {
		return this.#counts;
	}

	/** Stripes that lack blocks, the most endangered first. */
	owing(): readonly Holding[] {
		return (this.#sorted ??= [...this.#owing.values()].toSorted((a, b) => margin(a) - margin(b)));
	}

	/** Stripes with copies at others than their holders. */
	spared(): readonly Holding[] {
		return [...this.#spared.values()];
	}

	spreads(): readonly SharedSpread[] {
		return [...this.#spreads.values()];
	}

	protection(): Protection {
		return {
			survivable: Math.min(...this.#margins.keys()),
			full: this.#owing.size === 0,
			stored: this.#unstored === 0
		};
	}

	#count(holding: Holding, by: 1 | -1): void {
		const { geometry, holders } = holding;
		const survives = margin(holding);
		const stripes = (this.#margins.get(survives) ?? 0) + by;
		if (stripes === 0) this.#margins.delete(survives);
		else this.#margins.set(survives, stripes);
		if (survives < quorum(geometry) - geometry.m) this.#unstored += by;
		const bytes = recordBytes(geometry.blockBytes);
		// What a partner that leaves still has is not counted on.
		const standIns = sparesOf(holding).filter(({ kind }) => kind === 'temporary');
		for (const holder of [...holders, ...standIns]) {
			if (holder !== undefined) this.#countBlock(holder.partner, by, by * bytes);
		}
	}

	#spreadName({ geometry, holders, spares = [] }: Holding): string {
		const where = holders.map((holder) => this.#ordinal(holder?.partner));
		const beside = spares.map(
			(spare) => `${spare.position}${spare.kind[0]}${this.#ordinal(spare.partner)}`
		);
		return [geometry.m, ...where, '+', ...beside].join();
	}

	#ordinal(partner: PeerId | undefined): number | '' {
		if (partner === undefined) return '';
		const known = this.#ordinals.get(partner);
		if (known !== undefined) return known;
		this.#ordinals.set(partner, this.#ordinals.size);
		return this.#ordinals.size - 1;
	}

	#countBlock(partner: PeerId, blocks: number, bytes: number): void {
		const before = this.#counts.get(partner) ?? { blocks: 0, bytes: 0 };
		const after = { blocks: before.blocks + blocks, bytes: before.bytes + bytes };
		if (after.blocks === 0) this.#counts.delete(partner);
		else this.#counts.set(partner, after);
	}
}

/** Losses that a stripe survives: its acknowledged blocks minus m. */
function margin({ geometry, holders }: Holding): number {
	let held = 0;
	for (const holder of holders) if (holder !== undefined) held++;
	return held - geometry.m;
}

function spreadOf(holding: Holding): GrowingSpread {
	const { m, k } = holding.geometry;
	const positions = holding.holders.flatMap((holder, position) => {
		if (holder === undefined) return [];
		const standIns = sparesOf(holding).filter(
			(spare) => spare.kind === 'temporary' && spare.position === position
		);
		return [[holder.partner, ...standIns.map(({ partner }) => partner)]];
	});
	return { code: { m, k }, m, positions, stripes: new Set() };
}
