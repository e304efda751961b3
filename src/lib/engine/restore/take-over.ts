/** When a restored peer may write again: design.md section 7, taking over. */

/**
 * How many of n partners must acknowledge a head of a new epoch: n - q + 1, so that no other head can find q
 * acknowledgements beside it.
 */
export function takeOverQuorum(n: number, q: number): number {
	return n - q + 1;
}

export type TakeOverStanding =
	| { readonly kind: 'safe' }
	/** An old instance could still commit beside this one; the person may confirm that it is gone. */
	| { readonly kind: 'unsafe'; readonly missing: number };

/** Whether so many acknowledgements fence every old instance off. */
export function takeOverStanding({
	n,
	q,
	acknowledged
}: {
	readonly n: number;
	readonly q: number;
	readonly acknowledged: number;
}): TakeOverStanding {
	const missing = takeOverQuorum(n, q) - acknowledged;
	return missing <= 0 ? { kind: 'safe' } : { kind: 'unsafe', missing };
}
