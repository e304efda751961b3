/** Reads what will be needed next while the last is still being written, within bounds of memory. */
import { abortable } from './abortable.ts';

export interface ReadAheadOptions<Item> {
	/** What an item will take in memory once it was read. */
	readonly weigh: (item: Item) => number;
	readonly bytesMax: number;
	readonly itemsMax: number;
	readonly signal?: AbortSignal | undefined;
}

interface Ahead<Item, Reading> {
	readonly item: Item;
	readonly bytes: number;
	readonly reading: Promise<Reading>;
}

/**
 * Reads items in order, several at once, and gives each with what came of it. At least one is always under way,
 * however heavy. A rejection of `read` rejects when its turn comes; the signal's reason at once.
 */
export async function* readAhead<Item, Reading>(
	items: Iterable<Item>,
	read: (item: Item) => Promise<Reading>,
	{ weigh, bytesMax, itemsMax, signal }: ReadAheadOptions<Item>
): AsyncGenerator<{ readonly item: Item; readonly reading: Reading }> {
	const ahead: Ahead<Item, Reading>[] = [];
	const remaining = items[Symbol.iterator]();
	let bytesAhead = 0;
	const mayStart = (): boolean =>
		ahead.length === 0 || (bytesAhead < bytesMax && ahead.length < itemsMax);
	for (;;) {
		while (mayStart()) {
			const next = remaining.next();
			if (next.done === true) break;
			const started = start(next.value, read, weigh);
			bytesAhead += started.bytes;
			ahead.push(started);
		}
		const first = ahead.shift();
		if (first === undefined) return;
		yield { item: first.item, reading: await abortable(first.reading, signal) };
		bytesAhead -= first.bytes;
	}
}

function start<Item, Reading>(
	item: Item,
	read: (item: Item) => Promise<Reading>,
	weigh: (item: Item) => number
): Ahead<Item, Reading> {
	const reading = read(item);
	// When the consumer stops early nobody waits for the rest.
	reading.catch(() => undefined);
	return { item, bytes: weigh(item), reading };
}
