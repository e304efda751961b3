import type { ChunkPlace } from '../coding/contents.ts';
import type { CodingProfile } from '../coding/profile.ts';
import type {
	AgreementId,
	ChunkId,
	InstanceId,
	PeerId,
	SnapshotId,
	StripeId
} from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { HeldBlock, Random } from '../ports.ts';

export interface ShelfState {
	readonly partner: PeerId;
	readonly version: number;
	readonly nextNumber: number;
	readonly liveCount: number;
	readonly liveBytes: number;
	readonly liveHash: Uint8Array;
	/** Half-open, ascending, disjoint: numbers with from <= number < to are gone. */
	readonly dropped: readonly (readonly [from: number, to: number])[];
}
export interface SignedShelfState {
	readonly state: ShelfState;
	readonly ownerSignature: Uint8Array;
	readonly partnerSignature?: Uint8Array;
}
export interface PartnerEntry {
	readonly peer: PeerId;
	readonly agreement: AgreementId;
	readonly shelf?: SignedShelfState;
}
export interface ChunkLocation {
	readonly stripe: StripeId;
	readonly profile: CodingProfile;
	readonly place: ChunkPlace;
}
export interface SnapshotEntry {
	readonly id: SnapshotId;
	readonly at: number;
	readonly kind: 'complete' | 'checkpoint';
	readonly tree: readonly ChunkId[];
	readonly files: number;
	readonly bytes: number;
	readonly leftOut: number;
}
export interface HeadSecrets {
	readonly snapshots: readonly SnapshotEntry[];
	readonly index: readonly (readonly ChunkLocation[])[];
	readonly brokers: readonly string[];
	readonly circles: readonly { readonly name: string; readonly secret: Uint8Array }[];
	readonly geometry: { readonly m: number; readonly k: number };
}
export interface Head {
	readonly owner: PeerId;
	readonly epoch: number;
	readonly version: number;
	readonly instance: InstanceId;
	readonly createdAt: number;
	readonly partners: readonly PartnerEntry[];
}
export const headBytesMax = 1024 * 1024;
export function encodeHead(
	_keyring: Keyring,
	_random: Random,
	_head: Head,
	_secrets: HeadSecrets
): Uint8Array {
	throw new Error('to be written');
}
export function readHead(_bytes: Uint8Array): Head {
	throw new Error('to be written');
}
export function openHead(
	_keyring: Keyring,
	_bytes: Uint8Array
): { head: Head; secrets: HeadSecrets } {
	throw new Error('to be written');
}
type HeadOrder = Pick<Head, 'epoch' | 'version' | 'instance'>;
export function compareHeads(_a: HeadOrder, _b: HeadOrder): number {
	throw new Error('to be written');
}
export function encodeShelfState(_state: ShelfState): Uint8Array {
	throw new Error('to be written');
}
export function decodeShelfState(_bytes: Uint8Array): ShelfState {
	throw new Error('to be written');
}
export function encodeSignedShelf(_shelf: SignedShelfState): Uint8Array {
	throw new Error('to be written');
}
export function decodeSignedShelf(_bytes: Uint8Array): SignedShelfState {
	throw new Error('to be written');
}
export function signShelfState(
	_identity: Uint8Array,
	_owner: PeerId,
	_state: ShelfState
): Uint8Array {
	throw new Error('to be written');
}
export function verifyShelfSignature(_signed: {
	readonly signer: 'owner' | 'partner';
	readonly owner: PeerId;
	readonly state: ShelfState;
	readonly signature: Uint8Array;
}): boolean {
	throw new Error('to be written');
}
export type LiveBlock = Pick<HeldBlock, 'number' | 'stripe' | 'position' | 'bytes'>;
export function liveHashOf(_entries: Iterable<LiveBlock>): Uint8Array {
	throw new Error('to be written');
}
