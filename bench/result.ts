/** One line of a benchmark's table. */
export interface Result {
	/** What was measured, with its size. */
	readonly case: string;
	readonly value: number;
	readonly unit: string;
	/** What it was measured against, in the same run. */
	readonly against: string;
	/** `value` over the same figure of `against`. */
	readonly ratio: number;
}
