import type { PeerId } from '../../engine/identifiers.ts';
import type { PackContent } from '../indexeddb/schema.ts';
import type { IndexedBlock } from './block-index.ts';

export interface Usage {
	readonly blocks: number;
	readonly bytes: number;
}

type Held = PackContent['held'];

const nothing: Usage = { blocks: 0, bytes: 0 };

/** Running sums of what is held: counting the index anew for each question would read all of it. */
export class UsageCounter {
	readonly #owners = new Map<PeerId, Usage>();
	readonly #packs = new Map<number, ReadonlyMap<PeerId, Usage>>();
	readonly #highest = new Map<PeerId, number>();
	#total = nothing;

	get total(): Usage {
		return this.#total;
	}

	get owners(): readonly PeerId[] {
		return [...this.#owners.keys()];
	}

	of(owner: PeerId): Usage {
		return this.#owners.get(owner) ?? nothing;
	}

	/** Whether a number is beyond all that were ever added for its owner: it needs no look into the index. */
	isBeyond(owner: PeerId, number: number): boolean {
		return number > (this.#highest.get(owner) ?? -Infinity);
	}

	/** The highest number that an owner has. */
	reached(owner: PeerId, number: number): void {
		if (this.isBeyond(owner, number)) this.#highest.set(owner, number);
	}

	/** Adds what is known to lie in a pack, without its numbers. */
	addPack(pack: number, held: Held): void {
		const here = new Map<PeerId, Usage>();
		for (const [owner, blocks, bytes] of held) {
			here.set(owner, { blocks, bytes });
			this.#count(owner, { blocks, bytes }, 1);
		}
		this.#packs.set(pack, here);
	}

	add(blocks: readonly IndexedBlock[]): void {
		for (const { key } of blocks) this.reached(...key);
		this.#apply(blocks, 1);
	}

	remove(blocks: readonly IndexedBlock[]): void {
		this.#apply(blocks, -1);
	}

	/** What would lie in a pack with these blocks more (1), or less (-1). */
	heldWith(pack: number, blocks: readonly IndexedBlock[], sign: 1 | -1): Held {
		return [...this.#changed(pack, blocks, sign)]
			.filter(([, { blocks: left }]) => left > 0)
			.map(([owner, usage]) => [owner, usage.blocks, usage.bytes]);
	}

	#apply(blocks: readonly IndexedBlock[], sign: 1 | -1): void {
		for (const pack of new Set(blocks.map(({ row }) => row.pack))) {
			this.#packs.set(pack, this.#changed(pack, blocks, sign));
		}
		for (const { key, row } of blocks) this.#count(key[0], { blocks: 1, bytes: row.bytes }, sign);
	}

	#changed(
		pack: number,
		blocks: readonly IndexedBlock[],
		sign: 1 | -1
	): ReadonlyMap<PeerId, Usage> {
		const here = new Map(this.#packs.get(pack));
		for (const { key, row } of blocks) {
			if (row.pack !== pack) continue;
			const one = { blocks: 1, bytes: row.bytes };
			here.set(key[0], plus(here.get(key[0]) ?? nothing, one, sign));
		}
		return here;
	}

	#count(owner: PeerId, change: Usage, sign: 1 | -1): void {
		this.#owners.set(owner, plus(this.of(owner), change, sign));
		this.#total = plus(this.#total, change, sign);
	}
}

function plus(usage: Usage, change: Usage, sign: 1 | -1): Usage {
	return {
		blocks: usage.blocks + sign * change.blocks,
		bytes: usage.bytes + sign * change.bytes
	};
}
