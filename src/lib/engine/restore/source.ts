/** Everything that a restore reads from, put together: from a head and partners alone, or from this peer's records. */
import type { ChunkIndex } from '../archive/index.ts';
import type { SnapshotEntry } from '../archive/head.ts';
import type { SegmentEntry } from '../archive/segment.ts';
import type { CodingTools } from '../coding/tools.ts';
import type { PeerId } from '../identifiers.ts';
import type { Clock, Geometry } from '../ports.ts';
import { BlockSource } from './block-source.ts';
import { SnapshotBrowser } from './browse.ts';
import { ChunkSource } from './chunk-source.ts';
import type { ChosenHead } from './head-choice.ts';
import type { Holders } from './holders.ts';
import { type IndexProgress, readIndex } from './index-source.ts';
import { settleMs } from './limits.ts';
import { Shelves, type StripePlaces } from './shelves.ts';
import { StripeCache } from './stripe-cache.ts';

export interface RestoreSource {
	readonly clock: Clock;
	readonly blocks: BlockSource;
	readonly chunks: ChunkSource;
	readonly index: Pick<ChunkIndex, 'stripe'>;
	readonly browser: SnapshotBrowser;
	/** Segments of the index that were lost, and stripes that could not be looked into instead. */
	readonly lostSegments: number;
	readonly lostStripes: number;
	/** Partners that the head names and that cannot be reached now. */
	missingPartners(): readonly PeerId[];
	/** Stops listening to partners. */
	close(): void;
}

interface SourceTools {
	readonly tools: Pick<CodingTools, 'keyring' | 'ciphers' | 'coder' | 'compressor'>;
	readonly clock: Clock;
	readonly holders: Holders;
}

export interface SourceFromPartnersOptions extends SourceTools {
	readonly head: ChosenHead;
	readonly signal?: AbortSignal;
	readonly progress?: (progress: IndexProgress) => void;
	/** Hears of every stripe of the index. */
	readonly onStripe?: (entry: SegmentEntry) => void;
}

/**
 * Lists the shelves of all reachable partners and reads the index from the head's segments. Partners that come later
 * are listed as they come. Rejects only with the signal's reason.
 */
export async function sourceFromPartners({
	head: { head, secrets },
	signal,
	progress,
	onStripe,
	...tools
}: SourceFromPartnersOptions): Promise<RestoreSource> {
	const { geometry: usual, index: segments, snapshots } = secrets;
	const shelves = new Shelves(tools.holders);
	shelves.start();
	const places = shelves.map;
	const blocks = new BlockSource({ ...tools, places, usual, purpose: 'restore' });
	const cache = new StripeCache(blocks);
	const close = (): void => {
		shelves.stop();
		blocks.close();
	};
	try {
		await shelves.settled(tools.clock, settleMs);
		const { index, ...losses } = await readIndex({
			tools: tools.tools,
			blocks,
			cache,
			segments,
			stripes: () => places.stripes(),
			...(signal === undefined ? {} : { signal }),
			...(progress === undefined ? {} : { progress }),
			...(onStripe === undefined ? {} : { onStripe })
		});
		const partners = head.partners.map(({ peer }) => peer);
		return {
			...assemble({ ...tools, blocks, cache, index, snapshots, partners }),
			...losses,
			close
		};
	} catch (error) {
		close();
		throw error;
	}
}

export interface SourceFromRecordsOptions extends SourceTools {
	readonly index: ChunkIndex;
	readonly places: StripePlaces;
	readonly snapshots: readonly SnapshotEntry[];
	readonly partners: readonly PeerId[];
	readonly usual: Pick<Geometry, 'm' | 'k'>;
}

/** A source on the machine that made the backup: index and places are known (see `recordedPlaces`). */
export function sourceFromRecords(options: SourceFromRecordsOptions): RestoreSource {
	const { tools, clock, holders, places, usual } = options;
	const blocks = new BlockSource({
		tools,
		clock,
		holders,
		places,
		usual,
		purpose: 'restore'
	});
	return {
		...assemble({ ...options, blocks, cache: new StripeCache(blocks) }),
		lostSegments: 0,
		lostStripes: 0,
		close: () => {
			blocks.close();
		}
	};
}

interface Parts extends SourceTools {
	readonly blocks: BlockSource;
	readonly cache: StripeCache;
	readonly index: ChunkIndex;
	readonly snapshots: readonly SnapshotEntry[];
	readonly partners: readonly PeerId[];
}

function assemble({
	tools,
	clock,
	holders,
	blocks,
	cache,
	index,
	snapshots,
	partners
}: Parts): Omit<RestoreSource, 'lostSegments' | 'lostStripes' | 'close'> {
	const chunks = new ChunkSource({ tools, index, blocks, stripes: cache });
	return {
		clock,
		blocks,
		chunks,
		index,
		browser: new SnapshotBrowser(snapshots, chunks),
		missingPartners: () => {
			const reachable = new Set(holders.lines().map(({ peer }) => peer));
			return partners.filter((peer) => !reachable.has(peer));
		}
	};
}
