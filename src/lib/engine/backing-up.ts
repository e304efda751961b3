/** Backs this peer's folders up at its partners: what the pipeline in archive/ needs of the peer, and its commit. */
import { backUp, type BackupProgress, type BackupReport } from './archive/backup.ts';
import type { ChunkLocation, HeadSecrets, SnapshotEntry } from './archive/head.ts';
import type { ChunkIndex } from './archive/index.ts';
import { isOutdated } from './archive/recoding.ts';
import { defaultRetention, keptSnapshots } from './archive/retention.ts';
import { defaultProfile } from './coding/profile.ts';
import { openChunk, type CodingTools } from './coding/stripe.ts';
import type { Household } from './household.ts';
import { partnersMax } from './partners/agreements.ts';
import type { Distribution } from './partners/distribution.ts';
import { geometryForLifetimes } from './partners/durability.ts';
import type { Holdings } from './partners/holdings.ts';
import type { OwnHead } from './partners/own-head.ts';
import type { PlacementCandidate } from './partners/placement.ts';
import type { PeerId } from './identifiers.ts';
import type { Geometry, Ports } from './ports.ts';
import { prune, recode, type PruneTools } from './pruning.ts';
import type { BlockSource } from './restore/block-source.ts';

export interface BackingUpOptions {
	readonly ports: Ports;
	readonly tools: CodingTools;
	readonly household: Household;
	readonly index: ChunkIndex;
	readonly holdings: Holdings;
	readonly ownHead: OwnHead;
	readonly distribution: Distribution;
	readonly blockSource: BlockSource;
	readonly candidates: () => readonly PlacementCandidate[];
	/** How long partners last, as far as was measured. */
	readonly lifetimeMs: () => number;
	/** Asks the partners to countersign their shelves, for the head. */
	readonly signShelves: () => Promise<void>;
	/** Whether snapshots are being read: what a restore reads must stay. */
	readonly restoring: () => boolean;
	/** Orders blocks dropped at a partner, if it can be reached now. */
	readonly drop: (partner: PeerId, shelfNumbers: readonly number[]) => Promise<void>;
}

/** What came of storing a part of the old stripes again. */
export type Recoded = 'stored' | 'waiting' | 'nothing';

const weekMs = 7 * 24 * 60 * 60_000;

export class BackingUp {
	readonly #options: BackingUpOptions;
	/** Snapshots went since the last prune; after a start it is not known. */
	#pruneDue = true;

	constructor(options: BackingUpOptions) {
		this.#options = options;
	}

	/** One backup, from scan to commit. Rejects as `backUp` does. */
	async run(
		signal: AbortSignal,
		progress: (progress: BackupProgress) => void
	): Promise<BackupReport> {
		const { ports, tools, household, index, ownHead, distribution } = this.#options;
		const { clock, records, folders, log } = ports;
		const { snapshots, index: segments } = ownHead.secrets;
		// The one committed last: the system clock may have been set back since.
		const previous = snapshots.at(-1);
		const { comparedAt } = household.settings;
		const verifyAll = comparedAt !== undefined && clock.now() - comparedAt > weekMs;
		const report = await backUp({
			tools,
			clock,
			records,
			folders,
			log,
			index,
			profile: defaultProfile,
			geometry: () => this.geometry(),
			sink: {
				store: (stripe) => distribution.store(stripe, signal),
				room: (waiting) => distribution.room(waiting)
			},
			...(previous === undefined ? {} : { previous }),
			segments,
			fetchChunk: (location) => this.#fetchChunk(location, signal),
			folderRecords: household.folders,
			signal,
			verifyAll,
			progress,
			commit: (snapshot, next) => this.#commit(snapshot, next, signal)
		});
		if (verifyAll || comparedAt === undefined) await household.change({ comparedAt: clock.now() });
		await this.#prune(signal);
		return report;
	}

	/** Drops what no kept snapshot needs, after snapshots went. A failure costs space for a while, nothing else. */
	async #prune(signal: AbortSignal): Promise<void> {
		const { ports, restoring } = this.#options;
		const { log } = ports;
		if (!this.#pruneDue || restoring()) return;
		try {
			const { gone, waiting } = await prune(this.#pruneTools(signal));
			this.#pruneDue = waiting > 0;
			if (gone > 0) log.write('info', `${gone} stripes were needed no more`);
		} catch (error) {
			log.write('info', `prune: ${String(error)}`);
		}
	}

	/**
	 * Stores a part of what lies in a code that is outdated for so many partners again, and drops what took no harm by
	 * it. 'waiting' when old stripes have to stay until what took their place is as safe. To be run when no backup does.
	 */
	async recode(partners: number, signal: AbortSignal): Promise<Recoded> {
		const wanted = this.#geometryFor(partners);
		const now = this.geometry();
		// While somebody takes no blocks, new stripes would be outdated themselves.
		if (this.#options.restoring() || now.m !== wanted.m || now.k !== wanted.k) return 'nothing';
		const tools = this.#pruneTools(signal);
		const stored = await recode(tools, (code) => isOutdated(code, wanted, partners));
		this.#pruneDue ||= stored;
		if (stored) return 'stored';
		await this.#prune(signal);
		return this.#pruneDue ? 'waiting' : 'nothing';
	}

	#pruneTools(signal: AbortSignal): PruneTools {
		const { ports, distribution } = this.#options;
		return {
			...this.#options,
			clock: ports.clock,
			records: ports.records,
			geometry: () => this.geometry(),
			sink: {
				store: (stripe) => distribution.store(stripe, signal),
				room: (waiting) => distribution.room(waiting)
			},
			fetchChunk: (location) => this.#fetchChunk(location, signal),
			signal
		};
	}

	/** The code for the next stripe: as many partners as take blocks, and as safe as they have proved lasting. */
	geometry(): Geometry {
		const usable = this.#options.candidates().filter(({ refusing }) => !refusing);
		return this.#geometryFor(usable.length);
	}

	#geometryFor(partners: number): Geometry {
		const spread = Math.max(1, Math.min(partners, partnersMax));
		return geometryForLifetimes(spread, this.#options.lifetimeMs());
	}

	/** A chunk of an earlier backup that the local cache lost: back from the partners. */
	async #fetchChunk(location: ChunkLocation, signal: AbortSignal): Promise<Uint8Array> {
		const { tools, holdings, blockSource } = this.#options;
		const { stripe, profile, place } = location;
		const geometry = holdings.get(stripe)?.geometry;
		const fetched = await blockSource.fetchStripe(stripe, geometry, signal);
		if (fetched.kind === 'missing') {
			throw new Error(`${fetched.have} of ${fetched.need} partners needed can be reached`);
		}
		const sealed = fetched.payload.subarray(place.offset, place.offset + place.sealedBytes);
		return openChunk(tools, { stripe, profile }, place, sealed);
	}

	async #commit(
		snapshot: SnapshotEntry,
		segments: readonly (readonly ChunkLocation[])[],
		signal: AbortSignal
	): Promise<void> {
		const { household, ownHead, signShelves } = this.#options;
		await signShelves();
		const { m, k } = this.geometry();
		const { brokers } = household.settings;
		const circles = household.circles.map(({ name, secret }) => ({ name, secret }));
		const before = ownHead.secrets.snapshots;
		const rest = { index: segments, brokers, circles, geometry: { m, k } };
		const isNew = !isSameState(before.at(-1), snapshot);
		if (!isNew && (await ownHead.wouldRepeat({ snapshots: before, ...rest }))) return;
		const snapshots = keptSnapshots([...before, snapshot], defaultRetention);
		this.#pruneDue ||= snapshots.length <= before.length;
		const change = (): HeadSecrets => ({ snapshots, ...rest });
		await ownHead.commit(change, signal);
	}
}

/** Nothing changed since: the snapshot that is there already is the state of this moment too. */
function isSameState(last: SnapshotEntry | undefined, next: SnapshotEntry): boolean {
	return (
		last?.kind === next.kind &&
		last.leftOut === next.leftOut &&
		last.tree.length === next.tree.length &&
		last.tree.every((chunk, i) => chunk === next.tree[i])
	);
}
