import type { ChunkId, StripeId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Ciphers, Coder, CompressionMethod, Compressor, Geometry, Random } from '../ports.ts';
import type { ChunkPlace, StripeContents } from './contents.ts';
import type { CodingProfile } from './profile.ts';

export interface CodingTools {
	readonly keyring: Keyring;
	readonly ciphers: Ciphers;
	readonly coder: Coder;
	readonly compressor: Compressor;
	readonly random: Random;
}
export interface PackedChunk {
	readonly chunk: ChunkId;
	readonly rawBytes: number;
	readonly method: CompressionMethod;
	readonly bytes: Uint8Array;
}
export interface CodedStripe {
	readonly contents: StripeContents;
	readonly geometry: Geometry;
	readonly payloadHash: Uint8Array;
	readonly blocks: readonly Uint8Array[];
}
export class StripeBuilder {
	readonly stripe: StripeId;
	constructor(_tools: CodingTools, _profile: CodingProfile, _geometry: Geometry) {
		this.stripe = '' as StripeId;
	}
	get chunkCount(): number {
		return 0;
	}
	add(_chunk: PackedChunk): Promise<ChunkPlace | undefined> {
		return Promise.reject(new Error('to be written'));
	}
	finish(): Promise<CodedStripe> {
		return Promise.reject(new Error('to be written'));
	}
}
export function openPayload(
	_tools: CodingTools,
	_geometry: Geometry,
	_stripe: StripeId,
	_payload: Uint8Array
): Promise<StripeContents> {
	return Promise.reject(new Error('to be written'));
}
export function openChunk(
	_tools: CodingTools,
	_contents: Pick<StripeContents, 'stripe' | 'profile'>,
	_place: ChunkPlace,
	_sealed: Uint8Array
): Promise<Uint8Array> {
	return Promise.reject(new Error('to be written'));
}
export function chunkIdOf(
	_tools: Pick<CodingTools, 'keyring' | 'ciphers'>,
	_content: Uint8Array
): Promise<ChunkId> {
	return Promise.reject(new Error('to be written'));
}
