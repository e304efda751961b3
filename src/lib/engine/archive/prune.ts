/**
 * Which stripes are needed no more (design section 4, prune): everything that the kept snapshots refer to is
 * marked, and the rest may go. Carrying it out is the peer's, in this order, while no backup runs: store the live
 * chunks of the stripes to repack again (`StripeWriter.putAgain`) and plan once more; write segments that tell
 * the stripes to be gone (`updateSegmentsForDrop`); commit a head with the kept snapshots and these segments;
 * remove the stripes from index and records; only then send the drop orders. A backup must never again refer
 * to a stripe that a partner may have dropped, whenever the machine dies.
 */
import type { ChunkId, PeerId, StripeId } from '../identifiers.ts';
import type { RecordChange, Records } from '../ports.ts';
import type { StripeRecord } from '../records.ts';
import type { SnapshotEntry } from './head.ts';
import type { ChunkIndex, Liveness, LivenessCount } from './index.ts';
import type { SegmentLocations } from './segment-log.ts';
import type { TreeReader } from './tree-reader.ts';

export interface PruneContext {
	readonly index: ChunkIndex;
	readonly reader: Pick<TreeReader, 'entries'>;
	/** Those that stay, in the order in which they were committed. */
	readonly kept: readonly SnapshotEntry[];
	/** The index segments of the newest head. */
	readonly segments: readonly SegmentLocations[];
	/**
	 * Whether a stripe is as safe as another that its chunks were stored in before: only then may the older one go. Always,
	 * when it is not given.
	 */
	readonly isAsSafe?: (stripe: StripeId, as: StripeId) => boolean;
}

/** A stripe whose live chunks are to be stored again (`StripeWriter.putAgain`), after which it can go. */
export interface Repacking {
	readonly stripe: StripeId;
	/** In the order of its payload. */
	readonly chunks: readonly ChunkId[];
}

export interface PrunePlan {
	/** Stripes that nothing needs. */
	readonly drop: readonly StripeId[];
	/** Stripes that nothing needs as soon as what took their place is as safe. */
	readonly waiting: readonly StripeId[];
	/** Stripes less than half alive. Plan again when their chunks are stored elsewhere. */
	readonly repack: readonly Repacking[];
	/** The chunks of the kept snapshots' trees, which stay in the local cache. */
	readonly treeChunks: ReadonlySet<ChunkId>;
	/** Chunks that kept snapshots need and no known stripe has. */
	readonly lostChunks: number;
}

/**
 * Rejects as the reader does when a kept tree cannot be read: on half the knowledge nothing is dropped. Stripes
 * stored after the newest kept snapshot stay: an interrupted backup left them, and the next one adopts them.
 */
export async function planPrune(context: PruneContext): Promise<PrunePlan> {
	const { index, reader, kept, segments } = context;
	const live = index.liveness();
	const marked = await markSnapshots(live, reader, kept);
	const segmentStripes = new Set<StripeId>();
	for (const { stripe, place } of segments.flat()) {
		segmentStripes.add(stripe);
		live.mark(place.chunk);
	}
	const newestAt = kept.at(-1)?.at ?? -Infinity;
	const drop: StripeId[] = [];
	const waiting: StripeId[] = [];
	const repack: Repacking[] = [];
	for (const each of live.read()) {
		const { id, storedAt } = each.stripe;
		// The head tells where the segments lie: their stripes stay as they are.
		if (segmentStripes.has(id) || storedAt > newestAt) continue;
		const fate = fateOf(each);
		if (fate === 'drop') (isReplaced(id, live, context) ? drop : waiting).push(id);
		if (fate === 'repack') repack.push({ stripe: id, chunks: live.chunksOf(id) });
	}
	return { drop, waiting, repack, ...marked };
}

/** Whether every chunk that is still needed lies in another stripe that is as safe. */
function isReplaced(
	id: StripeId,
	live: LivenessCount,
	{ index, isAsSafe }: Pick<PruneContext, 'index' | 'isAsSafe'>
): boolean {
	if (isAsSafe === undefined) return true;
	return index.chunksOf(id).every((chunk) => {
		const elsewhere = live.markedIn(chunk);
		return elsewhere === undefined || elsewhere === id || isAsSafe(elsewhere, id);
	});
}

/** What becomes of a stripe with so much life in it. */
export function fateOf({ stripe, liveBytes }: Liveness): 'keep' | 'repack' | 'drop' {
	if (liveBytes === 0) return 'drop';
	return 2 * liveBytes < stripe.sealedBytes ? 'repack' : 'keep';
}

/** For each partner the shelf numbers that a drop order names, ascending: all blocks of these stripes there. */
export function dropNumbers(
	dropped: readonly Pick<StripeRecord, 'holders' | 'spares'>[]
): ReadonlyMap<PeerId, readonly number[]> {
	const numbers = new Map<PeerId, number[]>();
	for (const holder of dropped.flatMap(({ holders, spares = [] }) => [...holders, ...spares])) {
		if (holder === undefined) continue;
		const ofPartner = numbers.get(holder.partner) ?? [];
		ofPartner.push(holder.number);
		numbers.set(holder.partner, ofPartner);
	}
	for (const ofPartner of numbers.values()) ofPartner.sort((a, b) => a - b);
	return new Map([...numbers].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Tree chunks may be near 1 MiB each. */
const treeChunksPerScan = 16;

/** Removes what the local cache of tree chunks need not keep, with the index segments that the new head lists. */
export async function forgetTreeChunks(
	records: Pick<Records, 'scan' | 'write'>,
	plan: Pick<PrunePlan, 'treeChunks'>,
	segments: readonly SegmentLocations[]
): Promise<void> {
	const needed = new Set(plan.treeChunks);
	for (const { place } of segments.flat()) needed.add(place.chunk);
	for (let from = ''; ;) {
		const page = await records.scan('treeChunks', { from, limit: treeChunksPerScan });
		const stale = page.filter(([key]) => !needed.has(key as ChunkId));
		const changes = stale.map(([key]): RecordChange => ({
			table: 'treeChunks',
			key,
			remove: true
		}));
		if (changes.length > 0) await records.write(changes);
		const last = page.at(-1);
		if (last === undefined || page.length < treeChunksPerScan) return;
		from = `${last[0]}\0`;
	}
}

interface Marked {
	readonly treeChunks: ReadonlySet<ChunkId>;
	readonly lostChunks: number;
}

/** Marks everything below the snapshots. A subtree that they share is walked once. */
export async function markSnapshots(
	live: LivenessCount,
	reader: Pick<TreeReader, 'entries'>,
	snapshots: readonly SnapshotEntry[]
): Promise<Marked> {
	const treeChunks = new Set<ChunkId>();
	const walked = new Set<string>();
	const lost = new Set<ChunkId>();
	const mark = (chunk: ChunkId): void => {
		if (live.mark(chunk) === 'unknown') lost.add(chunk);
	};
	const waiting = snapshots.map((snapshot) => snapshot.tree);
	for (let tree = waiting.pop(); tree !== undefined; tree = waiting.pop()) {
		const key = tree.join();
		if (walked.has(key)) continue;
		walked.add(key);
		for (const chunk of tree) {
			mark(chunk);
			treeChunks.add(chunk);
		}
		for (const entry of await reader.entries(tree)) {
			if (entry.kind === 'directory') waiting.push(entry.chunks);
			else for (const chunk of entry.chunks) mark(chunk);
		}
	}
	return { treeChunks, lostChunks: lost.size };
}
