/**
 * One peer (patent figure 3): holds blocks for others, keeps its own folders backed up at its partners. This is
 * where the parts are put together; what they decide and do stands in their own rooms.
 */
import type { ChunkIndex } from './archive/index.ts';
import type { BackingUp } from './backing-up.ts';
import { geometryFor, quorum } from './coding/profile.ts';
import { makeLoss, makeVerifying } from './checks-making.ts';
import type { CodingTools } from './coding/stripe.ts';
import { Listeners } from './doorbell.ts';
import type { Events } from './events.ts';
import type { HeldHeads } from './hosting/held-heads.ts';
import type { Hosting } from './hosting/hosting.ts';
import type { Loss } from './hosting/loss.ts';
import type { Household } from './household.ts';
import type { Keeping } from './keeping.ts';
import type { PeerId } from './identifiers.ts';
import type { Keyring } from './keys/keyring.ts';
import { partnersMax, type Agreements } from './partners/agreements.ts';
import { Distribution } from './partners/distribution.ts';
import { HeadRenewal } from './partners/head-renewal.ts';
import type { Holdings } from './partners/holdings.ts';
import type { Lines } from './partners/lines.ts';
import type { MeetingContext } from './partners/meeting.ts';
import type { Meetings } from './partners/meetings.ts';
import type { Negotiation } from './partners/negotiation.ts';
import type { OwnHead } from './partners/own-head.ts';
import { partnerList } from './partners/partner-list.ts';
import type { Partnering } from './partners/partnering.ts';
import type { PartnerSearch } from './partners/partner-search.ts';
import type { PlacementCandidate } from './partners/placement.ts';
import { Presence } from './partners/presence.ts';
import { Refusals } from './partners/refusals.ts';
import { ShelfNumbers } from './partners/shelf-numbers.ts';
import {
	makeBackingUp,
	makeBlockSource,
	makeHosting,
	makeMeetings,
	makePartnering,
	makeParting,
	makeUpkeep
} from './peer-making.ts';
import { openParts, type PeerCalls, type PeerParts } from './peer-parts.ts';
import type { Parting } from './parting.ts';
import type { Ports, Unsubscribe } from './ports.ts';
import type { AgreementRecord, IdentityRecord } from './records.ts';
import type { BlockSource } from './restore/block-source.ts';
import { Rounds, type Obstacle, type RoundSummary } from './rounds.ts';
import type { Upkeep, UpkeepPace } from './upkeep.ts';
import { usualSchedule, type CheckSchedule } from './verify/budget.ts';
import type { Verifying } from './verifying.ts';
import { answer } from './serving.ts';
import type { Reply, Request } from './wire/messages.ts';
import type { Session } from './wire/session.ts';

/** How long new agreements are awaited before the first backup fixes the code. */
const settleMs = 15_000;

export interface PeerOptions {
	/** How fast lost blocks are made again. */
	readonly upkeep?: UpkeepPace;
	/** How often it looks which partners are there; hourly unless said otherwise. */
	readonly lookEveryMs?: number;
	/** How often partners are checked; only simulations and test builds set another than the usual one. */
	readonly schedule?: CheckSchedule;
}

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
	readonly partnering: Partnering;
	readonly negotiation: Negotiation;
	readonly search: PartnerSearch;
	readonly meetings: Meetings;
	readonly hosting: Hosting;
	/** What this disk lost of other owners' blocks. */
	readonly loss: Loss;
	/** The checks of the partners. */
	readonly verifying: Verifying;
	readonly distribution: Distribution;
	readonly ownHead: OwnHead;
	readonly upkeep: Upkeep;
	readonly keeping: Keeping;
	readonly parting: Parting;
	readonly rounds: Rounds;
	readonly tools: CodingTools;
	readonly blockSource: BlockSource;
	/** What a full disk did to a partner's block; undefined when the last one fitted. */
	diskFull: string | undefined;
	/** Files are being restored here: nothing is pruned meanwhile. */
	restoring = false;
	/** The epoch of the heads that this instance writes. */
	epoch: number;
	/** Block bytes that partners acknowledged since the start. */
	wireBytes = 0;
	readonly #stop = new AbortController();
	readonly #changed = new Listeners();
	readonly #refusals: Refusals;
	readonly #backingUp: BackingUp;
	readonly #presence: Presence;
	readonly #renewal: HeadRenewal;
	readonly #receiving = new Map<PeerId, number>();
	#agreedAt = 0;
	#fenced = false;

	private constructor(
		ports: Ports,
		identity: IdentityRecord,
		parts: PeerParts,
		options: PeerOptions
	) {
		const mayWrite = (): boolean => this.mayWrite;
		const { schedule = usualSchedule } = options;
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
		this.keeping = parts.keeping;
		this.partnering = makePartnering(this);
		this.negotiation = this.partnering.negotiation;
		this.search = this.partnering.search;
		this.meetings = makeMeetings(this, () => this.#meeting());
		this.#presence = new Presence({ ...ports, ...parts, partnering: this.partnering, mayWrite });
		this.#refusals = new Refusals(ports.clock);
		this.#renewal = new HeadRenewal({ ...ports, ...parts, meetings: this.meetings, mayWrite });
		this.hosting = makeHosting(this, schedule, () => this.#shelvesChanged());
		this.loss = makeLoss(this);
		this.verifying = makeVerifying(this, parts, schedule, () => this.#meeting());
		this.distribution = this.#makeDistribution();
		this.blockSource = makeBlockSource(this);
		this.#backingUp = makeBackingUp(this, parts, () => this.#meeting());
		this.upkeep = makeUpkeep(this, parts, this.#backingUp, options, () => this.#meeting());
		this.parting = makeParting(this);
		this.rounds = this.#makeRounds();
	}

	/** Reads everything from the records. Rejects when they are broken. */
	static async open(
		ports: Ports,
		identity: IdentityRecord,
		options: PeerOptions = {}
	): Promise<Peer> {
		const late: { peer?: Peer } = {};
		const starting: Reply = { type: 'declined', reason: 'busy', detail: 'starting' };
		const calls: PeerCalls = {
			serve: (request, session) => late.peer?.serve(request, session) ?? Promise.resolve(starting),
			mayWrite: () => late.peer?.mayWrite ?? false,
			epoch: () => late.peer?.epoch ?? identity.epoch,
			isPresent: (partner) => late.peer?.meetings.isMet(partner) ?? false,
			partnerEntries: () =>
				late.peer === undefined
					? Promise.resolve([])
					: partnerList(late.peer.agreements, late.peer.numbers),
			fence: () => late.peer?.fence()
		};
		const parts = await openParts(ports, identity, calls, options);
		const peer = new Peer(ports, identity, parts, options);
		late.peer = peer;
		return peer;
	}

	/** Whether this instance may write and promise: it is not restored-only and not fenced off. */
	get mayWrite(): boolean {
		return this.identity.restored !== true && !this.fenced;
	}

	/** A newer instance of this peer has taken over. */
	get fenced(): boolean {
		return this.#fenced || this.household.fencedAt !== undefined;
	}

	onChange(listener: () => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	start(): void {
		const tell = (): void => this.#changed.tell();
		const { household, events, holdings, ownHead, rounds, lines, keeping, verifying } = this;
		const parts = [household, events, holdings, ownHead, rounds, lines, keeping, verifying];
		for (const part of parts) part.onChange(tell);
		this.meetings.onChange(() => {
			this.rounds.look();
			tell();
		});
		this.agreements.onChange((record) => {
			this.#agreementsChanged(record);
		});
		this.agreements.onEnded((partner) => void this.#partnershipEnded(partner));
		this.household.onChange(() => {
			this.#presence.publish();
			this.search.look();
			this.rounds.look();
		});
		this.ports.broker.onStatus(() => {
			this.#presence.publish();
			this.search.look();
			tell();
		});
		this.#presence.publish();
		this.lines.want(this.#wanted());
		this.meetings.start();
		this.keeping.start(this.#stop.signal);
		this.lines.start();
		void this.search.run(this.#stop.signal);
		void this.#presence.keep(this.#stop.signal);
		void this.rounds.run(this.#stop.signal);
		this.upkeep.start(this.#stop.signal);
		this.#verify();
		void this.parting.run(this.#stop.signal);
		if (this.ownHead.unfinished) this.#renewal.renew();
	}

	/** Checks partners, and tells those whose blocks were lost here. */
	#verify(): void {
		this.verifying.onObserved((partner, observed) => {
			void this.keeping.observe(partner, observed);
		});
		this.lines.onOpened(({ peer }) => {
			if (this.mayWrite) void this.loss.look(peer);
		});
		void this.verifying.run(this.#stop.signal);
	}

	stop(reason: string): void {
		this.#stop.abort(reason);
		this.#renewal.stop(reason);
		this.ownHead.close();
		this.lines.stop(reason);
		this.ports.broker.close();
	}

	/** Partners with an agreement, as placement sees them. */
	candidates(): readonly PlacementCandidate[] {
		return this.agreements.active().map(({ partner }) => ({
			peer: partner,
			connected: this.meetings.isMet(partner),
			refusing: this.refusal(partner) !== undefined
		}));
	}

	/** Why a partner takes no blocks now. */
	refusal(partner: PeerId): string | undefined {
		if (this.agreements.with(partner)?.leavingSince !== undefined) return 'it is leaving';
		return this.#refusals.of(partner);
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
		const more = usable.length < partnersMax && this.search.strangers > 0;
		if (this.index.stripeCount === 0 && !settled && more) return { kind: 'settling' };
		const have = usable.filter(({ connected }) => connected).length;
		const need = Math.max(quorum(geometryFor(usable.length)), have + this.meetings.missing);
		return have < need ? { kind: 'few-partners', have, need } : undefined;
	}

	/** Leaves Holdfast: partners take what is held for them away first, then every agreement ends. */
	leave(): Promise<void> {
		return this.parting.leave();
	}

	/** Ends a partnership by hand. */
	endPartnership(partner: PeerId): Promise<void> {
		return this.agreements.end(partner);
	}

	/** A newer head of ours was shown: this instance stops writing, at once and for good. */
	fence(): void {
		if (this.fenced) return;
		this.#fenced = true;
		this.rounds.interrupt('fenced');
		this.#renewal.stop('fenced');
		this.#presence.publish();
		void this.events.add('fenced', {});
		// Not kept, it would be found out again at the next meeting.
		this.household.fence(this.ports.clock.now()).catch((error: unknown) => {
			this.ports.log.write('error', `fenced: ${String(error)}`);
		});
		this.#changed.tell();
	}

	#makeDistribution(): Distribution {
		return new Distribution({
			self: this.keyring.peer,
			tools: this.tools,
			partners: this.meetings,
			numbers: this.numbers,
			clock: this.ports.clock,
			log: this.ports.log,
			candidates: () => this.candidates(),
			onRefused: (partner, reason) => {
				this.#refuse(partner, reason);
			},
			onFenced: (head) => {
				if (!this.ownHead.isFencedBy(head)) return false;
				this.fence();
				return true;
			},
			onBlock: (partner, bytes) => {
				this.wireBytes += bytes;
				this.partnering.bandwidth.transferred(partner, bytes);
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
			ready: () => this.mayWrite && !this.parting.isLeaving && this.household.folders.length > 0,
			paused: () => this.household.settings.paused,
			obstacle: () => this.obstacle(),
			backUp: (signal, progress) => this.#backingUp.run(signal, progress),
			refill: (signal) => this.upkeep.run(signal),
			onDone: (summary) => {
				this.#backedUp(summary);
			}
		});
	}

	/** A partner that took no blocks says that it has room again. */
	roomAt(partner: PeerId): void {
		this.#refusals.clear(partner);
		this.rounds.look();
	}

	#shelvesChanged(): void {
		if (this.hosting.hasRefused) this.parting.look();
		this.#changed.tell();
	}

	#refuse(partner: PeerId, reason: string): void {
		if (this.#refusals.add(partner, reason)) {
			void this.events.add('partner-refused', { partner, reason });
		}
		this.#changed.tell();
	}

	#backedUp({ report, endedAt: at }: RoundSummary): void {
		for (const { folder, files, bytes } of report.folders) {
			const record = this.household.folder(folder);
			if (record === undefined) continue;
			void this.household.keepFolder({ ...record, lastBackup: { at, files, bytes } });
		}
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
			onFenced: () => {
				this.fence();
			},
			onLost: (partner, blocks) => {
				this.#partnerLost(partner, blocks).catch((error: unknown) => {
					this.ports.log.write('error', `loss at ${partner.slice(0, 8)}: ${String(error)}`);
				});
			}
		};
	}

	async #partnerLost(partner: PeerId, blocks: number): Promise<void> {
		this.rounds.look();
		await this.events.add('partner-lost-blocks', { partner, blocks });
		await this.verifying.lost(partner, blocks);
	}

	#agreementsChanged({ state }: AgreementRecord): void {
		if (state === 'active') this.#agreedAt = this.ports.clock.now();
		this.lines.want(this.#wanted());
		this.#presence.publish();
		this.rounds.look();
		if (state === 'active' || state === 'ended') this.#renewal.renew();
		this.#changed.tell();
	}

	/** What runs is started anew, for a code of those that are left; what the partner held is made up elsewhere. */
	async #partnershipEnded(partner: PeerId): Promise<void> {
		this.rounds.interrupt('a partnership ended');
		if (this.agreements.with(partner)?.endedFor === undefined) {
			void this.events.add('partner-ended', { partner });
		}
		try {
			await this.upkeep.partnerLeft(partner);
		} catch (error) {
			this.ports.log.write('error', `blocks of ${partner.slice(0, 8)}: ${String(error)}`);
		}
		this.rounds.look();
	}

	#wanted(): readonly PeerId[] {
		if (!this.mayWrite) return [];
		const partners = [...this.agreements.active(), ...this.agreements.remembered()];
		// Until a former partner knows that we need nothing of what it holds.
		const parting = this.agreements
			.all()
			.filter(
				({ state, endedAt, told }) => state === 'ended' && endedAt !== undefined && told !== 'ended'
			);
		return [...partners, ...parting].map(({ partner }) => partner);
	}

	/** Answers a request of another peer. */
	serve(request: Request, session: Session): Promise<Reply> {
		return answer(this, request, session);
	}
}
