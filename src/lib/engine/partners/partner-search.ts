/**
 * Looks for partners (patent steps 264-270): members of the same circles that are on line, would agree on space, and
 * make the group of partners as a whole more diverse (criteria.ts). Where candidates come from is in prospects.ts, what
 * is agreed with them in negotiation.ts.
 */
import { Doorbell } from '../doorbell.ts';
import type { PeerId } from '../identifiers.ts';
import type { Broker, Clock, Log, Random } from '../ports.ts';
import type { System } from '../system.ts';
import { agreementOf, quantisedSpace, roleIn, spaceStepBytes } from './agreement.ts';
import { partnersMax, type Agreements } from './agreements.ts';
import {
	bearableOf,
	bestOf,
	risksOf,
	strain,
	traitsOf,
	type Risk,
	type Traits
} from './criteria.ts';
import type { Lines } from './lines.ts';
import type { Negotiation } from './negotiation.ts';
import { shuffled, type Look, type Prospect, type Prospects } from './prospects.ts';

/** The lent space is cut into at least this many shares, so that the first partner does not get all of it. */
const sharesMin = 8;
/** Between two looks: 10 s, doubling up to 5 minutes while nothing comes of it. */
const seekMs = (vain: number): number => Math.min(5 * 60_000, 10_000 * 2 ** vain);
const declinedPauseMs = 5 * 60_000;
const unreachablePauseMs = 20_000;
/** In a circle with more members than are shown at once, how long we wait for somebody that fits before we take others. */
const patienceMs = 10 * 60_000;

export interface PartnerSearchOptions {
	readonly self: PeerId;
	readonly agreements: Agreements;
	readonly negotiation: Pick<Negotiation, 'propose' | 'settle'>;
	readonly prospects: Pick<Prospects, 'sampled' | 'introduced'>;
	readonly clock: Clock;
	readonly random: Random;
	readonly broker: Pick<Broker, 'find'>;
	readonly lines: Pick<Lines, 'line' | 'dial'>;
	readonly log: Log;
	readonly lendBytes: () => number;
	readonly mayAgree: () => boolean;
}

const nobody: Look = { prospects: [], circleSize: 0, whole: true };

export class PartnerSearch {
	readonly #options: PartnerSearchOptions;
	/** Not asked again before. */
	readonly #notBefore = new Map<PeerId, number>();
	readonly #doorbell = new Doorbell();
	/** Looks since the last one that brought a partner. */
	#vain = 0;
	/** Partners whose network was looked up in this run. */
	readonly #located = new Set<PeerId>();
	#look = nobody;
	/** When somebody that fits was found last, or the search for one began. */
	#fittedAt: number;

	constructor(options: PartnerSearchOptions) {
		this.#options = options;
		this.#fittedAt = options.clock.now();
	}

	/** The space we would agree on with one more partner. */
	share(): number {
		const { mayAgree, lendBytes, agreements } = this.#options;
		if (!mayAgree()) return 0;
		const shares = Math.min(partnersMax, Math.max(sharesMin, this.#look.circleSize));
		const share = quantisedSpace(lendBytes() / shares);
		return Math.min(share, quantisedSpace(agreements.freeBytes()));
	}

	/** Members of our circles that are on line and not partners yet, as of the last look. */
	get strangers(): number {
		return Math.max(0, this.#look.circleSize - this.#options.agreements.active().length);
	}

	/** What could take more of the partners at once than the code bears: the supply was too thin to avoid it. */
	get risks(): readonly Risk[] {
		return risksOf(this.#group());
	}

	/** Whether the group bears one more of this kind, or nobody that fits better is in sight. */
	welcomes(peer: PeerId, system: System): boolean {
		const known = this.#look.prospects.find((prospect) => prospect.peer === peer);
		const traits = traitsOf(known?.prefix, system);
		const group = this.#group();
		const bearable = this.#bearable();
		if (strain(traits, group, bearable) === 0 || this.#look === nobody) return true;
		const others = this.#eligible().filter((prospect) => prospect.peer !== peer);
		const better = others.some((other) => strain(other.traits, group, bearable) === 0);
		return !better && this.#supplyIsThin();
	}

	/** Something changed that may make new partners possible: a broker, a circle, the space lent. */
	look(): void {
		this.#vain = 0;
		this.#doorbell.ring();
	}

	/** Looks for partners until the signal is aborted. */
	async run(signal: AbortSignal): Promise<void> {
		const { clock, log } = this.#options;
		while (!signal.aborted) {
			const before = this.#options.agreements.active().length;
			try {
				if (this.#wantsMore()) await this.#round(signal);
				await this.#locate();
			} catch (error) {
				// A full disk keeps no proposal: the next round tries again.
				log.write('warning', `looking for partners: ${String(error)}`);
			}
			const after = this.#options.agreements.active().length;
			this.#vain = after === before ? this.#vain + 1 : 0;
			await this.#doorbell.wait(clock, seekMs(this.#vain), signal);
		}
	}

	#wantsMore(): boolean {
		const { mayAgree, agreements } = this.#options;
		return mayAgree() && agreements.active().length < partnersMax;
	}

	async #round(signal: AbortSignal): Promise<void> {
		const { prospects, random } = this.#options;
		this.#look = await prospects.sampled();
		if (this.#eligible().length === 0) {
			const introduced = await prospects.introduced();
			this.#look = { ...this.#look, prospects: [...this.#look.prospects, ...introduced] };
		}
		let left = shuffled(this.#eligible(), random);
		while (!signal.aborted && this.#wantsMore()) {
			const best = bestOf(left, this.#group(), this.#bearable());
			if (best === undefined || !(best.fits || this.#supplyIsThin())) return;
			const { candidate, fits } = best;
			left = left.filter((other) => other !== candidate);
			const agreed = await this.#consider(candidate);
			if (agreed && fits) this.#fittedAt = this.#options.clock.now();
		}
	}

	/** Whoever of the last look can be asked now. */
	#eligible(): readonly Prospect[] {
		const { clock, agreements } = this.#options;
		const now = clock.now();
		return this.#look.prospects.filter(({ peer }) => {
			return agreements.isWelcome(peer) && (this.#notBefore.get(peer) ?? 0) <= now;
		});
	}

	/** Whether it is of no use to wait for others: everybody was seen, or we have waited long enough. */
	#supplyIsThin(): boolean {
		const waited = this.#options.clock.now() - this.#fittedAt;
		return this.#look.whole || waited < 0 || waited >= patienceMs;
	}

	/** How many may share something in a group as large as can be had. */
	#bearable(): number {
		const { agreements } = this.#options;
		const possible = Math.max(agreements.active().length, this.#look.circleSize);
		return bearableOf(Math.min(partnersMax, possible));
	}

	#group(): readonly Traits[] {
		return this.#options.agreements.active().map((record) => {
			const agreement = agreementOf(record);
			return traitsOf(record.prefix, agreement.sides[roleIn(agreement, record.partner)].system);
		});
	}

	/** True when an agreement was reached. */
	async #consider({ peer, address, advert, circle, prefix }: Prospect): Promise<boolean> {
		const { clock, lines, agreements, negotiation } = this.#options;
		const standing = agreements.with(peer);
		const binds = standing !== undefined && agreements.binds(standing);
		const spaceBytes = Math.min(advert.shareBytes, this.share());
		if (!binds && spaceBytes < spaceStepBytes) return false;
		const line = lines.line(peer) ?? (await lines.dial(address, peer));
		if (line === undefined) {
			this.#notBefore.set(peer, clock.now() + unreachablePauseMs);
			return false;
		}
		// The answer to a proposal that expired may have been lost: then the partner holds it.
		if (standing?.state === 'proposed' && !binds) await negotiation.settle(line);
		const outcome = await negotiation.propose(line, circle, spaceBytes);
		if (outcome === 'declined') this.#notBefore.set(peer, clock.now() + declinedPauseMs);
		if (outcome === 'agreed' && prefix.length > 0) await agreements.locate(peer, prefix);
		return outcome === 'agreed';
	}

	/** Has brokers say where partners are that found us, once in each run. */
	async #locate(): Promise<void> {
		const { agreements, broker } = this.#options;
		for (const { partner } of agreements.active()) {
			if (this.#located.has(partner)) continue;
			const found = await broker.find(partner);
			if (found.length === 0) continue;
			this.#located.add(partner);
			const prefix = found.find((candidate) => candidate.prefix.length > 0)?.prefix;
			if (prefix !== undefined) await agreements.locate(partner, prefix);
		}
	}
}
