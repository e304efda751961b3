/**
 * Carries out a prune (design section 4) in two phases: first a head that no longer speaks of the stripes, which q
 * partners acknowledged; then signed orders to drop their blocks. Stripes less than half alive are stored anew
 * before. A crash between the phases leaves blocks that no record names: the next meeting drops them.
 */
import type { HeadSecrets } from './archive/head.ts';
import type { ChunkIndex, LivenessCount } from './archive/index.ts';
import { StageMeter } from './archive/progress.ts';
import {
	dropNumbers,
	forgetTreeChunks,
	markSnapshots,
	planPrune,
	type PrunePlan,
	type Repacking
} from './archive/prune.ts';
import { nextToRecode } from './archive/recoding.ts';
import { updateSegmentsForDrop } from './archive/segment-log.ts';
import { StripeWriter, type StripeSink } from './archive/stripe-writer.ts';
import { TreeReader, type FetchChunk } from './archive/tree-reader.ts';
import { defaultProfile } from './coding/profile.ts';
import type { CodingTools } from './coding/stripe.ts';
import type { PeerId, StripeId } from './identifiers.ts';
import type { Holdings } from './partners/holdings.ts';
import type { OwnHead } from './partners/own-head.ts';
import type { Clock, Geometry, RecordChange, Records } from './ports.ts';
import type { StripeRecord } from './records.ts';

export interface PruneTools {
	readonly tools: CodingTools;
	readonly clock: Clock;
	readonly records: Records;
	readonly index: ChunkIndex;
	readonly holdings: Holdings;
	readonly ownHead: OwnHead;
	readonly geometry: () => Geometry;
	readonly sink: StripeSink;
	readonly fetchChunk: FetchChunk;
	readonly signal: AbortSignal;
	/** Orders blocks dropped at a partner, if it can be reached now. */
	readonly drop: (partner: PeerId, shelfNumbers: readonly number[]) => Promise<void>;
}

/** Records that are removed at once. */
const batchStripes = 200;

export interface Pruned {
	/** Stripes that went. */
	readonly gone: number;
	/** Stripes that go as soon as what took their place is as safe. */
	readonly waiting: number;
}

/** To be run when no backup does. */
export async function prune(tools: PruneTools): Promise<Pruned> {
	const first = await plan(tools);
	const final = first.repack.length === 0 ? first : await repack(tools, first.repack);
	const gone = final.drop.length === 0 ? [] : await dropStripes(tools, final.drop);
	await forgetTreeChunks(tools.records, final, tools.ownHead.secrets.index);
	return { gone: gone.length, waiting: final.waiting.length };
}

/** Payload bytes that are stored again before the rounds look around. */
const recodeBytesMax = 16 * 1024 * 1024;

/**
 * Stores a part of what lies in an outdated code again, the newest snapshot first; at last the index. What was stored
 * again is dropped by prune, and not before its successor is as safe. False when there is nothing to do. To be
 * run when no backup does.
 */
export async function recode(
	tools: PruneTools,
	outdated: (code: Pick<Geometry, 'm' | 'k'>) => boolean
): Promise<boolean> {
	const { index, ownHead } = tools;
	if (![...index.stripes()].some(({ geometry }) => outdated(geometry))) return false;
	const { snapshots } = ownHead.secrets;
	const count = async (kept: typeof snapshots): Promise<LivenessCount> => {
		const live = index.liveness();
		await markSnapshots(live, readerOf(tools), kept);
		return live;
	};
	const [newest, all] = [await count(snapshots.slice(-1)), await count(snapshots)];
	const next = nextToRecode(newest, all, outdated, recodeBytesMax);
	if (next.length > 0) {
		await storeAgain(tools, next);
		return true;
	}
	return recodeIndex(tools, outdated);
}

/** Writes the whole index anew where a part of it lies in an outdated code; the head leads to the new one only. */
async function recodeIndex(
	tools: PruneTools,
	outdated: (code: Pick<Geometry, 'm' | 'k'>) => boolean
): Promise<boolean> {
	const { records, index, ownHead, signal } = tools;
	const before = [...new Set(ownHead.secrets.index.flat().map(({ stripe }) => stripe))];
	const old = before.filter((id) => {
		const stripe = index.stripe(id);
		return stripe !== undefined && outdated(stripe.geometry);
	});
	if (old.length === 0) return false;
	const writer = writerOf(tools);
	const again = {
		put: async (content: Uint8Array) => ({ chunk: await writer.putAgain(content), fresh: true }),
		flush: () => writer.flush()
	};
	const log = { reader: readerOf(tools), writer: again, records, index };
	const { segments } = await updateSegmentsForDrop(log, [], before);
	await ownHead.commit((secrets): HeadSecrets => ({ ...secrets, index: segments }), signal);
	return true;
}

function plan(tools: PruneTools): Promise<PrunePlan> {
	const { snapshots, index: segments } = tools.ownHead.secrets;
	const isAsSafe = (stripe: StripeId, as: StripeId): boolean =>
		survives(tools.holdings, stripe) >= survives(tools.holdings, as) || isWhole(tools, stripe);
	const reader = readerOf(tools);
	return planPrune({ index: tools.index, reader, kept: snapshots, segments, isAsSafe });
}

/** Losses that a stripe survives as it is held now. */
function survives(holdings: Holdings, stripe: StripeId): number {
	const holding = holdings.get(stripe);
	if (holding === undefined) return -1;
	return holding.holders.filter((holder) => holder !== undefined).length - holding.geometry.m;
}

function isWhole({ holdings }: PruneTools, stripe: StripeId): boolean {
	return holdings.get(stripe)?.holders.includes(undefined) === false;
}

function readerOf({ tools, records, index, fetchChunk }: PruneTools): TreeReader {
	return new TreeReader({ tools, records, index, fetchChunk });
}

function writerOf(tools: PruneTools): StripeWriter {
	return new StripeWriter({
		...tools,
		profile: defaultProfile,
		meter: new StageMeter(tools.clock)
	});
}

/** Stores what lives in dying stripes once more; the next plan can then drop them. */
async function repack(tools: PruneTools, dying: readonly Repacking[]): Promise<PrunePlan> {
	await storeAgain(tools, dying);
	return plan(tools);
}

async function storeAgain(tools: PruneTools, dying: readonly Repacking[]): Promise<void> {
	const writer = writerOf(tools);
	for (const { chunks } of dying) {
		for (const chunk of chunks) {
			tools.signal.throwIfAborted();
			const location = tools.index.locate(chunk);
			if (location !== undefined) await writer.putAgain(await tools.fetchChunk(location));
		}
	}
	await writer.flush();
}

async function dropStripes(
	tools: PruneTools,
	dropping: readonly StripeId[]
): Promise<readonly StripeId[]> {
	const { ownHead, records, index, signal } = tools;
	const { segments, dropped } = await updateSegmentsForDrop(
		{ reader: readerOf(tools), writer: writerOf(tools), records, index },
		ownHead.secrets.index,
		dropping
	);
	const change = (secrets: HeadSecrets): HeadSecrets => ({ ...secrets, index: segments });
	await ownHead.commit(change, signal);
	const gone = await forgetStripes(tools, dropped);
	for (const [partner, numbers] of dropNumbers(gone)) await tools.drop(partner, numbers);
	return dropped;
}

/** The records first: what no record names is dropped at the next meeting at the latest. */
async function forgetStripes(
	{ records, index, holdings }: PruneTools,
	dropped: readonly StripeId[]
): Promise<readonly StripeRecord[]> {
	const gone: StripeRecord[] = [];
	for (let at = 0; at < dropped.length; at += batchStripes) {
		const ids = dropped.slice(at, at + batchStripes);
		const found = await Promise.all(ids.map((id) => records.get('stripes', id)));
		gone.push(...found.filter((record) => record !== undefined));
		await records.write(ids.map((key): RecordChange => ({ table: 'stripes', key, remove: true })));
		for (const id of ids) {
			index.remove(id);
			holdings.forget(id);
		}
	}
	return gone;
}
