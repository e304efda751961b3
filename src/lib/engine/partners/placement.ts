/** Which partner gets which block of a stripe (patent step 296). Pure. */
import type { PeerId } from '../identifiers.ts';

export interface PlacementCandidate {
	readonly peer: PeerId;
	readonly connected: boolean;
	/** It declined a block a short while ago: full, or without an agreement. */
	readonly refusing: boolean;
}

/** Partners to spread new stripes over, in a stable order. */
export function usablePartners(candidates: readonly PlacementCandidate[]): readonly PeerId[] {
	return candidates.filter(({ refusing }) => !refusing).map(({ peer }) => peer);
}

/**
 * A distinct partner for each of n positions; undefined where there are not enough. Where there are more partners
 * than positions, those that are connected go first.
 */
export function assignPositions(
	candidates: readonly PlacementCandidate[],
	n: number
): readonly (PeerId | undefined)[] {
	const usable = candidates.filter(({ refusing }) => !refusing);
	const chosen = new Set(
		usable
			.toSorted((a, b) => Number(b.connected) - Number(a.connected))
			.slice(0, n)
			.map(({ peer }) => peer)
	);
	const ordered = usable.map(({ peer }) => peer).filter((peer) => chosen.has(peer));
	return Array.from({ length: n }, (_, position) => ordered[position]);
}
