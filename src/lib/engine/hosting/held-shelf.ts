/** What lies on an owner's shelf here, and the state of it that both signed last. */
import { decodeSignedShelf, type ShelfState } from '../archive/head.ts';
import type { PeerId } from '../identifiers.ts';
import type { BlockStore, HeldBlock, Records } from '../ports.ts';
import type { HeldShelfRecord } from '../records.ts';

const pageMax = 4096;

/** Every block of an owner, ascending by number. */
export async function wholeShelf(
	blocks: Pick<BlockStore, 'list'>,
	owner: PeerId
): Promise<readonly HeldBlock[]> {
	const held: HeldBlock[] = [];
	for (;;) {
		const from = (held.at(-1)?.number ?? -1) + 1;
		const page = await blocks.list(owner, from, pageMax);
		held.push(...page);
		if (page.length < pageMax) return held;
	}
}

export async function shelfRecord(
	records: Pick<Records, 'get'>,
	owner: PeerId
): Promise<HeldShelfRecord> {
	return (await records.get('heldShelves', owner)) ?? { dropVersion: 0 };
}

/** The state that was countersigned last; undefined before the first. */
export async function signedState(
	records: Pick<Records, 'get'>,
	owner: PeerId
): Promise<ShelfState | undefined> {
	const { state } = await shelfRecord(records, owner);
	return state === undefined ? undefined : decodeSignedShelf(state).state;
}
