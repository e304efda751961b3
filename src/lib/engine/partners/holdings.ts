/**
 * Who holds which block of our stripes: the records' `holders` in memory, so that the questions of every
 * minute (how many losses survive, what is owed, what a shelf must hold) need no disk. Salts are in the records only.
 */
import type { LiveBlock } from '../archive/head.ts';
import { recordBytes } from '../coding/block.ts';
import { Listeners } from '../doorbell.ts';
import type { PeerId, StripeId } from '../identifiers.ts';
import type { Geometry, RecordChange, Records, Unsubscribe } from '../ports.ts';
import type { SpareHolder, StripeHolder } from '../records.ts';
import type { HeldPlace, StripePlaces } from '../restore/shelves.ts';
import { Turns } from '../turns.ts';
import type { ProvenBlock } from '../verify/proof.ts';
import {
	holdingOf,
	sparesOf,
	withFormer,
	withHolder,
	withoutBlock,
	withoutPartner,
	withoutSpare,
	withSpare,
	type Holding
} from './holding.ts';
import { recordName, saltsOf, withoutSalts, withSalts, type Salts } from './salts.ts';
import { Tally, type Protection, type ShelfCount, type SharedSpread } from './tally.ts';

export type { Holding } from './holding.ts';

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
	/** Writes of records, one after the other: each keeps the salts that the one before wrote. */
	readonly #turns = new Turns<'write'>();
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
		const holding = this.#holdings.get(stripe);
		return holding === undefined ? [] : placesOf(holding);
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
	assign(assignments: readonly Assignment[]): Promise<void> {
		return this.#change(
			assignments.map(({ stripe, position, holder }) => [
				stripe,
				(holding) =>
					position < holding.holders.length ? withHolder(holding, position, holder) : holding
			])
		);
	}

	/** A partner's blocks are gone: what it held is owed, where no temporary holder has it. */
	release(partner: PeerId): Promise<void> {
		return this.#changeAt(partner, (holding) => withoutPartner(holding, partner));
	}

	/** Some blocks of a partner are gone: they are owed, where no temporary holder has them. */
	lose(
		partner: PeerId,
		blocks: readonly { readonly stripe: StripeId; readonly number: number }[]
	): Promise<void> {
		return this.#change(
			blocks.map(({ stripe, number }) => [
				stripe,
				(holding) => withoutBlock(holding, { partner, number })
			])
		);
	}

	/** A partner is no longer counted on: what it held is owed, and can be read there as long as it lets us. */
	depart(partner: PeerId): Promise<void> {
		return this.#changeAt(partner, (holding) => withFormer(holding, partner));
	}

	/** A block lies with one more. */
	addSpare(stripe: StripeId, spare: SpareHolder): Promise<void> {
		return this.#change([[stripe, (holding) => withSpare(holding, spare)]]);
	}

	/** Copies are there no more, or are wanted no more. */
	forgetSpares(spares: readonly (StripeHolder & { readonly stripe: StripeId })[]): Promise<void> {
		return this.#change(
			spares.map((spare) => [spare.stripe, (holding) => withoutSpare(holding, spare)])
		);
	}

	/** What lies on the shelf at a partner, by our account, ascending by number. */
	shelf(partner: PeerId): readonly LiveBlock[] {
		const live: LiveBlock[] = [];
		for (const holding of this.#holdings.values()) {
			for (const { partner: at, number, position } of placesOf(holding)) {
				if (at !== partner) continue;
				const bytes = recordBytes(holding.geometry.blockBytes);
				live.push({ number, stripe: holding.stripe, position, bytes });
			}
		}
		return live.toSorted((a, b) => a.number - b.number);
	}

	/** The blocks with these numbers that a partner holds, each with its salt where that is known. */
	async proven(partner: PeerId, numbers: readonly number[]): Promise<readonly ProvenBlock[]> {
		const wanted = new Set(numbers);
		const live = this.shelf(partner).filter(({ number }) => wanted.has(number));
		const ids = [...new Set(live.map(({ stripe }) => stripe))];
		const records = await Promise.all(ids.map((id) => this.#records.get('stripes', id)));
		const salts = saltsOf(...records.flatMap((record) => record ?? []));
		return live.map(({ number, stripe, position }) => {
			const salt = salts.get(recordName({ partner, number }));
			return { number, stripe, position, ...(salt === undefined ? {} : { salt }) };
		});
	}

	/** Keeps salts that a right proof brought. Blocks that the partner no longer holds are passed over. */
	keepSalts(partner: PeerId, blocks: readonly ProvenBlock[]): Promise<void> {
		const salts = new Map<string, Uint8Array>();
		for (const { number, salt } of blocks) {
			if (salt !== undefined) salts.set(recordName({ partner, number }), salt);
		}
		return this.#writeAll([...new Set(blocks.map(({ stripe }) => stripe))], salts);
	}

	/** Blocks that each partner holds, and what they take. */
	counts(): ReadonlyMap<PeerId, ShelfCount> {
		return this.#tally.counts();
	}

	/** Stripes that lack blocks, the most endangered first. */
	owing(): readonly Holding[] {
		return this.#tally.owing();
	}

	/** Stripes with copies at others than their holders. */
	spared(): readonly Holding[] {
		return this.#tally.spared();
	}

	protection(): Protection {
		return this.#tally.protection();
	}

	/** The different sets of partners that stripes lie with. */
	spreads(): readonly SharedSpread[] {
		return this.#tally.spreads();
	}

	#changeAt(partner: PeerId, change: (holding: Holding) => Holding): Promise<void> {
		const there = this.shelf(partner).map(({ stripe }) => stripe);
		return this.#change(there.map((stripe) => [stripe, change]));
	}

	/** Changes in memory at once, and on disk when it resolves. */
	async #change(
		changes: readonly (readonly [StripeId, (holding: Holding) => Holding])[]
	): Promise<void> {
		const stripes = new Set<StripeId>();
		const salts = new Map<string, Uint8Array>();
		for (const [stripe, change] of changes) {
			const before = this.#holdings.get(stripe);
			const after = before && change(before);
			if (after === undefined || after === before) continue;
			for (const [name, salt] of saltsOf(after)) salts.set(name, salt);
			this.#set(after);
			stripes.add(stripe);
		}
		if (stripes.size === 0) return;
		await this.#writeAll([...stripes], salts);
		this.#changed.tell();
	}

	#set(salted: Holding): void {
		const holding = withoutSalts(salted);
		const before = this.#holdings.get(holding.stripe);
		if (before !== undefined) this.#tally.remove(before);
		this.#holdings.set(holding.stripe, holding);
		this.#tally.add(holding);
	}

	#writeAll(stripes: readonly StripeId[], salts: Salts): Promise<void> {
		return this.#turns.take('write', async () => {
			for (let at = 0; at < stripes.length; at += scanBatch) {
				await this.#write(stripes.slice(at, at + scanBatch), salts);
			}
		});
	}

	/**
	 * Writes what is known now, not when the change was made: of two changes at once neither undoes the other. Salts
	 * are those given, or stay as they are in the record.
	 */
	async #write(stripes: readonly StripeId[], salts: Salts): Promise<void> {
		const changes: RecordChange[] = [];
		const records = await Promise.all(stripes.map((id) => this.#records.get('stripes', id)));
		for (const record of records) {
			if (record === undefined) continue;
			const holding = this.#holdings.get(record.id);
			if (holding === undefined) continue;
			const { spares: _before, ...rest } = record;
			const { holders, spares } = withSalts(withSalts(holding, saltsOf(record)), salts);
			const put = { ...rest, holders, ...(spares === undefined ? {} : { spares }) };
			changes.push({ table: 'stripes', key: record.id, put });
		}
		if (changes.length > 0) await this.#records.write(changes);
	}
}

/** Everything that can be read: the holders' blocks, and those beside them. */
function placesOf(holding: Holding): readonly HeldPlace[] {
	const counted = holding.holders.flatMap((holder, position) =>
		holder === undefined ? [] : [{ ...holder, position }]
	);
	const spare = sparesOf(holding).map(({ partner, number, position }) => ({
		partner,
		number,
		position
	}));
	return [...counted, ...spare];
}
