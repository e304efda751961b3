import type { PeerId } from '../../engine/identifiers.ts';
import type { HeldBlock } from '../../engine/ports.ts';
import type { HeldBlockKey, HeldBlockRow } from '../indexeddb/schema.ts';
import type { IndexedBlock } from './block-index.ts';
import type { Job } from './job-queue.ts';
import { groupBlocksMax } from './limits.ts';
import type { Place } from './space.ts';

export interface Put {
	readonly kind: 'put';
	readonly block: HeldBlock;
	readonly record: Uint8Array;
}

export interface Delete {
	readonly kind: 'delete';
	readonly owner: PeerId;
	readonly numbers: readonly number[];
}

export type Task = Put | Delete;

/** A put that has its place. */
export interface Placed {
	readonly job: Job<Put>;
	readonly place: Place;
}

/** Puts of different numbers share a group, and so do deletes. */
export function joins(group: readonly Task[], next: Task): boolean {
	if (group.length >= groupBlocksMax) return false;
	if (next.kind === 'delete') return group.every((task) => task.kind === 'delete');
	const { owner, number } = next.block;
	return group.every(
		(task) => task.kind === 'put' && (task.block.number !== number || task.block.owner !== owner)
	);
}

export function isPut(job: Job<Task>): job is Job<Put> {
	return job.task.kind === 'put';
}

export function keyOf(block: HeldBlock): HeldBlockKey {
	return [block.owner, block.number];
}

export function placeOf(row: HeldBlockRow): Place {
	return { pack: row.pack, offset: row.offset, length: row.bytes };
}

export function placesOf(puts: readonly Placed[]): readonly Place[] {
	return puts.map(({ place }) => place);
}

export function indexed({ job, place }: Placed): IndexedBlock {
	const { block, record } = job.task;
	const { stripe, position } = block;
	const row = { pack: place.pack, offset: place.offset, bytes: record.length, stripe, position };
	return { key: keyOf(block), row };
}

/** Whether a record of `bytes` bytes has these. */
export function isWithin(bytes: number, offset: number, length: number): boolean {
	return offset >= 0 && length > 0 && offset + length <= bytes;
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
	return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
