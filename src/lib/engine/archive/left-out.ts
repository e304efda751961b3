/** What a backup could not take, for the person to see: nothing is passed over in silence. */
import type { UnreadableCause } from '../failures.ts';
import { leftOutListMax } from './limits.ts';

export interface LeftOut {
	/** From the chosen folder down; of an entry without a name, its directory. */
	readonly path: readonly string[];
	/** 'unnamed': the platform or the format cannot express its name. */
	readonly why: UnreadableCause | 'unnamed';
}

/** Exact counts, and the first thousand by path. */
export class LeftOutList {
	readonly #list: LeftOut[] = [];
	#count = 0;
	#unnamed = 0;

	add(path: readonly string[], why: LeftOut['why']): void {
		this.#count++;
		if (why === 'unnamed') this.#unnamed++;
		if (this.#list.length < leftOutListMax) this.#list.push({ path, why });
	}

	/** All of them, those without a name included. */
	get count(): number {
		return this.#count;
	}

	get unnamed(): number {
		return this.#unnamed;
	}

	/** By path: several are found at once, in an order that means nothing. */
	list(): readonly LeftOut[] {
		const keyed = this.#list.map((item) => ({ item, key: item.path.join('/') }));
		keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
		return keyed.map(({ item }) => item);
	}
}
