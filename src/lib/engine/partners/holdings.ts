/**
 * Who holds which block of our stripes: the records' `holders` in memory, so that the questions of every
 * minute (how many losses survive, what is owed, what a shelf must hold) need no disk.
 */
import type { LiveBlock } from '../archive/head.ts';
import { recordBytes } from '../coding/block.ts';
import { Listeners } from '../doorbell.ts';
import type { PeerId, StripeId } from '../identifiers.ts';
import type { Geometry, RecordChange, Records, Unsubscribe } from '../ports.ts';
import type { StripeHolder, StripeRecord } from '../records.ts';
import type { HeldPlace, StripePlaces } from '../restore/shelves.ts';
import { Tally, type Protection, type ShelfCount } from './tally.ts';

export interface Holding {
	readonly stripe: StripeId;
	readonly geometry: Geometry;
	readonly holders: readonly (StripeHolder | undefined)[];
}

/** Who holds a block now; nobody, when the holder is undefined. */
export interface Assignment {
	readonly stripe: StripeId;
	readonly position: number;
	readonly holder: StripeHolder | undefined;
}

const scanBatch = 256;

export class Holdings implements StripePlaces {
	readonly #records: Records;
	readonly #holdings = new Map<StripeId, Holding>();
	readonly #changed = new Listeners();
	#tally = new Tally();

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
		this.#tally = new Tally();
		for (let from = ''; ;) {
			const page = await this.#records.scan('stripes', { from, limit: scanBatch });
			for (const [, record] of page) this.#set(holdingOf(record));
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
		this.#set({ stripe, geometry, holders });
		this.#changed.tell();
	}

	forget(stripe: StripeId): void {
		const before = this.#holdings.get(stripe);
		if (before === undefined) return;
		this.#tally.remove(before);
		this.#holdings.delete(stripe);
		this.#changed.tell();
	}

	/** Notes who holds blocks now. What is not ours or beyond the stripe is passed over. */
	async assign(assignments: readonly Assignment[]): Promise<void> {
		const stripes = new Set<StripeId>();
		for (const { stripe, position, holder } of assignments) {
			const holding = this.#holdings.get(stripe);
			if (holding === undefined || position >= holding.holders.length) continue;
			this.#set({ ...holding, holders: holding.holders.with(position, holder) });
			stripes.add(stripe);
		}
		if (stripes.size === 0) return;
		const changed = [...stripes];
		for (let at = 0; at < changed.length; at += scanBatch) {
			await this.#write(changed.slice(at, at + scanBatch));
		}
		this.#changed.tell();
	}

	/** A partner is no longer counted on: everything it held is owed. */
	release(partner: PeerId): Promise<void> {
		const released: Assignment[] = [];
		for (const { stripe, holders } of this.#holdings.values()) {
			for (const [position, holder] of holders.entries()) {
				if (holder?.partner === partner) released.push({ stripe, position, holder: undefined });
			}
		}
		return this.assign(released);
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
	counts(): ReadonlyMap<PeerId, ShelfCount> {
		return this.#tally.counts();
	}

	/** Stripes that lack blocks, the most endangered first. */
	owing(): readonly Holding[] {
		return this.#tally.owing();
	}

	protection(): Protection {
		return this.#tally.protection();
	}

	#set(holding: Holding): void {
		const before = this.#holdings.get(holding.stripe);
		if (before !== undefined) this.#tally.remove(before);
		this.#holdings.set(holding.stripe, holding);
		this.#tally.add(holding);
	}

	/** Writes what is known now, not when the change was made: of two changes at once neither undoes the other. */
	async #write(stripes: readonly StripeId[]): Promise<void> {
		const changes: RecordChange[] = [];
		const records = await Promise.all(stripes.map((id) => this.#records.get('stripes', id)));
		for (const record of records) {
			if (record === undefined) continue;
			const holders = this.#holdings.get(record.id)?.holders;
			if (holders === undefined) continue;
			changes.push({ table: 'stripes', key: record.id, put: { ...record, holders } });
		}
		if (changes.length > 0) await this.#records.write(changes);
	}
}

function holdingOf({ id, m, k, blockBytes, holders }: StripeRecord): Holding {
	return { stripe: id, geometry: { m, k, blockBytes }, holders };
}
