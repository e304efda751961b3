/**
 * One peer (patent figure 3): holds blocks for others, keeps its own folders backed up at its partners. This is
 * where the parts are put together; what they decide and do stands in their own rooms.
 */
import { backUp, type BackupProgress, type BackupReport } from './archive/backup.ts';
import {
	decodeSignedShelf,
	type ChunkLocation,
	type HeadSecrets,
	type PartnerEntry,
	type SnapshotEntry
} from './archive/head.ts';
import { ChunkIndex } from './archive/index.ts';
import { defaultRetention, keptSnapshots } from './archive/retention.ts';
import { defaultProfile, geometryFor, quorum } from './coding/profile.ts';
import { openChunk, type CodingTools } from './coding/stripe.ts';
import { Listeners } from './doorbell.ts';
import { Events } from './events.ts';
import { HeldHeads } from './hosting/held-heads.ts';
import { Hosting } from './hosting/hosting.ts';
import type { PeerId } from './identifiers.ts';
import { deriveKeyring, type Keyring } from './keys/keyring.ts';
import { encodeAdvert } from './partners/advert.ts';
import { Agreements, partnersMax } from './partners/agreements.ts';
import { Distribution } from './partners/distribution.ts';
import { Holdings } from './partners/holdings.ts';
import { Lines } from './partners/lines.ts';
import { meet, signShelf, type MeetingContext } from './partners/meeting.ts';
import { OwnHead } from './partners/own-head.ts';
import type { PlacementCandidate } from './partners/placement.ts';
import { refill } from './partners/refill.ts';
import { tokensToWait } from './partners/rendezvous.ts';
import { ShelfNumbers } from './partners/shelf-numbers.ts';
import type { Ports, Unsubscribe } from './ports.ts';
import type { IdentityRecord } from './records.ts';
import { BlockSource } from './restore/block-source.ts';
import { Rounds, type Obstacle, type RoundSummary } from './rounds.ts';
import { Household } from './household.ts';
import type { Reply, Request } from './wire/messages.ts';
import type { Session } from './wire/session.ts';

/** How long new agreements are awaited before the first backup fixes the code. */
const settleMs = 15_000;
/** A partner that refused a block is not offered another for so long. */
const refusalMs = 10 * 60_000;
const weekMs = 7 * 24 * 60 * 60_000;
const headPauseMs = 2_000;

export class Peer {
	readonly keyring: Keyring;
	readonly identity: IdentityRecord;
	readonly ports: Ports;
	readonly household: Household;
	readonly events: Events;
	readonly index: ChunkIndex;
	readonly holdings: Holdings;
	readonly heldHeads: HeldHeads;
	readonly numbers: ShelfNumbers;
	readonly lines: Lines;
	readonly agreements: Agreements;
	readonly hosting: Hosting;
	readonly distribution: Distribution;
	readonly ownHead: OwnHead;
	readonly rounds: Rounds;
	readonly tools: CodingTools;
	readonly blockSource: BlockSource;
	/** What a full disk did to a partner's block; undefined when the last one fitted. */
	diskFull: string | undefined;
	/** The epoch of the heads that this instance writes. */
	epoch: number;
	/** Block bytes that partners acknowledged since the start. */
	wireBytes = 0;
	readonly #stop = new AbortController();
	readonly #changed = new Listeners();
	readonly #refusals = new Map<PeerId, { readonly until: number; readonly reason: string }>();
	readonly #receiving = new Map<PeerId, number>();
	#agreedAt = 0;
	#headWanted = false;

	private constructor(ports: Ports, identity: IdentityRecord, parts: PeerParts) {
		this.ports = ports;
		this.identity = identity;
		this.epoch = identity.epoch;
		this.keyring = parts.keyring;
		this.household = parts.household;
		this.events = parts.events;
		this.index = parts.index;
		this.holdings = parts.holdings;
		this.heldHeads = parts.heldHeads;
		this.numbers = new ShelfNumbers(ports.records);
		this.tools = { ...ports, keyring: parts.keyring };
		this.lines = parts.lines;
		this.agreements = parts.agreements;
		this.ownHead = parts.ownHead;
		this.hosting = this.#makeHosting();
		this.distribution = this.#makeDistribution();
		this.blockSource = new BlockSource({
			tools: this.tools,
			clock: ports.clock,
			holders: this.lines,
			places: this.holdings,
			usual: geometryFor(partnersMax)
		});
		this.rounds = this.#makeRounds();
	}

	/** Reads everything from the records. Rejects when they are broken. */
	static async open(ports: Ports, identity: IdentityRecord): Promise<Peer> {
		const { records, clock, random, broker, links, log } = ports;
		const keyring = deriveKeyring(identity.rootSecret);
		const household = await Household.open(records);
		const heldHeads = await HeldHeads.open(records);
		// The parts below call back into the peer, which exists only after them.
		const late: { peer?: Peer } = {};
		const lines = new Lines({
			peer: keyring.peer,
			identity: keyring.identity,
			instance: identity.instance,
			clock,
			random,
			broker,
			links,
			log,
			serve: (request, session) => serveBy(late.peer, request, session),
			instanceOf: (peer) => heldHeads.newest(peer)?.head.instance
		});
		const mayWrite = (): boolean => late.peer?.mayWrite ?? false;
		const agreements = await Agreements.open({
			keyring,
			clock,
			random,
			records,
			broker,
			lines,
			log,
			circles: () => household.circles.map(({ id }) => id),
			lendBytes: () => household.settings.lendBytes,
			mayAgree: mayWrite
		});
		const ownHead = await OwnHead.open({
			keyring,
			instance: identity.instance,
			epoch: () => late.peer?.epoch ?? identity.epoch,
			clock,
			random,
			records,
			lines,
			log,
			partners: () => late.peer?.partnerEntries() ?? Promise.resolve([]),
			onFenced: (head) => void late.peer?.fence(head)
		});
		const peer = new Peer(ports, identity, {
			keyring,
			household,
			events: await Events.open(clock, records),
			index: await ChunkIndex.load(records),
			holdings: await Holdings.open(records),
			heldHeads,
			lines,
			agreements,
			ownHead
		});
		late.peer = peer;
		return peer;
	}

	/** Whether this instance may write and promise: it is not restored-only and not fenced off. */
	get mayWrite(): boolean {
		return this.identity.restored !== true && !this.fenced;
	}

	/** A newer instance of this peer has taken over. */
	get fenced(): boolean {
		return this.household.fencedAt !== undefined;
	}

	onChange(listener: () => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	start(): void {
		const tell = (): void => this.#changed.tell();
		for (const part of [this.household, this.events, this.holdings, this.ownHead, this.rounds]) {
			part.onChange(tell);
		}
		this.lines.onChange(() => {
			this.rounds.look();
			tell();
		});
		this.lines.onOpened((session) => void this.#greet(session));
		this.agreements.onChange(() => {
			this.#agreementsChanged();
		});
		this.household.onChange(() => {
			this.#publish();
			this.agreements.look();
			this.rounds.look();
		});
		this.ports.broker.onStatus(() => {
			this.#publish();
			this.agreements.look();
			tell();
		});
		this.#publish();
		this.lines.want(this.#wanted());
		this.lines.start();
		void this.agreements.seek(this.#stop.signal);
		void this.rounds.run(this.#stop.signal);
		if (this.ownHead.unfinished) this.#renewHead();
	}

	stop(reason: string): void {
		this.#stop.abort(reason);
		this.lines.stop(reason);
		this.ports.broker.close();
	}

	/** Partners with an agreement, as placement sees them. */
	candidates(): readonly PlacementCandidate[] {
		const now = this.ports.clock.now();
		return this.agreements.active().map(({ partner }) => ({
			peer: partner,
			connected: this.lines.line(partner) !== undefined,
			refusing: (this.#refusals.get(partner)?.until ?? 0) > now
		}));
	}

	/** Why a partner takes no blocks now. */
	refusal(partner: PeerId): string | undefined {
		const refusal = this.#refusals.get(partner);
		return refusal !== undefined && refusal.until > this.ports.clock.now()
			? refusal.reason
			: undefined;
	}

	/** Whether blocks arrived at a partner within the last moments. */
	receiving(partner: PeerId): boolean {
		return this.ports.clock.now() - (this.#receiving.get(partner) ?? -Infinity) < 3_000;
	}

	/** What stands in the way of a backup now. */
	obstacle(): Obstacle | undefined {
		const usable = this.candidates().filter(({ refusing }) => !refusing);
		if (usable.length === 0) return { kind: 'no-partners' };
		const settled = this.ports.clock.now() - this.#agreedAt >= settleMs;
		const more = usable.length < partnersMax && this.agreements.strangers > 0;
		if (this.index.stripeCount === 0 && !settled && more) return { kind: 'settling' };
		const have = usable.filter(({ connected }) => connected).length;
		const need = quorum(geometryFor(usable.length));
		return have < need ? { kind: 'few-partners', have, need } : undefined;
	}

	/** Ends a partnership by hand. */
	async endPartnership(partner: PeerId): Promise<void> {
		await this.agreements.end(partner);
		await this.holdings.release(partner);
		await this.events.add('partner-ended', { partner });
	}

	/** The partner list of the next head. */
	async partnerEntries(): Promise<readonly PartnerEntry[]> {
		const entries: PartnerEntry[] = [];
		for (const { partner, id } of [...this.agreements.active(), ...this.agreements.remembered()]) {
			const { state } = await this.numbers.shelf(partner);
			const shelf = state === undefined ? {} : { shelf: decodeSignedShelf(state) };
			entries.push({ peer: partner, agreement: id, ...shelf });
		}
		return entries;
	}

	/** A newer head of ours was shown: this instance stops writing, for good. */
	async fence(_head: Uint8Array | undefined): Promise<void> {
		if (this.fenced) return;
		await this.household.fence(this.ports.clock.now());
		this.rounds.interrupt('fenced');
		await this.events.add('fenced', {});
	}

	#makeHosting(): Hosting {
		return new Hosting({
			self: this.keyring.peer,
			identity: this.keyring.identity,
			blocks: this.ports.blocks,
			records: this.ports.records,
			heads: this.heldHeads,
			log: this.ports.log,
			agreedBytes: (owner) => this.agreements.spaceFor(owner),
			lendBytes: () => this.household.settings.lendBytes,
			onFull: (problem) => {
				this.diskFull = problem;
				void this.events.add('disk-full', {});
			},
			onChange: () => this.#changed.tell()
		});
	}

	#makeDistribution(): Distribution {
		return new Distribution({
			self: this.keyring.peer,
			tools: this.tools,
			lines: this.lines,
			numbers: this.numbers,
			clock: this.ports.clock,
			log: this.ports.log,
			candidates: () => this.candidates(),
			onRefused: (partner, reason) => {
				this.#refuse(partner, reason);
			},
			onFenced: (head) => void this.fence(head),
			onBlock: (partner, bytes) => {
				this.wireBytes += bytes;
				this.#receiving.set(partner, this.ports.clock.now());
			},
			onStored: (stripe, holders) => {
				this.holdings.add(stripe.contents.stripe, stripe.geometry, holders);
			}
		});
	}

	#makeRounds(): Rounds {
		return new Rounds({
			clock: this.ports.clock,
			log: this.ports.log,
			ready: () => this.mayWrite && this.household.folders.length > 0,
			paused: () => this.household.settings.paused,
			obstacle: () => this.obstacle(),
			backUp: (signal, progress) => this.#backUp(signal, progress),
			refill: (signal) =>
				refill({
					holdings: this.holdings,
					source: this.blockSource,
					distribution: this.distribution,
					candidates: this.candidates(),
					signal,
					onRefilled: (partner, blocks) =>
						void this.events.add('partner-refilled', { partner, blocks })
				}),
			onDone: (summary) => {
				this.#backedUp(summary);
			}
		});
	}

	#refuse(partner: PeerId, reason: string): void {
		const known = this.refusal(partner);
		this.#refusals.set(partner, { until: this.ports.clock.now() + refusalMs, reason });
		if (known !== reason) void this.events.add('partner-refused', { partner, reason });
		this.#changed.tell();
	}

	async #backUp(
		signal: AbortSignal,
		progress: (progress: BackupProgress) => void
	): Promise<BackupReport> {
		const { clock, records, folders, log } = this.ports;
		const { snapshots, index: segments } = this.ownHead.secrets;
		const previous = snapshots.toSorted((a, b) => b.at - a.at)[0];
		const { comparedAt } = this.household.settings;
		const verifyAll = comparedAt !== undefined && clock.now() - comparedAt > weekMs;
		const report = await backUp({
			tools: this.tools,
			clock,
			records,
			folders,
			log,
			index: this.index,
			profile: defaultProfile,
			geometry: () => this.#geometry(),
			sink: {
				store: (stripe) => this.distribution.store(stripe, signal),
				room: (waiting) => this.distribution.room(waiting)
			},
			...(previous === undefined ? {} : { previous }),
			segments,
			fetchChunk: (location) => this.#fetchChunk(location, signal),
			folderRecords: this.household.folders,
			signal,
			verifyAll,
			progress,
			commit: (snapshot, next) => this.#commit(snapshot, next, signal)
		});
		if (verifyAll || comparedAt === undefined) {
			await this.household.change({ comparedAt: clock.now() });
		}
		return report;
	}

	/** A chunk of an earlier backup that the local cache lost: back from the partners. */
	async #fetchChunk(location: ChunkLocation, signal: AbortSignal): Promise<Uint8Array> {
		const { stripe, profile, place } = location;
		const geometry = this.holdings.get(stripe)?.geometry;
		const fetched = await this.blockSource.fetchStripe(stripe, geometry, signal);
		if (fetched.kind === 'missing') {
			throw new Error(`${fetched.have} of ${fetched.need} partners needed can be reached`);
		}
		const sealed = fetched.payload.subarray(place.offset, place.offset + place.sealedBytes);
		return openChunk(this.tools, { stripe, profile }, place, sealed);
	}

	/** The code for the next stripe: as many partners as take blocks. */
	#geometry(): ReturnType<typeof geometryFor> {
		const usable = this.candidates().filter(({ refusing }) => !refusing);
		return geometryFor(Math.max(1, Math.min(usable.length, partnersMax)));
	}

	async #commit(
		snapshot: SnapshotEntry,
		segments: readonly (readonly ChunkLocation[])[],
		signal: AbortSignal
	): Promise<void> {
		await this.#signShelves();
		const { m, k } = this.#geometry();
		const { brokers } = this.household.settings;
		const circles = this.household.circles.map(({ name, secret }) => ({ name, secret }));
		const change = (secrets: HeadSecrets): HeadSecrets => ({
			snapshots: keptSnapshots([...secrets.snapshots, snapshot], defaultRetention),
			index: segments,
			brokers,
			circles,
			geometry: { m, k }
		});
		await this.ownHead.commit(change, signal);
	}

	/** Asks every reachable partner to countersign its shelf; those that do not are asked again next time. */
	async #signShelves(): Promise<void> {
		const context = this.#meeting();
		await Promise.all(
			this.agreements.active().map(async ({ partner }) => {
				const line = this.lines.line(partner);
				if (line === undefined) return;
				await signShelf(line, context).catch((error: unknown) => {
					this.ports.log.write('info', `shelf of ${partner.slice(0, 8)}: ${String(error)}`);
				});
			})
		);
	}

	#backedUp({ report }: RoundSummary): void {
		void this.events.add('backup-done', {
			files: report.files,
			bytes: report.bytes,
			newFiles: report.newFiles,
			newDataBytes: report.newDataBytes
		});
	}

	#meeting(): MeetingContext {
		return {
			keyring: this.keyring,
			epoch: this.epoch,
			ownHead: this.ownHead,
			holdings: this.holdings,
			numbers: this.numbers,
			distribution: this.distribution,
			log: this.ports.log,
			signal: this.#stop.signal,
			onFenced: (head) => void this.fence(head),
			onLost: (partner, blocks) => void this.events.add('partner-lost-blocks', { partner, blocks })
		};
	}

	/** Every session with a partner begins with the heads and the shelf. */
	async #greet(session: Session): Promise<void> {
		if (!this.mayWrite) return;
		try {
			const state = this.agreements.with(session.peer)?.state;
			if (state === 'remembered') await this.agreements.recall(session);
			if (this.agreements.with(session.peer)?.state !== 'active') return;
			await this.agreements.seen(session.peer);
			await meet(session, this.#meeting());
		} catch (error) {
			this.ports.log.write('info', `meeting ${session.peer.slice(0, 8)}: ${String(error)}`);
		}
		this.rounds.look();
		this.#changed.tell();
	}

	#agreementsChanged(): void {
		this.#agreedAt = this.ports.clock.now();
		this.lines.want(this.#wanted());
		this.#publish();
		this.rounds.look();
		this.#renewHead();
		this.#changed.tell();
	}

	#wanted(): readonly PeerId[] {
		if (!this.mayWrite) return [];
		const partners = [...this.agreements.active(), ...this.agreements.remembered()];
		return partners.map(({ partner }) => partner);
	}

	/** Gives the partners a head with the new partner list, a moment later, so that many changes make one head. */
	#renewHead(): void {
		if (this.#headWanted || !this.mayWrite) return;
		this.#headWanted = true;
		const renew = async (): Promise<void> => {
			await this.ports.clock.sleep(headPauseMs, this.#stop.signal);
			this.#headWanted = false;
			await this.ownHead.commit((secrets) => secrets, this.#stop.signal);
		};
		renew().catch((error: unknown) => {
			this.ports.log.write('info', `head: ${String(error)}`);
		});
	}

	#publish(): void {
		if (!this.mayWrite) {
			this.ports.broker.publish({ circles: [], advert: new Uint8Array(0), tokens: [] });
			return;
		}
		const now = this.ports.clock.now();
		this.ports.broker.publish({
			circles: this.household.circles.map(({ id }) => id),
			advert: encodeAdvert(this.keyring.identity, { shareBytes: this.agreements.share() }),
			tokens: this.agreements
				.active()
				.flatMap(({ theirRendezvous }) =>
					theirRendezvous === undefined ? [] : tokensToWait(theirRendezvous, now)
				)
		});
	}

	/** Answers a request of another peer. */
	serve(request: Request, session: Session): Promise<Reply> {
		if (!this.mayWrite) {
			const detail = 'this peer is being restored';
			return Promise.resolve({ type: 'declined', reason: 'busy', detail });
		}
		switch (request.type) {
			case 'propose':
				return this.agreements.serveProposal(request, session);
			case 'get-agreement':
				return Promise.resolve(this.agreements.serveAgreement(session));
			default:
				return this.hosting.serve(request, session);
		}
	}
}

interface PeerParts {
	readonly keyring: Keyring;
	readonly household: Household;
	readonly events: Events;
	readonly index: ChunkIndex;
	readonly holdings: Holdings;
	readonly heldHeads: HeldHeads;
	readonly lines: Lines;
	readonly agreements: Agreements;
	readonly ownHead: OwnHead;
}

function serveBy(peer: Peer | undefined, request: Request, session: Session): Promise<Reply> {
	if (peer !== undefined) return peer.serve(request, session);
	return Promise.resolve({ type: 'declined', reason: 'busy', detail: 'starting' });
}
