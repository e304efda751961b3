/**
 * Gathers m good blocks of one stripe (patent, figure 7, steps 302 to 306): asks as many partners as are
 * needed, replaces those that fail, return rot or take too long, and is done as soon as m blocks verified.
 */
import { openBlock } from '../coding/block.ts';
import { sameGeometry } from '../coding/profile.ts';
import type { CodingTools } from '../coding/tools.ts';
import { Doorbell } from '../doorbell.ts';
import type { PeerId, StripeId } from '../identifiers.ts';
import type { Clock, Geometry, Share } from '../ports.ts';
import { type ConductLedger, hasRoom, type Outcome, patienceMs, rankPlaces } from './conduct.ts';
import { ask, type HolderLine, type Holders } from './holders.ts';
import { attemptsPerPlaceMax, giveUpMs, patiencesMax } from './limits.ts';
import type { ReadPurpose } from '../wire/messages.ts';
import type { HeldPlace, StripePlaces } from './shelves.ts';

export interface GatheringTools {
	readonly tools: Pick<CodingTools, 'keyring' | 'ciphers'>;
	readonly clock: Clock;
	readonly holders: Holders;
	readonly places: StripePlaces;
	readonly ledger: ConductLedger;
	/** What the blocks are read for: each purpose has a budget of its own at the partners. */
	readonly purpose: ReadPurpose;
}

export interface WantedStripe {
	readonly stripe: StripeId;
	/** What the index says, or a guess; the blocks' own headers decide. */
	readonly geometry: Geometry;
	/** Positions that must not be read: blocks that are to be rebuilt. */
	readonly without?: ReadonlySet<number>;
}

export type Gathered =
	| { readonly kind: 'shares'; readonly geometry: Geometry; readonly shares: readonly Share[] }
	| { readonly kind: 'missing'; readonly have: number; readonly need: number };

interface Attempt {
	readonly place: HeldPlace;
	state: 'running' | 'overdue' | 'ended';
}

/** Rejects only with the signal's reason. */
export async function gather(
	tools: GatheringTools,
	wanted: WantedStripe,
	signal?: AbortSignal
): Promise<Gathered> {
	const gathering = new Gathering(tools, wanted);
	try {
		return await gathering.run(signal ?? new AbortController().signal);
	} finally {
		gathering.close();
	}
}

class Gathering {
	readonly #tools: GatheringTools;
	readonly #wanted: WantedStripe;
	readonly #bell = new Doorbell();
	readonly #good = new Map<number, Uint8Array>();
	readonly #attempts: Attempt[] = [];
	readonly #close = new AbortController();
	#geometry: Geometry | undefined;

	constructor(tools: GatheringTools, wanted: WantedStripe) {
		this.#tools = tools;
		this.#wanted = wanted;
	}

	async run(signal: AbortSignal): Promise<Gathered> {
		const ring = (): void => {
			this.#bell.ring();
		};
		const { holders, places, ledger, clock } = this.#tools;
		const subscriptions = [holders.onChange(ring), places.onChange(ring), ledger.onEnd(ring)];
		try {
			for (;;) {
				signal.throwIfAborted();
				const need = this.#expected.m;
				if (this.#good.size >= need) return this.#shares();
				const waiting = this.#askMore();
				if (!waiting) return { kind: 'missing', have: this.#good.size, need };
				await this.#bell.wait(clock, giveUpMs, signal);
			}
		} finally {
			for (const unsubscribe of subscriptions) unsubscribe();
		}
	}

	/** Answers that come later are measured and thrown away. */
	close(): void {
		this.#close.abort(new Error('the stripe is whole, or given up'));
		this.#good.clear();
	}

	get #expected(): Geometry {
		return this.#geometry ?? this.#wanted.geometry;
	}

	#shares(): Gathered {
		const shares = [...this.#good].map(([position, bytes]) => ({ position, bytes }));
		shares.sort((a, b) => a.position - b.position);
		return { kind: 'shares', geometry: this.#expected, shares };
	}

	/** Asks for the blocks that are neither here nor on time. Whether there is anything to wait for. */
	#askMore(): boolean {
		const { m, blockBytes } = this.#expected;
		const onTime = this.#attempts.filter(({ state }) => state === 'running').length;
		let lacking = m - this.#good.size - onTime;
		const candidates = this.#candidates();
		const asked = new Set<number>();
		let queued = false;
		for (const { place, conduct } of rankPlaces(candidates, { m, blockBytes })) {
			if (lacking <= 0) break;
			if (asked.has(place.position)) continue;
			if (hasRoom(conduct)) {
				asked.add(place.position);
				lacking--;
				void this.#attempt(place);
			} else {
				queued = true;
			}
		}
		return queued || this.#attempts.some(({ state }) => state !== 'ended');
	}

	#candidates(): {
		place: HeldPlace;
		conduct: ReturnType<ConductLedger['of']>;
		attempts: number;
	}[] {
		const { places, ledger } = this.#tools;
		const reachable = new Set(this.#lines().keys());
		return places
			.of(this.#wanted.stripe)
			.filter(({ partner, position }) => reachable.has(partner) && this.#isLacking(position))
			.map((place) => ({
				place,
				conduct: ledger.of(place.partner),
				attempts: this.#attemptsAt(place).length
			}))
			.filter(
				({ place, attempts }) =>
					attempts < attemptsPerPlaceMax &&
					this.#attemptsAt(place).every(({ state }) => state === 'ended')
			);
	}

	/** Whether nobody has brought this position, or is on time with it. */
	#isLacking(position: number): boolean {
		if (this.#wanted.without?.has(position) === true || this.#good.has(position)) return false;
		const { m, k } = this.#expected;
		if (this.#geometry !== undefined && position >= m + k) return false;
		return !this.#attempts.some(
			({ place, state }) => place.position === position && state === 'running'
		);
	}

	#attemptsAt(place: HeldPlace): readonly Attempt[] {
		return this.#attempts.filter(
			({ place: tried }) => tried.partner === place.partner && tried.position === place.position
		);
	}

	#lines(): ReadonlyMap<PeerId, HolderLine> {
		return new Map(this.#tools.holders.lines().map((line) => [line.peer, line]));
	}

	async #attempt(place: HeldPlace): Promise<void> {
		const line = this.#lines().get(place.partner);
		if (line === undefined) return;
		const { ledger, clock } = this.#tools;
		const { blockBytes } = this.#expected;
		const attempt: Attempt = { place, state: 'running' };
		this.#attempts.push(attempt);
		const patience = patienceMs(ledger.of(place.partner), blockBytes);
		ledger.began(place.partner, blockBytes);
		const timer = new AbortController();
		const silence = this.#watch(attempt, patience, timer.signal);
		const startedAt = clock.now();
		const fetched = this.#fetch(place, line, () => clock.now() - startedAt);
		const outcome = await Promise.race([fetched, silence]);
		timer.abort(new Error('the attempt ended'));
		attempt.state = 'ended';
		ledger.ended(place.partner, blockBytes, outcome);
		this.#bell.ring();
	}

	/**
	 * Marks the attempt overdue when its partner delivers nothing for a while, or only other blocks for a long
	 * while; resolves when it is to be given up.
	 */
	async #watch(attempt: Attempt, patience: number, signal: AbortSignal): Promise<Outcome> {
		const { clock, ledger } = this.#tools;
		let { delivered } = ledger.of(attempt.place.partner);
		let silentMs = 0;
		for (let round = 1; silentMs < giveUpMs; round++) {
			const woken = await clock.sleep(patience, signal).then(
				() => true,
				() => false
			);
			// Otherwise the attempt ended first.
			if (!woken) break;
			const before = delivered;
			({ delivered } = ledger.of(attempt.place.partner));
			silentMs = delivered === before ? silentMs + patience : 0;
			if (silentMs === 0 && round < patiencesMax) continue;
			attempt.state = 'overdue';
			this.#bell.ring();
		}
		return { kind: 'failed' };
	}

	async #fetch(place: HeldPlace, line: HolderLine, elapsed: () => number): Promise<Outcome> {
		const { number, partner, position } = place;
		const { purpose } = this.#tools;
		const reply = await ask(line, { type: 'get-block', number, purpose }, 'bulk');
		if (reply === undefined || reply.type === 'declined') return { kind: 'failed' };
		if (reply.type !== 'block') return { kind: 'rotten' };
		const ms = elapsed();
		const { tools } = this.#tools;
		const { stripe } = this.#wanted;
		const expected = { owner: tools.keyring.peer, partner, stripe, position, number };
		const opened = await openBlock(tools, expected, reply.record);
		if (opened === undefined) return { kind: 'rotten' };
		this.#take(position, opened.header.geometry, opened.block);
		return { kind: 'good', bytes: reply.record.length, ms };
	}

	/** All blocks of a stripe were written with one geometry: the first verified one tells it. */
	#take(position: number, geometry: Geometry, block: Uint8Array): void {
		if (this.#close.signal.aborted) return;
		this.#geometry ??= geometry;
		if (!sameGeometry(this.#geometry, geometry)) return;
		if (this.#good.size < geometry.m) this.#good.set(position, block);
	}
}
