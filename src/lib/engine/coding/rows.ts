/**
 * Small signed or sealed documents as rows: CBOR arrays (RFC 8949, deterministic encoding) whose
 * fields are told by their position. Rejected: maps, whose keys would cost more than most values
 * here and could repeat or be disordered. Reading is strict: what is not the one encoding of its
 * values does not verify anywhere.
 */
import { equalBytes } from '@noble/ciphers/utils.js';
import { decode, encode, rfc8949EncodeOptions } from 'cborg';
import { Malformed } from '../failures.ts';

export type RowValue = number | string | Uint8Array | null | Row;
export type Row = readonly RowValue[];

const strictly = {
	allowBigInt: false,
	allowIndefinite: false,
	allowInfinity: false,
	allowNaN: false,
	allowUndefined: false,
	rejectDuplicateMapKeys: true,
	strict: true
};

export function encodeRow(row: Row): Uint8Array<ArrayBuffer> {
	return new Uint8Array(encode(row, rfc8949EncodeOptions));
}

/** Reads one row, field by field. Everything unexpected throws Malformed. */
export class RowReader {
	readonly #values: readonly unknown[];
	readonly #what: string;
	#at = 0;

	private constructor(value: unknown, what: string) {
		if (!Array.isArray(value)) throw new Malformed(`${what} is not a row`);
		this.#values = value;
		this.#what = what;
	}

	/** The row that takes exactly these bytes, at most `bytesMax`. */
	static parse(bytes: Uint8Array, bytesMax: number, what: string): RowReader {
		if (bytes.length > bytesMax) throw new Malformed(`${what} of ${bytes.length} bytes`);
		return new RowReader(decodeStrictly(bytes, what), what);
	}

	/** A whole number, 0 unless another minimum is given, up to and including `max`. */
	whole(max: number, min = 0): number {
		const value = this.#next();
		if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < min || value > max) {
			throw this.#unexpected(`a whole number from ${min} to ${max}`);
		}
		return value;
	}

	/** One of a few numbers that stand for names. */
	name<Name extends string>(names: readonly Name[]): Name {
		const name = names[this.whole(names.length - 1)];
		if (name === undefined) throw this.#unexpected('a known name');
		return name;
	}

	/** A byte string of `min` to `max` bytes; of exactly `max` where no minimum is given. */
	bytes(max: number, min = max): Uint8Array<ArrayBuffer> {
		const value = this.#next();
		if (!(value instanceof Uint8Array) || value.length < min || value.length > max) {
			throw this.#unexpected(`${min} to ${max} bytes`);
		}
		return new Uint8Array(value);
	}

	/** A text of at most `lengthMax` UTF-16 code units. */
	text(lengthMax: number): string {
		const value = this.#next();
		if (typeof value !== 'string' || value.length > lengthMax) {
			throw this.#unexpected(`a text of at most ${lengthMax}`);
		}
		return value;
	}

	row<Result>(read: (row: RowReader) => Result): Result {
		return this.#read(this.#next(), read);
	}

	/** A row, or null for nothing. */
	optional<Result>(read: (row: RowReader) => Result): Result | undefined {
		const value = this.#next();
		return value === null ? undefined : this.#read(value, read);
	}

	/** A list of at most `countMax` rows. */
	rows<Result>(countMax: number, read: (row: RowReader) => Result): Result[] {
		return this.#list(countMax).map((value) => this.#read(value, read));
	}

	/** A list of at most `countMax` single values, each read by one call. */
	each<Result>(countMax: number, read: (list: RowReader) => Result): Result[] {
		const list = new RowReader(this.#list(countMax), this.#what);
		const results = list.#values.map(() => read(list));
		list.end();
		return results;
	}

	/** Requires that every field was read. */
	end(): void {
		if (this.#at !== this.#values.length) {
			throw new Malformed(`${this.#what}: ${this.#values.length} fields, not ${this.#at}`);
		}
	}

	#read<Result>(value: unknown, read: (row: RowReader) => Result): Result {
		const row = new RowReader(value, this.#what);
		const result = read(row);
		row.end();
		return result;
	}

	#list(countMax: number): readonly unknown[] {
		const value = this.#next();
		if (!Array.isArray(value) || value.length > countMax) {
			throw this.#unexpected(`a list of at most ${countMax}`);
		}
		return value;
	}

	#next(): unknown {
		if (this.#at >= this.#values.length) throw this.#unexpected('one field more');
		return this.#values[this.#at++];
	}

	#unexpected(wanted: string): Malformed {
		return new Malformed(`${this.#what}: field ${this.#at} must be ${wanted}`);
	}
}

/** Encoding again is the only check that also finds long floats and broken UTF-8. */
function decodeStrictly(bytes: Uint8Array, what: string): unknown {
	let value: unknown;
	let again: Uint8Array;
	try {
		value = decode(bytes, strictly);
		again = encode(value, rfc8949EncodeOptions);
	} catch (cause) {
		// Also when absurd nesting exhausts the stack: the bytes are at fault in every case.
		throw new Malformed(`${what}: ${cause instanceof Error ? cause.message : 'not CBOR'}`);
	}
	if (!equalBytes(bytes, again)) throw new Malformed(`${what}: not deterministic CBOR`);
	return value;
}
