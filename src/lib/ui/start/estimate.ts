/** What protecting files costs, said before anything starts. */

/** What a line sends that people can name, in bits a second. */
export const lines = [
	{ name: 'Mobile or slow DSL', bitsPerSecond: 2e6 },
	{ name: 'DSL', bitsPerSecond: 10e6 },
	{ name: 'Cable or fast DSL', bitsPerSecond: 40e6 },
	{ name: 'Fibre', bitsPerSecond: 100e6 },
	{ name: 'Office network', bitsPerSecond: 1000e6 }
] as const;

/**
 * n / m: of every stripe of m data blocks n blocks are stored. Both codes that are used with 8 partners and more
 * (4 + 4 and 10 + 10) store twice what they protect.
 */
export const storedPerByte = 2;

/** A line is never Holdfast's alone, and records, acknowledgements and repeats take their part of it. */
const usableShare = 0.8;
/** Beyond this the sender itself is the limit: reading, compressing, sealing and coding in a browser. */
const engineBytesPerSecond = 40e6;

export interface Estimate {
	readonly lendBytes: number;
	readonly firstBackupSeconds: number;
}

/** `protectBytes` on a line that sends `bitsPerSecond`. */
export function estimate(protectBytes: number, bitsPerSecond: number): Estimate {
	const lendBytes = protectBytes * storedPerByte;
	const bytesPerSecond = Math.min((bitsPerSecond / 8) * usableShare, engineBytesPerSecond);
	return { lendBytes, firstBackupSeconds: lendBytes / bytesPerSecond };
}
