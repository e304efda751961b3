/**
 * Looks for partners (patent steps 264-270, first form): members of the same circles that are on line and would
 * agree on space, drawn at random. What is agreed with them is in agreements.ts.
 */
import { Doorbell } from '../doorbell.ts';
import type { CircleId, PeerId } from '../identifiers.ts';
import type { Broker, Candidate, Clock, Log, Random } from '../ports.ts';
import { readAdvert } from './advert.ts';
import { quantisedSpace, spaceStepBytes } from './agreement.ts';
import { partnersMax, type Agreements } from './agreements.ts';
import type { Lines } from './lines.ts';
import type { Negotiation } from './negotiation.ts';

/** The lent space is cut into at least this many shares, so that the first partner does not get all of it. */
const sharesMin = 8;
/** Between two looks: 10 s, doubling up to 5 minutes while nothing comes of it. */
const seekMs = (vain: number): number => Math.min(5 * 60_000, 10_000 * 2 ** vain);
const declinedPauseMs = 5 * 60_000;
const unreachablePauseMs = 20_000;
const sampleCount = 32;

export interface PartnerSearchOptions {
	readonly self: PeerId;
	readonly agreements: Agreements;
	readonly negotiation: Pick<Negotiation, 'propose' | 'settle'>;
	readonly clock: Clock;
	readonly random: Random;
	readonly broker: Broker;
	readonly lines: Pick<Lines, 'line' | 'dial'>;
	readonly log: Log;
	readonly circles: () => readonly CircleId[];
	readonly lendBytes: () => number;
	readonly mayAgree: () => boolean;
}

export class PartnerSearch {
	readonly #options: PartnerSearchOptions;
	/** Not asked again before. */
	readonly #notBefore = new Map<PeerId, number>();
	readonly #doorbell = new Doorbell();
	/** Members of our circles seen at the last look, ourselves left out. */
	#circleSize = 0;
	/** Looks since the last one that brought a partner. */
	#vain = 0;

	constructor(options: PartnerSearchOptions) {
		this.#options = options;
	}

	/** The space we would agree on with one more partner. */
	share(): number {
		const { mayAgree, lendBytes, agreements } = this.#options;
		if (!mayAgree()) return 0;
		const shares = Math.min(partnersMax, Math.max(sharesMin, this.#circleSize));
		const share = quantisedSpace(lendBytes() / shares);
		return Math.min(share, quantisedSpace(agreements.freeBytes()));
	}

	/** Members of our circles that are on line and not partners yet, as of the last look. */
	get strangers(): number {
		return Math.max(0, this.#circleSize - this.#options.agreements.active().length);
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
		const { broker, circles, random, self } = this.#options;
		let size = 0;
		for (const circle of circles()) {
			const found = await broker.sample(circle, sampleCount);
			const others = found.filter(({ peer }) => peer !== self);
			size = Math.max(size, new Set(others.map(({ peer }) => peer)).size);
			this.#circleSize = size;
			for (const candidate of shuffled(others, random)) {
				if (signal.aborted || !this.#wantsMore()) return;
				await this.#consider(candidate, circle);
			}
		}
	}

	async #consider({ peer, address, advert }: Candidate, circle: CircleId): Promise<void> {
		const { clock, lines, agreements, negotiation } = this.#options;
		const now = clock.now();
		const standing = agreements.with(peer);
		if (!agreements.isWelcome(peer)) return;
		if ((this.#notBefore.get(peer) ?? 0) > now) return;
		const binds = standing !== undefined && agreements.binds(standing);
		const spaceBytes = Math.min(readAdvert(peer, advert)?.shareBytes ?? 0, this.share());
		if (!binds && spaceBytes < spaceStepBytes) return;
		const line = lines.line(peer) ?? (await lines.dial(address, peer));
		if (line === undefined) {
			this.#notBefore.set(peer, clock.now() + unreachablePauseMs);
			return;
		}
		// The answer to a proposal that expired may have been lost: then the partner holds it.
		if (standing?.state === 'proposed' && !binds) await negotiation.settle(line);
		const outcome = await negotiation.propose(line, circle, spaceBytes);
		if (outcome === 'declined') this.#notBefore.set(peer, clock.now() + declinedPauseMs);
	}
}

/** Fisher and Yates; 32 random bits against at most 32 candidates leave no bias worth naming. */
function shuffled<T>(items: readonly T[], random: Random): readonly T[] {
	const left = [...items];
	const drawn: T[] = [];
	while (left.length > 0) {
		const word = new DataView(random.bytes(4).buffer).getUint32(0);
		drawn.push(...left.splice(word % left.length, 1));
	}
	return drawn;
}
