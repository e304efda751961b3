/**
 * Brings the blocks of a stripe to their partners (patent step 296). A stripe is stored with q acknowledgements;
 * the rest is waited for with patience, and what is not placed by then is owed: the refill makes it up later.
 * Blocks in flight live in memory only, bounded by `room`.
 */
import { sealBlock } from '../coding/block.ts';
import { quorum } from '../coding/profile.ts';
import type { CodedStripe, CodingTools } from '../coding/stripe.ts';
import { Listeners } from '../doorbell.ts';
import type { PeerId } from '../identifiers.ts';
import type { Clock, Log } from '../ports.ts';
import type { StripeHolder } from '../records.ts';
import type { Reply } from '../wire/messages.ts';
import type { Lines } from './lines.ts';
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
	readonly tools: Pick<CodingTools, 'keyring' | 'ciphers' | 'random'>;
	readonly lines: Lines;
	readonly numbers: ShelfNumbers;
	readonly clock: Clock;
	readonly log: Log;
	/** Partners with an agreement, in a stable order. */
	readonly candidates: () => readonly PlacementCandidate[];
	readonly onRefused: (partner: PeerId, reason: string) => void;
	/** A newer head fenced this instance off. */
	readonly onFenced: (head: Uint8Array | undefined) => void;
	/** A block arrived: its bytes on the wire. */
	readonly onBlock: (partner: PeerId, bytes: number) => void;
	/** A stripe is stored. Called before it leaves `inFlight`, so that it is always in one account or the other. */
	readonly onStored: (stripe: CodedStripe, holders: readonly (StripeHolder | undefined)[]) => void;
}

export type BlockOutcome = 'stored' | 'refused' | 'fenced';

interface Flight {
	readonly stripe: CodedStripe;
	readonly bytes: number;
	readonly holders: (StripeHolder | undefined)[];
	readonly partners: Set<PeerId>;
	readonly stop: AbortController;
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
			await new Promise<void>((resolve) => {
				const done = (): void => {
					unsubscribe();
					signal.removeEventListener('abort', done);
					resolve();
				};
				const unsubscribe = this.#landed.add(done);
				signal.addEventListener('abort', done, { once: true });
			});
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
			stop: new AbortController()
		};
		const abort = (): void => {
			flight.stop.abort(signal.reason);
		};
		signal.addEventListener('abort', abort, { once: true });
		this.#flights.add(flight);
		try {
			await this.#fly(flight);
			signal.throwIfAborted();
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
		let stored = 0;
		await new Promise<void>((resolve) => {
			const placements = targets.map(async (target, position) => {
				if (await this.#place(flight, position, target)) stored++;
				if (stored === q) void this.#losePatience(flight, clock).then(resolve);
			});
			flight.stop.signal.addEventListener('abort', () => {
				resolve();
			});
			void Promise.allSettled(placements).then(() => {
				// Fewer than q could be placed: only new partners or a return can help, so the flight waits.
				if (stored >= q) resolve();
			});
		});
	}

	async #losePatience(flight: Flight, clock: Clock): Promise<void> {
		await clock.sleep(patienceMs, flight.stop.signal).catch(() => undefined);
	}

	/** Tries the chosen partner, then spare ones. True when the block is stored. */
	async #place(flight: Flight, position: number, chosen: PeerId | undefined): Promise<boolean> {
		let target = chosen;
		while (!flight.stop.signal.aborted) {
			target ??= this.#spare(flight);
			if (target === undefined) {
				if (!(await this.#newsOfPartners(flight.stop.signal))) return false;
				continue;
			}
			const block = flight.stripe.blocks[position];
			if (block === undefined) return false;
			const { stripe } = flight.stripe.contents;
			const geometry = flight.stripe.geometry;
			const holder = await this.send(
				{ partner: target, stripe, position, geometry, block },
				flight.stop.signal
			);
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

	/** False when the wait was ended. */
	async #newsOfPartners(signal: AbortSignal): Promise<boolean> {
		await new Promise<void>((resolve) => {
			const done = (): void => {
				unsubscribe();
				signal.removeEventListener('abort', done);
				resolve();
			};
			const unsubscribe = this.#options.lines.onChange(done);
			signal.addEventListener('abort', done, { once: true });
		});
		return !signal.aborted;
	}

	/**
	 * Sends one block until it is stored, the partner refuses, or the signal is aborted. Used for new stripes and
	 * for refills. Every try after a lost link uses the same number and record, so a lost answer costs nothing.
	 */
	async send(
		order: {
			readonly partner: PeerId;
			readonly stripe: CodedStripe['contents']['stripe'];
			readonly position: number;
			readonly geometry: CodedStripe['geometry'];
			readonly block: Uint8Array;
		},
		signal: AbortSignal
	): Promise<StripeHolder | undefined> {
		const { numbers, tools, self, onBlock } = this.#options;
		const { partner, stripe, position, geometry } = order;
		const number = await numbers.take(partner);
		const header = { owner: self, partner, stripe, position, number, geometry };
		const record = await sealBlock(tools, header, order.block);
		while (!signal.aborted) {
			const reply = await this.#ask(partner, { stripe, position, number, record }, signal);
			if (reply === undefined) continue;
			if (reply.type === 'acknowledged') {
				onBlock(partner, record.length);
				return { partner, number };
			}
			if (await this.#refused(partner, reply, signal)) return undefined;
		}
		return undefined;
	}

	/** The partner's answer; undefined when the link was lost or the wait ended. */
	async #ask(
		partner: PeerId,
		block: {
			readonly stripe: CodedStripe['contents']['stripe'];
			readonly position: number;
			readonly number: number;
			readonly record: Uint8Array;
		},
		signal: AbortSignal
	): Promise<Reply | undefined> {
		try {
			const line = await this.#options.lines.reach(partner, signal);
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
		if (reply.reason === 'fenced') onFenced(reply.head);
		else onRefused(partner, `${reply.reason}: ${reply.detail}`);
		return true;
	}
}
