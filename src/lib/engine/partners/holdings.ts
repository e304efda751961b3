/**
 * Who holds which block of our stripes: the records' `holders` in memory, so that the questions of every
 * minute (how many losses survive, what is owed, what a shelf must hold) need no disk.
 */
import type { LiveBlock } from '../archive/head.ts';
import { recordBytes } from '../coding/block.ts';
import { quorum } from '../coding/profile.ts';
import { Listeners } from '../doorbell.ts';
import type { PeerId, StripeId } from '../identifiers.ts';
import type { Geometry, Records, Unsubscribe } from '../ports.ts';
import type { StripeHolder, StripeRecord } from '../records.ts';
import type { HeldPlace, StripePlaces } from '../restore/shelves.ts';

export interface Holding {
	readonly stripe: StripeId;
	readonly geometry: Geometry;
	readonly holders: readonly (StripeHolder | undefined)[];
}

/** How well all stripes together are protected. */
export interface Protection {
	/** Losses that every stripe survives; -1 when some stripe is below m already; Infinity without stripes. */
	readonly survivable: number;
	/** Every stripe has all its n blocks. */
	readonly full: boolean;
	/** Every stripe has its q blocks. */
	readonly stored: boolean;
}

const scanBatch = 256;

export class Holdings implements StripePlaces {
	readonly #records: Records;
	readonly #holdings = new Map<StripeId, Holding>();
	readonly #changed = new Listeners();

	private constructor(records: Records) {
		this.#records = records;
	}

	static async open(records: Records): Promise<Holdings> {
		const holdings = new Holdings(records);
		await holdings.reload();
		return holdings;
	}

	/** Reads the records again: after a take-over wrote them. */
	async reload(): Promise<void> {
		this.#holdings.clear();
		for (let from = ''; ;) {
			const page = await this.#records.scan('stripes', { from, limit: scanBatch });
			for (const [, record] of page) this.#holdings.set(record.id, holdingOf(record));
			const last = page.at(-1);
			if (last === undefined || page.length < scanBatch) break;
			from = `${last[0]}\0`;
		}
		this.#changed.tell();
	}

	onChange(listener: () => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	/** Where the blocks of a stripe lie, for reading them back. */
	of(stripe: StripeId): readonly HeldPlace[] {
		return (this.#holdings.get(stripe)?.holders ?? []).flatMap((holder, position) =>
			holder === undefined ? [] : [{ ...holder, position }]
		);
	}

	stripes(): Iterable<StripeId> {
		return this.#holdings.keys();
	}

	get(stripe: StripeId): Holding | undefined {
		return this.#holdings.get(stripe);
	}

	all(): IterableIterator<Holding> {
		return this.#holdings.values();
	}

	/** A stripe was stored; its record is written by the backup. */
	add(stripe: StripeId, geometry: Geometry, holders: readonly (StripeHolder | undefined)[]): void {
		this.#holdings.set(stripe, { stripe, geometry, holders });
		this.#changed.tell();
	}

	forget(stripe: StripeId): void {
		this.#holdings.delete(stripe);
		this.#changed.tell();
	}

	/** Notes who holds a block now, or that nobody does. */
	async assign(
		stripe: StripeId,
		position: number,
		holder: StripeHolder | undefined
	): Promise<void> {
		const holding = this.#holdings.get(stripe);
		if (holding === undefined) return;
		const holders = holding.holders.with(position, holder);
		this.#holdings.set(stripe, { ...holding, holders });
		const record = await this.#records.get('stripes', stripe);
		if (record !== undefined) {
			await this.#records.write([{ table: 'stripes', key: stripe, put: { ...record, holders } }]);
		}
		this.#changed.tell();
	}

	/** A partner is no longer counted on: everything it held is owed. */
	async release(partner: PeerId): Promise<void> {
		for (const { stripe, holders } of [...this.#holdings.values()]) {
			for (const [position, holder] of holders.entries()) {
				if (holder?.partner === partner) await this.assign(stripe, position, undefined);
			}
		}
	}

	/** What lies on the shelf at a partner, by our account, ascending by number. */
	shelf(partner: PeerId): readonly LiveBlock[] {
		const live: LiveBlock[] = [];
		for (const { stripe, geometry, holders } of this.#holdings.values()) {
			for (const [position, holder] of holders.entries()) {
				if (holder?.partner !== partner) continue;
				const bytes = recordBytes(geometry.blockBytes);
				live.push({ number: holder.number, stripe, position, bytes });
			}
		}
		return live.toSorted((a, b) => a.number - b.number);
	}

	/** Blocks that each partner holds, and what they take. */
	counts(): ReadonlyMap<PeerId, { readonly blocks: number; readonly bytes: number }> {
		const counts = new Map<PeerId, { blocks: number; bytes: number }>();
		for (const { geometry, holders } of this.#holdings.values()) {
			for (const holder of holders) {
				if (holder === undefined) continue;
				const count = counts.get(holder.partner) ?? { blocks: 0, bytes: 0 };
				count.blocks++;
				count.bytes += recordBytes(geometry.blockBytes);
				counts.set(holder.partner, count);
			}
		}
		return counts;
	}

	/** Stripes that lack blocks, the most endangered first. */
	owing(): readonly Holding[] {
		return [...this.#holdings.values()]
			.filter(({ holders }) => holders.includes(undefined))
			.toSorted((a, b) => margin(a) - margin(b));
	}

	protection(): Protection {
		let survivable = Infinity;
		let full = true;
		let stored = true;
		for (const holding of this.#holdings.values()) {
			survivable = Math.min(survivable, margin(holding));
			full &&= !holding.holders.includes(undefined);
			stored &&= margin(holding) >= quorum(holding.geometry) - holding.geometry.m;
		}
		return { survivable, full, stored };
	}
}

/** Losses that a stripe survives: its acknowledged blocks minus m. */
function margin({ geometry, holders }: Holding): number {
	return holders.filter((holder) => holder !== undefined).length - geometry.m;
}

function holdingOf({ id, m, k, blockBytes, holders }: StripeRecord): Holding {
	return { stripe: id, geometry: { m, k, blockBytes }, holders };
}
