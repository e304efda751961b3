/** Decides whether a block fits: the agreement's space, then what the person lends. Pure. */
export interface SpaceSituation {
	/** What the record takes. */
	readonly neededBytes: number;
	/** What this owner's blocks take, those being written included. */
	readonly ownerBytes: number;
	readonly agreedBytes: number;
	readonly totalBytes: number;
	readonly lendBytes: number;
}

/** Undefined when it fits, else why not. */
export function whyNoSpace(s: SpaceSituation): string | undefined {
	if (s.ownerBytes + s.neededBytes > s.agreedBytes) {
		return 'the space that was agreed is used up';
	}
	if (s.totalBytes + s.neededBytes > s.lendBytes) return 'the space that is lent is used up';
	return undefined;
}
