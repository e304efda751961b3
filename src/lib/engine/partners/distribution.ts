/**
 * Brings the blocks of a stripe to their partners (patent step 296). A stripe is stored with q acknowledgements;
 * the rest is waited for with patience, and what is not placed by then is owed: the refill makes it up later.
 * Blocks in flight live in memory only, bounded by `room`.
 */
import { saltOf, sealBlock } from '../coding/block.ts';
import { quorum } from '../coding/profile.ts';
import type { CodedStripe } from '../coding/stripe.ts';
import type { BlockSealingTools } from '../coding/tools.ts';
import { Listeners } from '../doorbell.ts';
import type { PeerId, StripeId } from '../identifiers.ts';
import type { Clock, Geometry, Log } from '../ports.ts';
import type { StripeHolder } from '../records.ts';
import type { Reply } from '../wire/messages.ts';
import type { Meetings } from './meetings.ts';
import { assignPositions, type PlacementCandidate } from './placement.ts';
import type { ShelfNumbers } from './shelf-numbers.ts';

/** Blocks in flight: enough to keep 8 partners busy over a long line, small beside the memory limit. */
const flightBytesMax = 24 * 1024 * 1024;
const flightStripesMin = 2;
/** How long after q acknowledgements the remaining partners are waited for. */
const patienceMs = 10_000;
const busyPauseMs = 1_000;

export interface DistributionOptions {
	readonly self: PeerId;
	readonly tools: BlockSealingTools;
	readonly partners: Pick<Meetings, 'reach' | 'isMet' | 'news'>;
	readonly numbers: ShelfNumbers;
	readonly clock: Clock;
	readonly log: Log;
	/** Partners with an agreement, in a stable order. */
	readonly candidates: () => readonly PlacementCandidate[];
	readonly onRefused: (partner: PeerId, reason: string) => void;
	/** A partner says that a newer head fenced this instance off. False when what it shows does not prove it. */
	readonly onFenced: (head: Uint8Array | undefined) => boolean;
	/** A block arrived: its bytes on the wire. */
	readonly onBlock: (partner: PeerId, bytes: number) => void;
	/** A stripe is stored. Called before it leaves `inFlight`, so that it is always in one account or the other. */
	readonly onStored: (stripe: CodedStripe, holders: readonly (StripeHolder | undefined)[]) => void;
}

/** One block for one partner. */
export interface BlockOrder {
	readonly partner: PeerId;
	readonly stripe: StripeId;
	readonly position: number;
	readonly geometry: Geometry;
	readonly block: Uint8Array;
}

/** Too few partners take blocks for a stripe of this code: the backup starts again with a code for those that do. */
export class TooFewTakers extends Error {
	override readonly name = 'TooFewTakers';
}

interface Flight {
	readonly stripe: CodedStripe;
	readonly bytes: number;
	readonly holders: (StripeHolder | undefined)[];
	readonly partners: Set<PeerId>;
	readonly stop: AbortController;
	stored: number;
	/** Placements that may still succeed without news of partners. */
	hopeful: number;
}

export class Distribution {
	readonly #options: DistributionOptions;
	readonly #flights = new Set<Flight>();
	readonly #landed = new Listeners();

	constructor(options: DistributionOptions) {
		this.#options = options;
	}

	/** Resolves when another stripe may be built. */
	async room(signal: AbortSignal): Promise<void> {
		while (!this.#hasRoom()) {
			signal.throwIfAborted();
			await this.#landed.next(signal);
		}
		signal.throwIfAborted();
	}

	#hasRoom(): boolean {
		let bytes = 0;
		for (const flight of this.#flights) bytes += flight.bytes;
		return this.#flights.size < flightStripesMin || bytes < flightBytesMax;
	}

	/** Stripes whose blocks are on their way now: what lies at partners without being in the index yet. */
	inFlight(): ReadonlySet<string> {
		return new Set([...this.#flights].map(({ stripe }) => stripe.contents.stripe));
	}

	/** Resolves once q partners acknowledged and the others did, refused or were out of patience. */
	async store(
		stripe: CodedStripe,
		signal: AbortSignal
	): Promise<readonly (StripeHolder | undefined)[]> {
		const n = stripe.blocks.length;
		const flight: Flight = {
			stripe,
			bytes: n * stripe.geometry.blockBytes,
			holders: Array.from<undefined>({ length: n }),
			partners: new Set(),
			stop: new AbortController(),
			stored: 0,
			hopeful: n
		};
		const abort = (): void => {
			flight.stop.abort(signal.reason);
		};
		signal.addEventListener('abort', abort, { once: true });
		this.#flights.add(flight);
		try {
			await this.#fly(flight);
			// What q partners acknowledged is stored, even if the backup is stopped at that moment.
			if (flight.stored < quorum(stripe.geometry)) signal.throwIfAborted();
			const holders = [...flight.holders];
			this.#options.onStored(stripe, holders);
			return holders;
		} finally {
			signal.removeEventListener('abort', abort);
			flight.stop.abort('landed');
			this.#flights.delete(flight);
			this.#landed.tell();
		}
	}

	async #fly(flight: Flight): Promise<void> {
		const { candidates, clock } = this.#options;
		const targets = assignPositions(candidates(), flight.stripe.blocks.length);
		for (const target of targets) if (target !== undefined) flight.partners.add(target);
		const q = quorum(flight.stripe.geometry);
		await new Promise<void>((resolve, reject) => {
			const look = (): void => {
				if (flight.hopeful > 0) return;
				if (flight.stored >= q) resolve();
				else reject(new TooFewTakers(`${flight.stored} of ${q} partners needed take blocks`));
			};
			const placements = targets.map(async (target, position) => {
				if (await this.#place(flight, position, target, look)) flight.stored++;
				flight.hopeful--;
				if (flight.stored === q) void this.#losePatience(flight, clock).then(resolve);
				look();
			});
			flight.stop.signal.addEventListener('abort', () => {
				resolve();
			});
			Promise.all(placements).catch(reject);
		});
	}

	async #losePatience(flight: Flight, clock: Clock): Promise<void> {
		await clock.sleep(patienceMs, flight.stop.signal).catch(() => undefined);
	}

	/** Tries the chosen partner, then spare ones as they come. True when the block is stored. */
	async #place(
		flight: Flight,
		position: number,
		chosen: PeerId | undefined,
		lostHope: () => void
	): Promise<boolean> {
		const { signal } = flight.stop;
		const { geometry, contents, blocks } = flight.stripe;
		const block = blocks[position];
		if (block === undefined) throw new RangeError(`a stripe without block ${position}`);
		let target = chosen;
		while (!signal.aborted) {
			target ??= this.#spare(flight);
			if (target === undefined) {
				flight.hopeful--;
				lostHope();
				await this.#options.partners.news(signal);
				flight.hopeful++;
				continue;
			}
			const { stripe } = contents;
			const order = { partner: target, stripe, position, geometry, block };
			const holder = await this.send(order, signal);
			if (holder !== undefined) {
				flight.holders[position] = holder;
				return true;
			}
			target = undefined;
		}
		return false;
	}

	#spare(flight: Flight): PeerId | undefined {
		const spare = this.#options
			.candidates()
			.find((c) => c.connected && !c.refusing && !flight.partners.has(c.peer))?.peer;
		if (spare !== undefined) flight.partners.add(spare);
		return spare;
	}

	/**
	 * Sends one block until it is stored, the partner refuses or is none any more, or the signal is aborted. Every
	 * try after a lost link uses the same number and record, so a lost answer costs nothing. An impatient order
	 * ends with the link.
	 */
	async send(
		order: BlockOrder & { readonly impatient?: boolean },
		signal: AbortSignal
	): Promise<StripeHolder | undefined> {
		const { numbers, tools, self, onBlock, candidates, partners } = this.#options;
		const { partner, stripe, position, geometry } = order;
		const number = await numbers.take(partner);
		const header = { owner: self, partner, stripe, position, number, geometry };
		const record = await sealBlock(tools, header, order.block);
		while (!signal.aborted && candidates().some(({ peer }) => peer === partner)) {
			if (order.impatient === true && !partners.isMet(partner)) return undefined;
			const reply = await this.#ask(partner, { stripe, position, number, record }, signal);
			if (reply === undefined) continue;
			if (reply.type === 'acknowledged') {
				onBlock(partner, record.length);
				return { partner, number, salt: saltOf(record) };
			}
			if (await this.#refused(partner, reply, signal)) return undefined;
		}
		return undefined;
	}

	/** The partner's answer; undefined when the link was lost or the wait ended. */
	async #ask(
		partner: PeerId,
		block: {
			readonly stripe: StripeId;
			readonly position: number;
			readonly number: number;
			readonly record: Uint8Array;
		},
		signal: AbortSignal
	): Promise<Reply | undefined> {
		try {
			const line = await this.#options.partners.reach(partner, signal);
			return await line.request({ type: 'put-block', ...block }, { priority: 'bulk' });
		} catch (error) {
			if (!signal.aborted) {
				this.#options.log.write('info', `block to ${partner.slice(0, 8)}: ${String(error)}`);
				await this.#options.clock.sleep(busyPauseMs, signal).catch(() => undefined);
			}
			return undefined;
		}
	}

	/** Whether the answer is final. */
	async #refused(partner: PeerId, reply: Reply, signal: AbortSignal): Promise<boolean> {
		const { log, clock, onFenced, onRefused } = this.#options;
		if (reply.type !== 'declined') {
			log.write('warning', `${partner.slice(0, 8)} answered a block with ${reply.type}`);
			onRefused(partner, 'it answers nonsense');
			return true;
		}
		if (reply.reason === 'busy') {
			await clock.sleep(busyPauseMs, signal).catch(() => undefined);
			return false;
		}
		if (reply.reason !== 'fenced' || !onFenced(reply.head)) {
			onRefused(partner, `${reply.reason}: ${reply.detail}`);
		}
		return true;
	}
}
