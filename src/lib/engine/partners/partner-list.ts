/** The partner list of a head: who holds blocks of ours, and the state of each shelf as both signed it (claim 28). */
import { decodeSignedShelf, type PartnerEntry } from '../archive/head.ts';
import type { Agreements } from './agreements.ts';
import type { ShelfNumbers } from './shelf-numbers.ts';

export async function partnerList(
	agreements: Pick<Agreements, 'active' | 'remembered'>,
	numbers: Pick<ShelfNumbers, 'shelf'>
): Promise<readonly PartnerEntry[]> {
	const entries: PartnerEntry[] = [];
	for (const { partner, id } of [...agreements.active(), ...agreements.remembered()]) {
		const { state } = await numbers.shelf(partner);
		const shelf = state === undefined ? {} : { shelf: decodeSignedShelf(state) };
		entries.push({ peer: partner, agreement: id, ...shelf });
	}
	return entries;
}
