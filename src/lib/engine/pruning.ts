/**
 * Carries out a prune (design section 4) in two phases: first a head that no longer speaks of the stripes, which q
 * partners acknowledged; then signed orders to drop their blocks. Stripes less than half alive are stored anew
 * before. A crash between the phases leaves blocks that no record names: the next meeting drops them.
 */
import type { HeadSecrets } from './archive/head.ts';
import type { ChunkIndex } from './archive/index.ts';
import { StageMeter } from './archive/progress.ts';
import { dropNumbers, forgetTreeChunks, planPrune, type PrunePlan } from './archive/prune.ts';
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

/** Resolves to the number of stripes that went. To be run when no backup does. */
export async function prune(tools: PruneTools): Promise<number> {
	const first = await plan(tools);
	const final = first.repack.length === 0 ? first : await repack(tools, first);
	const gone = final.drop.length === 0 ? [] : await dropStripes(tools, final.drop);
	await forgetTreeChunks(tools.records, final, tools.ownHead.secrets.index);
	return gone.length;
}

function plan(tools: PruneTools): Promise<PrunePlan> {
	const { snapshots, index: segments } = tools.ownHead.secrets;
	return planPrune({ index: tools.index, reader: readerOf(tools), kept: snapshots, segments });
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
async function repack(tools: PruneTools, { repack: dying }: PrunePlan): Promise<PrunePlan> {
	const writer = writerOf(tools);
	for (const { chunks } of dying) {
		for (const chunk of chunks) {
			tools.signal.throwIfAborted();
			const location = tools.index.locate(chunk);
			if (location !== undefined) await writer.putAgain(await tools.fetchChunk(location));
		}
	}
	await writer.flush();
	return plan(tools);
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
