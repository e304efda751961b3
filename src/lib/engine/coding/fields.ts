/**
 * Fixed binary formats, field by field: big-endian integers and byte strings of known length. A
 * format is written and read by the same sequence of calls, so that encode and decode can be
 * compared line by line.
 */
import { Malformed } from '../failures.ts';

/** Fills exactly `length` bytes. A wrong count is a mistake of ours and throws RangeError. */
export class FieldWriter {
	readonly #bytes: Uint8Array<ArrayBuffer>;
	readonly #view: DataView;
	#at = 0;

	constructor(length: number) {
		this.#bytes = new Uint8Array(length);
		this.#view = new DataView(this.#bytes.buffer);
	}

	u8(value: number): this {
		this.#view.setUint8(this.#step(1), checked(value, 0xff));
		return this;
	}

	u32(value: number): this {
		this.#view.setUint32(this.#step(4), checked(value, 0xffff_ffff));
		return this;
	}

	u48(value: number): this {
		const whole = checked(value, 2 ** 48 - 1);
		const at = this.#step(6);
		this.#view.setUint16(at, Math.floor(whole / 2 ** 32));
		this.#view.setUint32(at + 2, whole % 2 ** 32);
		return this;
	}

	/** A byte string whose length the format fixes. */
	bytes(value: Uint8Array, length: number): this {
		if (value.length !== length) throw new RangeError(`${length} bytes, not ${value.length}`);
		this.#bytes.set(value, this.#step(length));
		return this;
	}

	done(): Uint8Array<ArrayBuffer> {
		if (this.#at !== this.#bytes.length) throw new RangeError('the fields do not fill the length');
		return this.#bytes;
	}

	#step(length: number): number {
		const at = this.#at;
		this.#at += length;
		if (this.#at > this.#bytes.length) throw new RangeError('the fields exceed the length');
		return at;
	}
}

/** Reads what FieldWriter wrote. Everything that does not fit throws Malformed. */
export class FieldReader {
	readonly #bytes: Uint8Array;
	readonly #view: DataView;
	#at = 0;

	constructor(bytes: Uint8Array) {
		this.#bytes = bytes;
		this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	}

	u8(): number {
		return this.#view.getUint8(this.#step(1));
	}

	u32(): number {
		return this.#view.getUint32(this.#step(4));
	}

	u48(): number {
		const at = this.#step(6);
		return this.#view.getUint16(at) * 2 ** 32 + this.#view.getUint32(at + 2);
	}

	/** A view of the next bytes, not a copy. */
	view(length: number): Uint8Array {
		const at = this.#step(length);
		return this.#bytes.subarray(at, at + length);
	}

	/** A copy of the next bytes. */
	bytes(length: number): Uint8Array<ArrayBuffer> {
		return new Uint8Array(this.view(length));
	}

	/** Requires that nothing is left. */
	end(): void {
		const left = this.#bytes.length - this.#at;
		if (left !== 0) throw new Malformed(`${left} bytes too many`);
	}

	#step(length: number): number {
		const at = this.#at;
		if (at + length > this.#bytes.length) {
			throw new Malformed(`cut short: ${length} bytes wanted at ${at} of ${this.#bytes.length}`);
		}
		this.#at += length;
		return at;
	}
}

function checked(value: number, most: number): number {
	if (!Number.isSafeInteger(value) || value < 0 || value > most) {
		throw new RangeError(`${value} is not an integer from 0 to ${most}`);
	}
	return value;
}
