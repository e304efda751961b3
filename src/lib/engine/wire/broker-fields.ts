/**
 * Reads the fields of one CBOR map (RFC 8949) that a stranger sent. Every read names its bounds, so nothing
 * of another kind or length gets past it. Whether the bytes were the one deterministic encoding, without
 * further fields, is left to the caller, who encodes again and compares.
 */
import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { Malformed } from '../failures.ts';
import { nameOf } from '../identifiers.ts';

/** A branded hex name, whichever its kind. */
export type AnyName = ReturnType<typeof nameOf>;

/** Lengths allowed, both ends included. */
export interface Span {
	readonly min: number;
	readonly max: number;
}

/** One length only. */
export function exactly(length: number): Span {
	return { min: length, max: length };
}

const strictly = {
	allowBigInt: false,
	allowIndefinite: false,
	allowInfinity: false,
	allowNaN: false,
	allowUndefined: false,
	rejectDuplicateMapKeys: true,
	strict: true,
	useMaps: true
};

export class Fields {
	readonly #values: ReadonlyMap<unknown, unknown>;

	private constructor(values: ReadonlyMap<unknown, unknown>) {
		this.#values = values;
	}

	/** Throws Malformed unless the bytes are one CBOR map of at most `bytesMax` bytes. */
	static parse(bytes: Uint8Array, bytesMax: number): Fields {
		if (bytes.length > bytesMax) {
			throw new Malformed(`${String(bytes.length)} bytes, more than ${String(bytesMax)}`);
		}
		return Fields.of(parsed(bytes));
	}

	/** Throws Malformed unless the value is a decoded map. */
	static of(value: unknown): Fields {
		if (!(value instanceof Map)) throw new Malformed('not a map');
		return new Fields(value);
	}

	has(field: string): boolean {
		return this.#values.has(field);
	}

	bytes(field: string, span: Span): Uint8Array {
		return boundedBytes(this.#values.get(field), field, span);
	}

	name<Id extends AnyName>(field: string, length: number): Id {
		return nameOf<Id>(this.bytes(field, { min: length, max: length }));
	}

	flag(field: string): boolean {
		const value = this.#values.get(field);
		if (typeof value !== 'boolean') throw new Malformed(`${field} is neither true nor false`);
		return value;
	}

	/** Lengths are UTF-16 code units. */
	text(field: string, { min, max }: Span): string {
		const value = this.#values.get(field);
		if (typeof value !== 'string' || value.length < min || value.length > max) {
			throw new Malformed(`${field} is no text in bounds`);
		}
		return value;
	}

	whole(field: string, { min, max }: Span): number {
		const value = this.#values.get(field);
		if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
			throw new Malformed(`${field} is no whole number in bounds`);
		}
		return value;
	}

	oneOf<Text extends string>(field: string, allowed: readonly Text[]): Text {
		const value = this.#values.get(field);
		const found = allowed.find((text) => text === value);
		if (found === undefined) throw new Malformed(`${field} is none of the known ones`);
		return found;
	}

	list<Item>(field: string, { min, max }: Span, read: (item: unknown) => Item): readonly Item[] {
		const value = this.#values.get(field);
		if (!Array.isArray(value) || value.length < min || value.length > max) {
			throw new Malformed(`${field} is no list in bounds`);
		}
		return value.map((item: unknown) => read(item));
	}
}

/** The bytes of a decoded value. Throws Malformed unless it is a byte string within the span. */
export function boundedBytes(value: unknown, what: string, { min, max }: Span): Uint8Array {
	if (!(value instanceof Uint8Array) || value.length < min || value.length > max) {
		throw new Malformed(`${what} is no byte string in bounds`);
	}
	return value;
}

/** The one deterministic encoding (RFC 8949 section 4.2.1) of plain data. */
export function deterministic(value: unknown): Uint8Array<ArrayBuffer> {
	return new Uint8Array(encode(value, rfc8949EncodeOptions));
}

/** Whether two byte strings are equal. Not for secrets: it returns at the first difference. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
	if (a.length !== b.length) return false;
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
}

function parsed(bytes: Uint8Array): unknown {
	try {
		return decode(bytes, strictly);
	} catch {
		// Among others a RangeError: nesting deep enough to exhaust the stack.
		throw new Malformed('not CBOR in its strict form');
	}
}
