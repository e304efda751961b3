/** Which bytes of the packs are taken. Pure bookkeeping: it reads no file, and forgets everything at a crash. */

export interface Place {
	readonly pack: number;
	readonly offset: number;
	readonly length: number;
}

interface Extent {
	readonly start: number;
	readonly end: number;
}

/** The free extents of one pack: in order, apart from each other, none empty. */
class PackSpace {
	readonly capacityBytes: number;
	readonly #free: Extent[];

	constructor(capacityBytes: number, free: Extent[]) {
		this.capacityBytes = capacityBytes;
		this.#free = free;
	}

	get isEmpty(): boolean {
		const [first] = this.#free;
		return first?.start === 0 && first.end === this.capacityBytes;
	}

	get free(): readonly Extent[] {
		return this.#free;
	}

	/** The same pack without these places. */
	without(places: readonly Place[]): PackSpace {
		const copy = new PackSpace(this.capacityBytes, [...this.#free]);
		for (const { offset, length } of places) copy.give(offset, length);
		return copy;
	}

	/** The offset of the first extent that is long enough; undefined when there is none. */
	take(length: number): number | undefined {
		const at = this.#free.findIndex((extent) => extent.end - extent.start >= length);
		const extent = this.#free[at];
		if (extent === undefined) return undefined;
		const rest = { start: extent.start + length, end: extent.end };
		if (rest.start < rest.end) this.#free[at] = rest;
		else this.#free.splice(at, 1);
		return extent.start;
	}

	give(offset: number, length: number): void {
		const after = this.#firstAfter(offset);
		let { start, end } = { start: offset, end: offset + length };
		let from = after;
		let to = after;
		const before = this.#free[after - 1];
		const next = this.#free[after];
		if (before?.end === start) [start, from] = [before.start, after - 1];
		if (next?.start === end) [end, to] = [next.end, after + 1];
		this.#free.splice(from, to - from, { start, end });
	}

	#firstAfter(offset: number): number {
		let low = 0;
		let high = this.#free.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if ((this.#free[middle]?.start ?? Infinity) < offset) low = middle + 1;
			else high = middle;
		}
		return low;
	}
}

/** The space of all packs. New packs get numbers that no pack had since the store was opened. */
export class Space {
	readonly #packs = new Map<number, PackSpace>();
	readonly #capacityBytes: number;
	#nextPack = 0;

	/** `capacityBytes` is that of packs to come. */
	constructor(capacityBytes: number) {
		this.#capacityBytes = capacityBytes;
	}

	/** Adds a pack of which some places are taken, in any order and none overlapping. */
	addPack(pack: number, capacityBytes: number, taken: readonly Omit<Place, 'pack'>[]): void {
		const free: Extent[] = [];
		let start = 0;
		for (const place of taken.toSorted((a, b) => a.offset - b.offset)) {
			if (place.offset > start) free.push({ start, end: place.offset });
			start = Math.max(start, place.offset + place.length);
		}
		if (start < capacityBytes) free.push({ start, end: capacityBytes });
		this.#add(pack, new PackSpace(capacityBytes, free));
	}

	/** Adds a pack of which the free extents are known: start and end of each, one after the other. */
	addKnown(pack: number, capacityBytes: number, free: readonly number[]): void {
		const extents: Extent[] = [];
		for (let i = 0; i + 1 < free.length; i += 2) {
			extents.push({ start: free[i] ?? 0, end: free[i + 1] ?? 0 });
		}
		this.#add(pack, new PackSpace(capacityBytes, extents));
	}

	/** The free extents of a pack, as `addKnown` takes them, when these places of it are given back too. */
	freeWithout(pack: number, places: readonly Place[]): readonly number[] {
		const space = this.#packs.get(pack)?.without(places.filter((place) => place.pack === pack));
		return (space?.free ?? []).flatMap(({ start, end }) => [start, end]);
	}

	/** Keeps new packs from this number, under which a file lies that nobody needs. */
	avoid(pack: number): void {
		this.#nextPack = Math.max(this.#nextPack, pack + 1);
	}

	/** Takes the first place that fits, in a new pack when no pack has one. What is longer than a pack fits nowhere. */
	take(length: number): Place | undefined {
		for (const [pack, space] of this.#packs) {
			const offset = space.take(length);
			if (offset !== undefined) return { pack, offset, length };
		}
		if (length > this.#capacityBytes) return undefined;
		const pack = this.#nextPack++;
		const whole = { start: 0, end: this.#capacityBytes };
		const space = new PackSpace(this.#capacityBytes, [whole]);
		this.#packs.set(pack, space);
		return { pack, offset: space.take(length) ?? 0, length };
	}

	give(place: Place): void {
		this.#packs.get(place.pack)?.give(place.offset, place.length);
	}

	capacityOf(pack: number): number {
		return this.#packs.get(pack)?.capacityBytes ?? this.#capacityBytes;
	}

	isEmpty(pack: number): boolean {
		return this.#packs.get(pack)?.isEmpty ?? true;
	}

	/** The packs that would be empty without these places. */
	emptiedBy(places: readonly Place[]): readonly number[] {
		const packs = [...new Set(places.map(({ pack }) => pack))];
		return packs.filter((pack) => {
			const here = places.filter((place) => place.pack === pack);
			return this.#packs.get(pack)?.without(here).isEmpty === true;
		});
	}

	removePack(pack: number): void {
		this.#packs.delete(pack);
	}

	#add(pack: number, space: PackSpace): void {
		this.#packs.set(pack, space);
		this.#nextPack = Math.max(this.#nextPack, pack + 1);
	}
}
