import type { PeerId, StripeId } from '../identifiers.ts';
import type { Geometry } from '../ports.ts';
import type { CodingTools } from './stripe.ts';

export interface BlockHeader {
	readonly owner: PeerId;
	readonly partner: PeerId;
	readonly stripe: StripeId;
	readonly position: number;
	readonly number: number;
	readonly geometry: Geometry;
	readonly salt: Uint8Array;
	readonly proofTags: 'absent' | 'written';
}
export interface ExpectedBlock {
	readonly owner: PeerId;
	readonly partner: PeerId;
	readonly stripe: StripeId;
	readonly position: number;
	readonly number?: number;
}
export const recordBytesMax = 1024 * 1024 + 32768;
export function proofTagBytes(_recordBytes: number): number {
	throw new Error('to be written');
}
export function sealBlock(
	_tools: Pick<CodingTools, 'keyring' | 'ciphers' | 'random'>,
	_header: Omit<BlockHeader, 'salt' | 'proofTags'>,
	_block: Uint8Array
): Promise<Uint8Array> {
	return Promise.reject(new Error('to be written'));
}
export function readBlockHeader(_record: Uint8Array): BlockHeader {
	throw new Error('to be written');
}
export function openBlock(
	_tools: Pick<CodingTools, 'keyring' | 'ciphers'>,
	_expected: ExpectedBlock,
	_record: Uint8Array
): Promise<{ header: BlockHeader; block: Uint8Array } | undefined> {
	return Promise.reject(new Error('to be written'));
}
