/**
 * How stripes are coded: the profile names code, cipher, compression and number of seals, so that
 * each can be succeeded (patent, figure 6; claims 7 to 12), and the geometry follows from the
 * number of partners.
 */
import { Malformed } from '../failures.ts';
import type { CompressionMethod, Geometry } from '../ports.ts';
import type { FieldReader, FieldWriter } from './fields.ts';
import {
	blockBytesMax,
	blockBytesWide,
	blockGranuleBytes,
	payloadBytesWanted,
	stripeBlocksMax
} from './limits.ts';

export interface CodingProfile {
	/** Reed-Solomon over GF(2^8) (docs/format/erasure-code.md), step 288. */
	readonly code: 'rs-gf256-v1';
	/** Cipher of both seals, steps 286 and 290. */
	readonly cipher: 'aes-256-gcm';
	/**
	 * What chunks are compressed with where they shrink; 'stored' is off (claims 9 to 11), step 284.
	 */
	readonly compression: CompressionMethod;
	/**
	 * 'one' is only the seal after the code (claims 7, 8, 11, 12); 'two' has one before it as well.
	 */
	readonly seals: 'one' | 'two';
}

export const defaultProfile: CodingProfile = {
	code: 'rs-gf256-v1',
	cipher: 'aes-256-gcm',
	compression: 'zstd',
	seals: 'two'
};

/**
 * Partners below which a stripe is replicated: with 3, one data block and two copies beat any other
 * split.
 */
const codedPartnersMin = 4;
const dataBlocksMin = 2;
/** More data blocks would spread a restore over more partners without saving space. */
const dataBlocksMax = 10;

/**
 * The full-size geometry for so many partners: 1 -> 1+0, 2 -> 1+1, 3 -> 1+2, 8 -> 4+4, 20 -> 10+10; with another
 * m where one is given (partners/durability.ts). Above 255 partners, 255 are used. Throws RangeError without
 * partners.
 */
export function geometryFor(partners: number, dataBlocks?: number): Geometry {
	if (!Number.isSafeInteger(partners) || partners < 1) {
		throw new RangeError(`${partners} partners cannot hold a stripe`);
	}
	const n = Math.min(partners, stripeBlocksMax);
	const half = Math.min(Math.max(Math.floor(n / 2), dataBlocksMin), dataBlocksMax);
	const m = dataBlocks ?? (n < codedPartnersMin ? 1 : half);
	const share = roundUp(Math.ceil(payloadBytesWanted / m), blockGranuleBytes);
	return { m, k: n - m, blockBytes: Math.max(blockBytesWide, share) };
}

/** Acknowledgements with which a stripe counts as stored: q = m + ceil(k / 2). */
export function quorum(geometry: Pick<Geometry, 'm' | 'k'>): number {
	return geometry.m + Math.ceil(geometry.k / 2);
}

/** What the data blocks hold together. */
export function payloadBytes(geometry: Pick<Geometry, 'm' | 'blockBytes'>): number {
	return geometry.m * geometry.blockBytes;
}

/**
 * The smallest geometry of the same m and k whose payload holds `bytes`, but never more than the
 * full one.
 */
export function geometryHolding(full: Geometry, bytes: number): Geometry {
	const fitting = roundUp(Math.ceil(bytes / full.m), blockGranuleBytes);
	return { m: full.m, k: full.k, blockBytes: Math.min(fitting, full.blockBytes) };
}

export function sameGeometry(a: Geometry, b: Geometry): boolean {
	return a.m === b.m && a.k === b.k && a.blockBytes === b.blockBytes;
}

/** Whether the numbers can be those of a stripe. */
export function isGeometry({ m, k, blockBytes }: Geometry): boolean {
	const whole = [m, k, blockBytes].every((value) => Number.isSafeInteger(value));
	return (
		whole &&
		m >= 1 &&
		k >= 0 &&
		m + k <= stripeBlocksMax &&
		blockBytes >= 1 &&
		blockBytes <= blockBytesMax
	);
}

/** In every format a method is its place in this list. */
export const compressionMethods = [
	'stored',
	'deflate',
	'zstd'
] as const satisfies readonly CompressionMethod[];

/** Length of a profile in a fixed format. */
export const profileBytes = 4;

const codes = { 'rs-gf256-v1': 1 } as const;
const ciphers = { 'aes-256-gcm': 1 } as const;
const seals = { one: 1, two: 2 } as const;

/** Code, cipher, compression, seals: one byte each. */
export function writeProfile(fields: FieldWriter, profile: CodingProfile): FieldWriter {
	return writeMethod(
		fields.u8(codes[profile.code]).u8(ciphers[profile.cipher]),
		profile.compression
	).u8(seals[profile.seals]);
}

/** Throws Malformed for numbers that this version does not know. */
export function readProfile(fields: FieldReader): CodingProfile {
	return {
		code: nameFor(codes, fields.u8(), 'code'),
		cipher: nameFor(ciphers, fields.u8(), 'cipher'),
		compression: readMethod(fields),
		seals: nameFor(seals, fields.u8(), 'seals')
	};
}

export function writeMethod(fields: FieldWriter, method: CompressionMethod): FieldWriter {
	return fields.u8(compressionMethods.indexOf(method));
}

export function readMethod(fields: FieldReader): CompressionMethod {
	const number = fields.u8();
	const method = compressionMethods[number];
	if (method === undefined) throw new Malformed(`unknown compression method ${number}`);
	return method;
}

export function sameProfile(a: CodingProfile, b: CodingProfile): boolean {
	return (
		// eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- there will be a second code
		a.code === b.code &&
		// eslint-disable-next-line @typescript-eslint/no-unnecessary-condition -- there will be a second cipher
		a.cipher === b.cipher &&
		a.compression === b.compression &&
		a.seals === b.seals
	);
}

function nameFor<Name extends string>(
	numbers: Readonly<Record<Name, number>>,
	number: number,
	what: string
): Name {
	for (const name of Object.keys(numbers) as Name[]) if (numbers[name] === number) return name;
	throw new Malformed(`unknown ${what} ${number}`);
}

function roundUp(value: number, granule: number): number {
	return Math.ceil(value / granule) * granule;
}
