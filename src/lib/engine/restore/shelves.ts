/**
 * Which partner holds which block, as the partners say themselves: every shelf is listed page by page. A listing is
 * hostile: false counts, orders and positions are cut, and a false place costs one request, because every
 * block is verified when it comes.
 */
import { Listeners } from '../doorbell.ts';
import type { PeerId, StripeId } from '../identifiers.ts';
import type { Clock, Records, Unsubscribe } from '../ports.ts';
import type { StripeHolder } from '../records.ts';
import { positionMax, shelfEntriesMax } from '../wire/limits.ts';
import type { ShelfEntry } from '../wire/messages.ts';
import { Canvass } from './canvass.ts';
import { ask, type HolderLine, type Holders } from './holders.ts';

/** One block at one partner. */
export interface HeldPlace {
	readonly partner: PeerId;
	/** Its shelf number there. */
	readonly number: number;
	/** Position in the stripe. */
	readonly position: number;
}

/** Where the blocks of stripes lie. */
export interface StripePlaces {
	of(stripe: StripeId): readonly HeldPlace[];
	/** Every stripe that somebody is said to hold a block of. */
	stripes(): Iterable<StripeId>;
	/** Called when places were added. */
	onChange(listener: () => void): Unsubscribe;
}

/** A place as three numbers: partner's ordinal, shelf number, position. Objects would take five times as much. */
type PackedPlaces = number[];
const placeNumbers = 3;

export class ShelfMap implements StripePlaces {
	readonly #places = new Map<StripeId, PackedPlaces>();
	readonly #partners: PeerId[] = [];
	readonly #changed = new Listeners();

	of(stripe: StripeId): readonly HeldPlace[] {
		const packed = this.#places.get(stripe) ?? [];
		const places: HeldPlace[] = [];
		for (let at = 0; at < packed.length; at += placeNumbers) {
			const [ordinal = 0, number = 0, position = 0] = packed.slice(at, at + placeNumbers);
			const partner = this.#partners[ordinal];
			if (partner !== undefined) places.push({ partner, number, position });
		}
		return places;
	}

	/** Every stripe that somebody says to hold a block of, in the order in which they were first heard of. */
	stripes(): IterableIterator<StripeId> {
		return this.#places.keys();
	}

	/** Takes a page of a partner's shelf. Of two blocks of one position the one with the higher number counts. */
	add(partner: PeerId, entries: readonly ShelfEntry[]): void {
		const ordinal = this.#ordinalOf(partner);
		for (const [number, stripe, position] of entries) this.#put(stripe, ordinal, number, position);
		this.#changed.tell();
	}

	/** Takes the holders of a stripe from this peer's own records. */
	addHolders(stripe: StripeId, holders: readonly (StripeHolder | undefined)[]): void {
		for (const [position, holder] of holders.entries()) {
			if (holder === undefined) continue;
			this.#put(stripe, this.#ordinalOf(holder.partner), holder.number, position);
		}
		this.#changed.tell();
	}

	onChange(listener: () => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	#put(stripe: StripeId, ordinal: number, number: number, position: number): void {
		const packed = this.#places.get(stripe);
		if (packed === undefined) {
			this.#places.set(stripe, [ordinal, number, position]);
			return;
		}
		for (let at = 0; at < packed.length; at += placeNumbers) {
			if (packed[at] !== ordinal || packed[at + 2] !== position) continue;
			packed[at + 1] = Math.max(number, packed[at + 1] ?? 0);
			return;
		}
		packed.push(ordinal, number, position);
	}

	#ordinalOf(partner: PeerId): number {
		const known = this.#partners.indexOf(partner);
		return known >= 0 ? known : this.#partners.push(partner) - 1;
	}
}

export type ShelfListing =
	/** Listed to its end, or to the bound. */
	| { readonly kind: 'listed'; readonly entries: number }
	/** The partner stopped answering, or answered against the protocol, after so many entries. */
	| { readonly kind: 'broken-off'; readonly entries: number };

/** Reads a partner's shelf page by page into the map: at most `entriesMax` entries, numbers ascending. */
export async function listShelf(
	line: HolderLine,
	map: ShelfMap,
	entriesMax: number
): Promise<ShelfListing> {
	let entries = 0;
	const pages = shelfPages(line, entriesMax);
	for (;;) {
		const { done, value } = await pages.next();
		if (done === true) return { kind: value, entries };
		map.add(line.peer, value.filter(isPlausible));
		entries += value.length;
	}
}

/**
 * The pages of a partner's shelf, numbers ascending, at most `entriesMax` entries. Returns whether it was listed to
 * its end, or to the bound.
 */
export async function* shelfPages(
	line: HolderLine,
	entriesMax: number
): AsyncGenerator<readonly ShelfEntry[], ShelfListing['kind']> {
	let from = 0;
	for (let left = entriesMax; left > 0;) {
		const limit = Math.min(shelfEntriesMax, left);
		const reply = await ask(line, { type: 'list-shelf', from, limit }, 'control');
		if (reply?.type !== 'shelf') return 'broken-off';
		const page = ascending(reply.entries.slice(0, limit), from);
		yield page;
		left -= page.length;
		if (!reply.more) return 'listed';
		const last = page.at(-1);
		// More to come is what a full page in order says; one that is not could go on for ever.
		if (last === undefined || page.length < limit) return 'broken-off';
		from = last[0] + 1;
	}
	return 'listed';
}

/** The entries up to the first that stands out of order. */
function ascending(entries: readonly ShelfEntry[], from: number): readonly ShelfEntry[] {
	let next = from;
	const end = entries.findIndex(([number]) => {
		const inOrder = Number.isSafeInteger(number) && number >= next;
		next = number + 1;
		return !inOrder;
	});
	return end < 0 ? entries : entries.slice(0, end);
}

function isPlausible([, , position]: ShelfEntry): boolean {
	return Number.isInteger(position) && position >= 0 && position <= positionMax;
}

/** Blocks of 2 MiB payload stripes for 2 TB at each partner, or about 200 MB of memory for 20 of them. */
const shelfEntriesTotalMax = 1_000_000;

/** Lists the shelf of every partner as soon as it is reachable. */
export class Shelves {
	readonly map = new ShelfMap();
	readonly #canvass: Canvass;

	/** `entriesMax` bounds what one partner can make this peer remember. */
	constructor(holders: Holders, entriesMax = shelfEntriesTotalMax) {
		this.#canvass = new Canvass(holders, async (line) => {
			await listShelf(line, this.map, entriesMax);
		});
	}

	start(): void {
		this.#canvass.start();
	}

	stop(): void {
		this.#canvass.stop();
	}

	/** Resolves when every reachable partner's shelf is listed, or nobody's was for `patienceMs`. */
	settled(clock: Clock, patienceMs: number): Promise<void> {
		return this.#canvass.settled(clock, patienceMs);
	}
}

/** The places that this peer's own records know, for restores on the machine that made the backup. */
export async function recordedPlaces(records: Pick<Records, 'scan'>): Promise<ShelfMap> {
	const map = new ShelfMap();
	for (let from = ''; ;) {
		const page = await records.scan('stripes', { from, limit: 256 });
		for (const [, { id, holders }] of page) map.addHolders(id, holders);
		const last = page.at(-1);
		if (last === undefined) return map;
		from = `${last[0]}\0`;
	}
}
