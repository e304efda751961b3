/**
 * The only way a block is ever deleted while its agreement holds: an order that names the shelf numbers,
 * versioned and signed by the owner (docs/protocol/hosting.md). A partner carries out each version once.
 */
import { decode, encode } from 'cborg';
import { Malformed } from '../failures.ts';
import { bytesOf, nameOf, type PeerId } from '../identifiers.ts';

export interface DropOrder {
	readonly owner: PeerId;
	readonly partner: PeerId;
	/** Higher than that of every order before. */
	readonly version: number;
	readonly numbers: readonly number[];
}

/** Numbers in one order, so that it fits one frame: 4,096 of at most 9 bytes. */
export const dropNumbersMax = 4096;
const orderBytesMax = dropNumbersMax * 9 + 256;

export function encodeDropOrder(order: DropOrder): Uint8Array {
	return encode([
		1,
		bytesOf(order.owner),
		bytesOf(order.partner),
		order.version,
		[...order.numbers]
	]);
}

/** @throws Malformed */
export function decodeDropOrder(bytes: Uint8Array): DropOrder {
	if (bytes.length > orderBytesMax) throw new Malformed('drop order too long');
	let value: unknown;
	try {
		value = decode(bytes, { strict: true, allowIndefinite: false, allowUndefined: false });
	} catch (error) {
		throw new Malformed(`drop order: ${String(error)}`);
	}
	if (!Array.isArray(value) || value.length !== 5) throw new Malformed('drop order fields');
	const [format, owner, partner, version, numbers] = value as readonly unknown[];
	if (format !== 1) throw new Malformed('drop order of another version');
	if (!isPeer(owner) || !isPeer(partner)) throw new Malformed('drop order without its peers');
	if (!isCount(version)) throw new Malformed('drop order without a version');
	if (!Array.isArray(numbers) || numbers.length > dropNumbersMax || !numbers.every(isCount)) {
		throw new Malformed('drop order without numbers');
	}
	return {
		owner: nameOf<PeerId>(owner),
		partner: nameOf<PeerId>(partner),
		version,
		numbers
	};
}

function isPeer(value: unknown): value is Uint8Array {
	return value instanceof Uint8Array && value.length === 32;
}

function isCount(value: unknown): value is number {
	return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
