/** What protecting files costs, said before anything starts. */
import { geometryFor } from '../../engine/coding/profile.ts';

/** What a line sends that people can name, in bits a second. */
export const lines = [
	{ name: 'Mobile or slow DSL', bitsPerSecond: 2e6 },
	{ name: 'DSL', bitsPerSecond: 10e6 },
	{ name: 'Cable or fast DSL', bitsPerSecond: 40e6 },
	{ name: 'Fibre', bitsPerSecond: 100e6 },
	{ name: 'Office network', bitsPerSecond: 1000e6 }
] as const;

/** What is assumed of a circle in which nobody was met yet. */
export const partnersAssumed = 8;

/** A line is never Holdfast's alone, and records, acknowledgements and repeats take their part of it. */
const usableShare = 0.8;
/** Beyond this the sender itself is the limit: reading, compressing, sealing and coding in a browser. */
const engineBytesPerSecond = 40e6;

export interface Estimate {
	readonly lendBytes: number;
	readonly firstBackupSeconds: number;
	/** How many of the partners may vanish. */
	readonly survivable: number;
	/** Bytes that partners hold for each byte of files. */
	readonly storedPerByte: number;
}

/** n / m: of every stripe of m data blocks n blocks are stored, one at each of n partners. */
export function storedPerByte(partners: number): number {
	const { m, k } = geometryFor(partners);
	return (m + k) / m;
}

/** `protectBytes` at so many partners, on a line that sends `bitsPerSecond`. */
export function estimate(protectBytes: number, partners: number, bitsPerSecond: number): Estimate {
	const stored = storedPerByte(partners);
	const lendBytes = Math.ceil(protectBytes * stored);
	const bytesPerSecond = Math.min((bitsPerSecond / 8) * usableShare, engineBytesPerSecond);
	return {
		lendBytes,
		firstBackupSeconds: lendBytes / bytesPerSecond,
		survivable: geometryFor(partners).k,
		storedPerByte: stored
	};
}
