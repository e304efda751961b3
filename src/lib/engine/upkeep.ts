/**
 * Keeps what is backed up at its strength between backups: makes blocks again that were lost, sends stand-ins home,
 * and knows the chance that all of it fails. What it decides stands in partners/replacement.ts and
 * partners/durability.ts.
 */
import type { ChunkIndex } from './archive/index.ts';
import type { Recoded } from './backing-up.ts';
import { LocalFiles } from './archive/local-files.ts';
import { remakeStripe } from './archive/remaking.ts';
import { TreeReader } from './archive/tree-reader.ts';
import { decodeContents } from './coding/contents.ts';
import type { CodingTools } from './coding/stripe.ts';
import type { PeerId, StripeId } from './identifiers.ts';
import type { Absences } from './partners/absences.ts';
import { decodeAgreement } from './partners/agreement.ts';
import type { Agreements } from './partners/agreements.ts';
import type { Distribution } from './partners/distribution.ts';
import { chanceOfLoss, partnerAbsence, refillMs, restoreMs } from './partners/durability.ts';
import type { Holdings } from './partners/holdings.ts';
import type { Lifetimes, LifetimeSummary } from './partners/lifetimes.ts';
import type { Lines } from './partners/lines.ts';
import type { OwnHead } from './partners/own-head.ts';
import type { PlacementCandidate } from './partners/placement.ts';
import { Repair, type MakeLocally, type RepairAccount } from './partners/repair.ts';
import { needlessSpares, seenWithinMs } from './partners/replacement.ts';
import type { Ports } from './ports.ts';
import type { StripeHolder, StripeRecord } from './records.ts';
import type { BlockSource } from './restore/block-source.ts';

export interface UpkeepOptions {
	readonly ports: Ports;
	readonly tools: CodingTools;
	readonly index: ChunkIndex;
	readonly holdings: Holdings;
	readonly agreements: Pick<Agreements, 'active' | 'with'>;
	readonly lines: Pick<Lines, 'onOpened'>;
	readonly absences: Absences;
	readonly lifetimes: Lifetimes;
	readonly ownHead: OwnHead;
	readonly distribution: Pick<Distribution, 'send'>;
	readonly blockSource: BlockSource;
	readonly candidates: () => readonly PlacementCandidate[];
	/** There, and its shelf was compared with our records. */
	readonly isBack: (partner: PeerId) => boolean;
	/** Orders blocks dropped at a partner, if it can be reached now. */
	readonly drop: (partner: PeerId, shelfNumbers: readonly number[]) => Promise<void>;
	readonly onMade: (partner: PeerId, blocks: number) => void;
	/** Codes a part of the old stripes anew for so many partners. */
	readonly recode: (partners: number, signal: AbortSignal) => Promise<Recoded>;
	/** Has the rounds look around. */
	readonly look: () => void;
	/** Whether heads may be committed now. */
	readonly mayCommit: () => boolean;
	readonly pace: UpkeepPace;
}

/** How fast things go. Tests let it go faster. */
export interface UpkeepPace {
	/** How often presence is looked at; an hour. */
	readonly tickMs?: number;
	/** Time without a sight after which somebody may stand in; 72 hours. */
	readonly seenWithinMs?: number;
	/** At most so many bytes a second are read and written to make blocks again; no limit. */
	readonly bytesPerSecond?: number;
	/** How long the partners must have been the same before old stripes are coded for them; a day. */
	readonly steadyMs?: number;
}

const usualSteadyMs = 24 * 60 * 60_000;
/** While old stripes wait for their successors to be as safe. */
const waitMs = 60_000;
/** After a part was coded again: so many times as long as it took, nothing is. */
const restFactor = 3;

/** The chance of losing something if this disk died now, and what it was computed from. */
export interface Outlook {
	readonly chance: number;
	readonly lifetimes: LifetimeSummary;
}

export class Upkeep {
	readonly #options: UpkeepOptions;
	readonly #repair: Repair;
	#restUntil = 0;
	#stopped = false;
	#wake = new AbortController();

	constructor(options: UpkeepOptions) {
		this.#options = options;
		const { absences, ports, blockSource, pace } = options;
		const within = pace.seenWithinMs ?? seenWithinMs;
		this.#repair = new Repair({
			...options,
			...pace,
			clock: ports.clock,
			source: blockSource,
			seen: () => (absences.inDoubt ? undefined : (partner) => absences.awayMs(partner) < within),
			local: (stripes) => this.#local(stripes)
		});
	}

	/** What making blocks again has cost since the start. */
	get repair(): RepairAccount {
		return this.#repair.account;
	}

	/** Counts absences until the signal is aborted. */
	start(signal: AbortSignal): void {
		const { absences, lines, look, pace } = this.#options;
		lines.onOpened(({ peer }) => {
			absences.note(peer);
		});
		void absences.run(signal, look, pace.tickMs);
		signal.addEventListener('abort', () => {
			this.#stopped = true;
			this.#wake.abort('stopped');
		});
	}

	/** An agreement ended: what the partner held is owed, and how long it lasted is remembered. */
	async partnerLeft(partner: PeerId): Promise<void> {
		const { agreements, lifetimes, holdings } = this.#options;
		// Known at once: nobody may count on it while the disk is written.
		const released = holdings.depart(partner);
		const record = agreements.with(partner);
		await Promise.all([released, record && lifetimes.ended(record)]);
	}

	/** Does a part of what is due; false when there was nothing that can be done now. */
	async run(signal: AbortSignal): Promise<boolean> {
		await this.#sendHome();
		if (await this.#repair.run(signal)) return true;
		if (await this.#resize(signal)) return true;
		const rests = [this.#repair.restMs, this.#resizeRestMs()].filter((ms) => ms > 0);
		this.#wakeIn(Math.min(...rests));
		return false;
	}

	/** Has the rounds look again when a rest is over; of several wakes the last one asked for counts. */
	#wakeIn(ms: number): void {
		const { ports, look } = this.#options;
		this.#wake.abort('another one');
		if (this.#stopped || !Number.isFinite(ms)) return;
		this.#wake = new AbortController();
		ports.clock.sleep(ms, this.#wake.signal).then(look, () => undefined);
	}

	/** Until the partners have been the same for long enough, and the last part is rested from. */
	#resizeRestMs(): number {
		const { agreements, lifetimes, ports, pace } = this.#options;
		const joined = agreements.active().map(({ document }) => decodeAgreement(document).createdAt);
		const steadySince = Math.max(lifetimes.lastEndedAt, ...joined);
		const from = Math.max(this.#restUntil, steadySince + (pace.steadyMs ?? usualSteadyMs));
		return Math.max(0, from - ports.clock.now());
	}

	/** Codes old stripes for the partners of today, slowly, when these have been the same for a while. */
	async #resize(signal: AbortSignal): Promise<boolean> {
		const { agreements, ports, recode, mayCommit } = this.#options;
		const partners = agreements.active().filter(({ leavingSince }) => leavingSince === undefined);
		if (this.#resizeRestMs() > 0 || !mayCommit()) return false;
		const now = ports.clock.now();
		const outcome = await recode(partners.length, signal);
		const endedAt = ports.clock.now();
		switch (outcome) {
			case 'stored':
				this.#restUntil = endedAt + restFactor * (endedAt - now);
				return true;
			case 'waiting':
				this.#restUntil = endedAt + waitMs;
				return false;
			case 'nothing':
				this.#restUntil = -Infinity;
				return false;
		}
	}

	/** Undefined while nothing is backed up. */
	outlook(): Outlook | undefined {
		const { holdings, lifetimes, agreements } = this.#options;
		const spreads = holdings.spreads();
		if (spreads.length === 0) return undefined;
		const summary = lifetimes.summary(agreements.active());
		const slot = { lifetimeMs: summary.lifetimeMs, refillMs, restoreMs };
		const absences = new Map<PeerId, number>();
		const absenceOf = (partner: PeerId): number => {
			const known = absences.get(partner) ?? partnerAbsence(this.#presence(partner), slot);
			absences.set(partner, known);
			return known;
		};
		return { chance: chanceOfLoss(spreads, absenceOf), lifetimes: summary };
	}

	#presence(partner: PeerId): Parameters<typeof partnerAbsence>[0] {
		const { agreements, absences, ports } = this.#options;
		const awayMs = absences.awayMs(partner);
		const record = agreements.with(partner);
		if (record === undefined || record.document.length === 0) {
			return { inCommitment: false, awayMs, graceMs: 0 };
		}
		const { createdAt, commitmentMs, graceMs } = decodeAgreement(record.document);
		return { inCommitment: createdAt + commitmentMs > ports.clock.now(), awayMs, graceMs };
	}

	/** Copies whose absent holder is back are forgotten first: what no record names is dropped at the next meeting. */
	async #sendHome(): Promise<void> {
		const { holdings, isBack, drop } = this.#options;
		const needless = holdings
			.spared()
			.flatMap((holding) =>
				needlessSpares(holding, isBack).map((spare) => ({ ...spare, stripe: holding.stripe }))
			);
		if (needless.length === 0) return;
		await holdings.forgetSpares(needless);
		for (const [partner, numbers] of byPartner(needless)) await drop(partner, numbers);
	}

	/** Stripes from the chosen folders, as far as their files are as they were in the newest snapshot. */
	async #local(stripes: readonly StripeId[]): Promise<MakeLocally> {
		const { ports, tools, ownHead, index } = this.#options;
		const { records, folders, log } = ports;
		const found = await Promise.all(stripes.map((id) => records.get('stripes', id)));
		const wanted = new Map<StripeId, StripeRecord>();
		for (const record of found) if (record !== undefined) wanted.set(record.id, record);
		const chunks = new Set(
			[...wanted.values()].flatMap(({ contents }) =>
				decodeContents(contents).places.map(({ chunk }) => chunk)
			)
		);
		const fetchChunk = (): Promise<never> => Promise.reject(new Error('not in the cache'));
		const reader = new TreeReader({ tools, records, index, fetchChunk });
		const snapshot = ownHead.secrets.snapshots.at(-1);
		try {
			const files = await LocalFiles.find(
				{ tools, folders, records, index, reader, snapshot },
				chunks
			);
			return async (id) => {
				const record = wanted.get(id);
				if (record === undefined) return undefined;
				return (await remakeStripe(tools, record, (chunk) => files.chunk(chunk)))?.blocks;
			};
		} catch (error) {
			log.write('info', `no repair from own files: ${String(error)}`);
			return () => Promise.resolve(undefined);
		}
	}
}

function byPartner(blocks: readonly StripeHolder[]): ReadonlyMap<PeerId, readonly number[]> {
	const numbers = new Map<PeerId, number[]>();
	for (const { partner, number } of blocks) {
		numbers.set(partner, [...(numbers.get(partner) ?? []), number]);
	}
	return numbers;
}
