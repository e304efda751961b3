/** Backs this peer's folders up at its partners: what the pipeline in archive/ needs of the peer, and its commit. */
import { backUp, type BackupProgress, type BackupReport } from './archive/backup.ts';
import type { ChunkLocation, HeadSecrets, SnapshotEntry } from './archive/head.ts';
import type { ChunkIndex } from './archive/index.ts';
import { defaultRetention, keptSnapshots } from './archive/retention.ts';
import { defaultProfile, geometryFor } from './coding/profile.ts';
import { openChunk, type CodingTools } from './coding/stripe.ts';
import type { Household } from './household.ts';
import { partnersMax } from './partners/agreements.ts';
import type { Distribution } from './partners/distribution.ts';
import type { Holdings } from './partners/holdings.ts';
import type { OwnHead } from './partners/own-head.ts';
import type { PlacementCandidate } from './partners/placement.ts';
import type { Geometry, Ports } from './ports.ts';
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
	/** Asks the partners to countersign their shelves, for the head. */
	readonly signShelves: () => Promise<void>;
}

const weekMs = 7 * 24 * 60 * 60_000;

export class BackingUp {
	readonly #options: BackingUpOptions;

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
		const previous = snapshots.toSorted((a, b) => b.at - a.at)[0];
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
		return report;
	}

	/** The code for the next stripe: as many partners as take blocks. */
	geometry(): Geometry {
		const usable = this.#options.candidates().filter(({ refusing }) => !refusing);
		return geometryFor(Math.max(1, Math.min(usable.length, partnersMax)));
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
		const change = (secrets: HeadSecrets): HeadSecrets => ({
			snapshots: keptSnapshots([...secrets.snapshots, snapshot], defaultRetention),
			index: segments,
			brokers,
			circles,
			geometry: { m, k }
		});
		await ownHead.commit(change, signal);
	}
}
