/**
 * Numbers for new blocks on our shelves. A number is never used twice, not even after a crash: numbers are
 * reserved durably in batches before the first of them is given out, and what a crash leaves of a batch is skipped.
 */
import type { PeerId } from '../identifiers.ts';
import type { Records } from '../ports.ts';
import type { ShelfRecord } from '../records.ts';
import { Turns } from '../turns.ts';

const batchNumbers = 256;
/**
 * Versions of drop orders and shelf states that one epoch has: 2^32, which leaves 2^21 epochs. An instance that took
 * over does not know the last version of the one before, and is above it all the same.
 */
export const versionsPerEpoch = 2 ** 32;

interface Reserve {
	next: number;
	/** Numbers below this are reserved on disk. */
	end: number;
}

export class ShelfNumbers {
	readonly #records: Records;
	readonly #reserves = new Map<PeerId, Reserve>();
	/** Changes of one partner's record happen one after the other. */
	readonly #turns = new Turns<PeerId>();

	constructor(records: Records) {
		this.#records = records;
	}

	/** The next number on the shelf at a partner. */
	take(partner: PeerId): Promise<number> {
		return this.#turns.take(partner, async () => {
			const reserve = this.#reserves.get(partner);
			if (reserve !== undefined && reserve.next < reserve.end) return reserve.next++;
			const shelf = await this.shelf(partner);
			const end = shelf.nextNumber + batchNumbers;
			await this.#write(partner, { ...shelf, nextNumber: end });
			this.#reserves.set(partner, { next: shelf.nextNumber + 1, end });
			return shelf.nextNumber;
		});
	}

	/** Makes sure that no number up to `number` is given out: the partner holds it already. */
	skipPast(partner: PeerId, number: number): Promise<void> {
		return this.#turns.take(partner, async () => {
			const shelf = await this.shelf(partner);
			if (number < shelf.nextNumber) return;
			this.#reserves.delete(partner);
			await this.#write(partner, { ...shelf, nextNumber: number + 1 });
		});
	}

	/**
	 * The version for the next drop order: above all that this instance gave, and, because the epoch stands in its
	 * upper bits, above all that instances before a restore gave.
	 */
	nextDropVersion(partner: PeerId, epoch: number): Promise<number> {
		return this.#turns.take(partner, async () => {
			const shelf = await this.shelf(partner);
			const dropVersion = Math.max(shelf.dropVersion + 1, epoch * versionsPerEpoch);
			await this.#write(partner, { ...shelf, dropVersion });
			return dropVersion;
		});
	}

	/** The version for the next shelf state: above all that the partner may have signed, `last` among them. */
	nextStateVersion(partner: PeerId, epoch: number, last: number): Promise<number> {
		return this.#turns.take(partner, async () => {
			const shelf = await this.shelf(partner);
			const before = Math.max(last, shelf.stateVersion ?? 0);
			const stateVersion = Math.max(before + 1, epoch * versionsPerEpoch);
			await this.#write(partner, { ...shelf, stateVersion });
			return stateVersion;
		});
	}

	/** At the first meeting after a take-over: notes which numbers an instance before it may have given. */
	noteForeign(partner: PeerId, below: number): Promise<void> {
		return this.#turns.take(partner, async () => {
			const shelf = await this.shelf(partner);
			if (shelf.foreignBelow !== undefined) return;
			await this.#write(partner, { ...shelf, foreignBelow: below });
		});
	}

	/** Keeps the state that both signed. */
	keepState(partner: PeerId, state: Uint8Array): Promise<void> {
		return this.#turns.take(partner, async () => {
			await this.#write(partner, { ...(await this.shelf(partner)), state });
		});
	}

	async shelf(partner: PeerId): Promise<ShelfRecord> {
		return (await this.#records.get('shelves', partner)) ?? { nextNumber: 0, dropVersion: 0 };
	}

	#write(partner: PeerId, put: ShelfRecord): Promise<void> {
		return this.#records.write([{ table: 'shelves', key: partner, put }]);
	}
}
