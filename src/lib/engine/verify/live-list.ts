/**
 * The live list of a shelf state: what both sides of a challenge rank into. A state names every number that holds
 * nothing, so each side finds the list again in what it holds, also after further blocks came.
 */
import { equalBytes } from '@noble/ciphers/utils.js';
import { liveHashOf, type LiveBlock, type ShelfState } from '../archive/head.ts';

/**
 * The blocks that were live at a state, of those that are there now in ascending order. Undefined when one of them
 * is gone, or is another.
 */
export function liveList<Block extends LiveBlock>(
	state: ShelfState,
	present: Iterable<Block>
): readonly Block[] | undefined {
	const live = liveOf(state, present);
	if (live.length !== state.liveCount) return undefined;
	return equalBytes(liveHashOf(live), state.liveHash) ? live : undefined;
}

/** The first numbers, at most `limit`, that were live at a state and are not there now. */
export function missingNumbers(
	state: ShelfState,
	present: Iterable<LiveBlock>,
	limit: number
): readonly number[] {
	const there = new Set<number>();
	for (const { number } of present) there.add(number);
	const missing: number[] = [];
	for (const [from, to] of liveRanges(state)) {
		for (let number = from; number < to; number++) {
			if (missing.length >= limit) return missing;
			if (!there.has(number)) missing.push(number);
		}
	}
	return missing;
}

function liveOf<Block extends LiveBlock>(
	state: ShelfState,
	present: Iterable<Block>
): readonly Block[] {
	const ranges = liveRanges(state);
	const live: Block[] = [];
	let at = 0;
	for (const block of present) {
		while ((ranges[at]?.[1] ?? Infinity) <= block.number) at++;
		if ((ranges[at]?.[0] ?? Infinity) <= block.number) live.push(block);
	}
	return live;
}

/** What the dropped ranges leave below the next number. */
function liveRanges({
	dropped,
	nextNumber
}: ShelfState): readonly (readonly [from: number, to: number])[] {
	const ranges: (readonly [number, number])[] = [];
	let from = 0;
	for (const [gone, end] of [...dropped, [nextNumber, nextNumber] as const]) {
		if (gone > from) ranges.push([from, gone]);
		from = end;
	}
	return ranges;
}
