/**
 * What becomes of blocks whose agreement holds no more (design section 5: an owner whose machine died). While one holds,
 * only the owner's orders delete anything. Pure.
 */
import type { AgreementRecord } from '../records.ts';

/** An owner whose machine died has so long to come back with its words, whatever space is wanted: 60 days. */
export const silenceMs = 60 * 24 * 60 * 60_000;

/** 'delete': the owner said that it needs them no more. 'yield': they go when the space is needed. */
export type ShelfFate = 'keep' | 'yield' | 'delete';

/** Undefined is an owner of whom nothing is known but its blocks: it is kept as one that fell silent now. */
export function fateOfShelf(record: AgreementRecord | undefined, now: number): ShelfFate {
	if (record?.state !== 'ended') return 'keep';
	if (record.released === true) return 'delete';
	const silentSince = Math.max(record.endedAt ?? now, record.lastSeenAt ?? 0);
	return now - silentSince >= silenceMs ? 'yield' : 'keep';
}
