import type { PeerId } from '../../engine/identifiers.ts';
import type { IndexedBlock } from './block-index.ts';

export interface Usage {
	readonly blocks: number;
	readonly bytes: number;
}

const nothing: Usage = { blocks: 0, bytes: 0 };

/** Running sums of what is held: counting the index anew for each question would read all of it. */
export class UsageCounter {
	readonly #owners = new Map<PeerId, Usage>();
	readonly #highest = new Map<PeerId, number>();
	#total = nothing;

	get total(): Usage {
		return this.#total;
	}

	of(owner: PeerId): Usage {
		return this.#owners.get(owner) ?? nothing;
	}

	/** Whether a number is beyond all that were ever added for its owner: it needs no look into the index. */
	isBeyond(owner: PeerId, number: number): boolean {
		return number > (this.#highest.get(owner) ?? -Infinity);
	}

	add(blocks: readonly IndexedBlock[]): void {
		for (const block of blocks) {
			const [owner, number] = block.key;
			if (this.isBeyond(owner, number)) this.#highest.set(owner, number);
			this.#count(block, 1);
		}
	}

	remove(blocks: readonly IndexedBlock[]): void {
		for (const block of blocks) this.#count(block, -1);
	}

	#count({ key: [owner], row }: IndexedBlock, sign: 1 | -1): void {
		const change = (usage: Usage): Usage => ({
			blocks: usage.blocks + sign,
			bytes: usage.bytes + sign * row.bytes
		});
		this.#owners.set(owner, change(this.of(owner)));
		this.#total = change(this.#total);
	}
}
