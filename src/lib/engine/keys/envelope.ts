/**
 * What the recovery code and the invitation share: a version, a length and a checksum around their fields, so that
 * a reader can say whether the text was cut short, changed, or written by a newer Holdfast.
 *
 *     0      1  version
 *     1      2  length L of the body, big endian
 *     3      L  body: one CBOR array in deterministic encoding (RFC 8949 section 4.2.1)
 *     3 + L  4  first bytes of SHA-256(label 0x00 version length body)
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { Malformed } from '../failures.ts';

/** What the envelope adds to its body. */
export const envelopeBytes = 1 + 2 + 4;

const headBytes = 3;
const checksumBytes = 4;

export type EnvelopeProblem =
	| { readonly kind: 'cut-short' }
	/** Written by a newer Holdfast: this one cannot read it. */
	| { readonly kind: 'newer-version'; readonly version: number }
	/** A letter was changed on the way. */
	| { readonly kind: 'checksum' };

export interface EnvelopeKind {
	readonly label: string;
	/** The newest version that this program reads, and the one it writes. */
	readonly version: number;
}

/** The fields in their envelope. */
export function wrap(kind: EnvelopeKind, fields: readonly unknown[]): Uint8Array {
	const body = encode(fields, rfc8949EncodeOptions);
	const head = Uint8Array.of(kind.version, body.length >> 8, body.length & 255);
	const content = concatBytes(head, body);
	return concatBytes(content, checksum(kind, content));
}

/** The fields, or what is wrong with the envelope. Their kinds and bounds are left to the caller. */
export function unwrap(
	kind: EnvelopeKind,
	bytes: Uint8Array
): { readonly kind: 'fields'; readonly fields: readonly unknown[] } | EnvelopeProblem {
	const [version, high, low] = bytes;
	if (version !== undefined && version > kind.version) return { kind: 'newer-version', version };
	if (version === undefined || high === undefined || low === undefined)
		return { kind: 'cut-short' };
	const end = headBytes + ((high << 8) | low);
	if (bytes.length < end + checksumBytes) return { kind: 'cut-short' };
	const tail = bytes.subarray(end);
	const whole = checksum(kind, bytes.subarray(0, end)).every((byte, i) => byte === tail[i]);
	if (!whole || tail.length > checksumBytes) return { kind: 'checksum' };
	const fields = decodeArray(bytes.subarray(headBytes, end));
	return fields === undefined ? { kind: 'checksum' } : { kind: 'fields', fields };
}

/** A byte string of bounded length. Throws Malformed. */
export function bytesField(value: unknown, min: number, max = min): Uint8Array {
	if (value instanceof Uint8Array && value.length >= min && value.length <= max) return value;
	throw new Malformed(`expected ${min} to ${max} bytes`);
}

/** A text of bounded length in UTF-8. Throws Malformed. */
export function textField(value: unknown, bytesMax: number): string {
	if (typeof value === 'string' && utf8ToBytes(value).length <= bytesMax) return value;
	throw new Malformed(`expected a text of at most ${bytesMax} bytes`);
}

/** A list of bounded length. Throws Malformed. */
export function listField<T>(
	value: unknown,
	max: number,
	read: (item: unknown) => T
): readonly T[] {
	if (Array.isArray(value) && value.length <= max) return value.map((item: unknown) => read(item));
	throw new Malformed(`expected a list of at most ${max}`);
}

/** A whole number from 0 to `max`. Throws Malformed. */
export function wholeField(value: unknown, max: number): number {
	if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max) {
		return value;
	}
	throw new Malformed(`expected a whole number up to ${max}`);
}

function checksum(kind: EnvelopeKind, content: Uint8Array): Uint8Array {
	const digest = sha256(concatBytes(utf8ToBytes(`${kind.label}\0`), content));
	return digest.subarray(0, checksumBytes);
}

function decodeArray(body: Uint8Array): readonly unknown[] | undefined {
	try {
		const value: unknown = decode(body, {
			allowBigInt: false,
			allowIndefinite: false,
			allowInfinity: false,
			allowNaN: false,
			allowUndefined: false,
			strict: true
		});
		return Array.isArray(value) ? value : undefined;
	} catch {
		return undefined;
	}
}
