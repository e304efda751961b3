/**
 * The payloads of stripes, and single blocks made again, from whichever partners deliver: the way back through
 * steps 302 to 312 of the patent's figure 7.
 */
import { openBlock } from '../coding/block.ts';
import { sameGeometry } from '../coding/profile.ts';
import type { CodingTools } from '../coding/tools.ts';
import type { PeerId, StripeId } from '../identifiers.ts';
import type { Geometry, Share, Unsubscribe } from '../ports.ts';
import { ByteBudget } from './byte-budget.ts';
import { ConductLedger } from './conduct.ts';
import { gather, type Gathered, type GatheringTools } from './gathering.ts';
import { ask } from './holders.ts';
import { fetchBytesMax, unknownStripeBytes } from './limits.ts';
import type { StripePlaces } from './shelves.ts';

export interface BlockSourceOptions extends Omit<GatheringTools, 'tools' | 'ledger'> {
	readonly tools: Pick<CodingTools, 'keyring' | 'ciphers' | 'coder'>;
	/** m and k of most stripes, from the head: how many partners are asked first for a stripe never heard of. */
	readonly usual: Pick<Geometry, 'm' | 'k'>;
	/** Payload bytes that are fetched at once. */
	readonly fetchBytesMax?: number;
}

/** Fewer than m good blocks can be had now; more may come with other partners. */
export interface MissingBlocks {
	readonly kind: 'missing';
	readonly have: number;
	readonly need: number;
}

export type StripeFetch =
	| { readonly kind: 'payload'; readonly geometry: Geometry; readonly payload: Uint8Array }
	| MissingBlocks;

export type RebuiltBlocks =
	/** In the order of the positions asked for. */
	| { readonly kind: 'blocks'; readonly geometry: Geometry; readonly blocks: readonly Uint8Array[] }
	| MissingBlocks;

export class BlockSource {
	readonly places: StripePlaces;
	readonly #options: BlockSourceOptions;
	readonly #ledger = new ConductLedger();
	readonly #budget: ByteBudget;
	readonly #subscriptions: readonly Unsubscribe[];
	#generation = 0;

	constructor(options: BlockSourceOptions) {
		this.#options = options;
		this.places = options.places;
		this.#budget = new ByteBudget(options.fetchBytesMax ?? fetchBytesMax);
		const grow = (): void => {
			this.#generation++;
		};
		this.#subscriptions = [options.holders.onChange(grow), options.places.onChange(grow)];
	}

	/** Grows whenever a stripe that could not be had may be worth another try. */
	get generation(): number {
		return this.#generation;
	}

	/** Stops listening to the partners. */
	close(): void {
		for (const unsubscribe of this.#subscriptions) unsubscribe();
	}

	/** Partners that returned blocks that did not verify, and how many. */
	rotten(): ReadonlyMap<PeerId, number> {
		return this.#ledger.rotten();
	}

	/** How many different blocks of a stripe are said to lie at partners that are reachable now. */
	reachableBlocks(stripe: StripeId): number {
		const reachable = new Set(this.#options.holders.lines().map(({ peer }) => peer));
		const places = this.places.of(stripe).filter(({ partner }) => reachable.has(partner));
		return new Set(places.map(({ position }) => position)).size;
	}

	/** The stripe's payload, decoded from verified blocks. Rejects with the signal's reason, or as the coder does. */
	async fetchStripe(
		stripe: StripeId,
		known?: Geometry,
		signal?: AbortSignal
	): Promise<StripeFetch> {
		const geometry = known ?? this.#guess();
		return this.#budgeted(geometry, async () => {
			const gathered = await this.#gather({ stripe, geometry }, signal);
			if (gathered.kind === 'missing') return gathered;
			const payload = await this.#decode(gathered.geometry, gathered.shares);
			return { kind: 'payload', geometry: gathered.geometry, payload };
		});
	}

	/**
	 * The plain blocks at these positions, all made from the same m others: what new holders are sent, sealed for each.
	 * Rejects with the signal's reason, or as the coder does.
	 */
	async rebuildBlocks(
		stripe: StripeId,
		positions: readonly number[],
		geometry: Geometry,
		signal?: AbortSignal
	): Promise<RebuiltBlocks> {
		return this.#budgeted(geometry, async () => {
			const without = new Set(positions);
			const gathered = await this.#gather({ stripe, geometry, without }, signal);
			if (gathered.kind === 'missing') return gathered;
			const { coder } = this.#options.tools;
			const blocks: Uint8Array[] = [];
			for (const position of positions) {
				// The coder may detach what it is given, and the next position needs it again.
				const shares = gathered.shares.map((share) => ({ ...share, bytes: share.bytes.slice() }));
				blocks.push(await coder.rebuild(gathered.geometry, shares, position));
			}
			return { kind: 'blocks', geometry: gathered.geometry, blocks };
		});
	}

	/**
	 * The plain block at one position from whoever has it and can be reached: one block is read where making it again
	 * reads m. Undefined when nobody brings a good one. Never rejects for what partners do.
	 */
	async copyBlock(
		stripe: StripeId,
		position: number,
		geometry: Geometry
	): Promise<Uint8Array | undefined> {
		const { tools, holders, purpose } = this.#options;
		for (const place of this.places.of(stripe)) {
			if (place.position !== position) continue;
			const line = holders.lines().find(({ peer }) => peer === place.partner);
			if (line === undefined) continue;
			const { number, partner } = place;
			const reply = await ask(line, { type: 'get-block', number, purpose }, 'bulk');
			if (reply?.type !== 'block') continue;
			const expected = { owner: tools.keyring.peer, partner, stripe, position, number };
			const opened = await openBlock(tools, expected, reply.record);
			const same = opened !== undefined && sameGeometry(opened.header.geometry, geometry);
			if (same) return opened.block;
		}
		return undefined;
	}

	#guess(): Geometry {
		const { m, k } = this.#options.usual;
		return { m, k, blockBytes: Math.ceil(unknownStripeBytes / m) };
	}

	#gather(
		wanted: Parameters<typeof gather>[1],
		signal: AbortSignal | undefined
	): Promise<Gathered> {
		return gather({ ...this.#options, ledger: this.#ledger }, wanted, signal);
	}

	async #budgeted<T>(geometry: Geometry, work: () => Promise<T>): Promise<T> {
		const release = await this.#budget.take(geometry.m * geometry.blockBytes);
		try {
			return await work();
		} finally {
			release();
		}
	}

	/** m data blocks are the payload; anything else goes through the coder. */
	async #decode(geometry: Geometry, shares: readonly Share[]): Promise<Uint8Array> {
		const { m, blockBytes } = geometry;
		if (shares.some(({ position }) => position >= m)) {
			return this.#options.tools.coder.decode(geometry, shares);
		}
		const payload = new Uint8Array(m * blockBytes);
		for (const { position, bytes } of shares) payload.set(bytes, position * blockBytes);
		return payload;
	}
}
