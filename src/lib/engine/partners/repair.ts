/**
 * Makes blocks again that nobody holds, or that need a stand-in (patent step 258; design section 5): the most
 * endangered stripes first, all blocks of a stripe from one gathering, and from the cheapest source that has them:
 * this machine's own files, a copy at a partner that leaves, or m other blocks. The account of what it cost stands
 * beside the least that it could have cost. Nothing is planned for longer than one batch, so that a crash loses no
 * plan: what is owed stands in the records.
 */
import { recordBytes } from '../coding/block.ts';
import type { PeerId, StripeId } from '../identifiers.ts';
import type { Clock } from '../ports.ts';
import type { SpareHolder, StripeHolder } from '../records.ts';
import type { BlockSource } from '../restore/block-source.ts';
import type { Distribution } from './distribution.ts';
import { sparesOf, type Holding } from './holding.ts';
import type { Holdings } from './holdings.ts';
import type { PlacementCandidate } from './placement.ts';
import {
	repairOrders,
	seenMargin,
	standInPositions,
	type Endangered,
	type NewBlock,
	type RepairOrder,
	type Seen
} from './replacement.ts';

/** What making blocks again has cost since the start, in record bytes on the wire. */
export interface RepairAccount {
	readonly readBytes: number;
	readonly writtenBytes: number;
	/**
	 * The least that it could have been: each block written once, and m blocks read once for each stripe that neither
	 * the own files nor a copy could give. Stand-ins count only once they are counted on.
	 */
	readonly minimumBytes: number;
}

/** The blocks of a stripe from this machine's own files; undefined when they are not there unchanged. */
export type MakeLocally = (stripe: StripeId) => Promise<readonly Uint8Array[] | undefined>;

export interface RepairOptions {
	readonly holdings: Holdings;
	readonly source: Pick<BlockSource, 'rebuildBlocks' | 'copyBlock'>;
	readonly distribution: Pick<Distribution, 'send'>;
	readonly clock: Pick<Clock, 'now'>;
	readonly candidates: () => readonly PlacementCandidate[];
	/** Whether a holder was seen lately; undefined while this peer's own connection is in doubt. */
	readonly seen: () => Seen | undefined;
	/** Gets ready to make these stripes from the own files. */
	readonly local: (stripes: readonly StripeId[]) => Promise<MakeLocally>;
	/** Orders blocks dropped at a partner, if it can be reached now. */
	readonly drop: (partner: PeerId, shelfNumbers: readonly number[]) => Promise<void>;
	readonly onMade: (partner: PeerId, blocks: number) => void;
	/** At most so many bytes a second are read and written for repair, over the long run. */
	readonly bytesPerSecond?: number;
}

/** Blocks made again before the rounds look around. */
const batchBlocks = 64;
/** What may be spent at once after a pause. */
const burstMs = 10_000;
/** Longer than one stripe takes at any useful rate: a clock that was set back must not stop repair for as long. */
const debtMsMax = 60 * 60_000;

type Made = readonly { readonly block: NewBlock; readonly bytes: Uint8Array }[];

export class Repair {
	readonly #options: RepairOptions;
	#account: RepairAccount = { readBytes: 0, writtenBytes: 0, minimumBytes: 0 };
	/** When all that was spent is paid for at the permitted rate. */
	#paidAt = -Infinity;

	constructor(options: RepairOptions) {
		this.#options = options;
	}

	get account(): RepairAccount {
		return this.#account;
	}

	/** Makes one batch. False when nothing could be made now. */
	async run(signal: AbortSignal): Promise<boolean> {
		const orders = repairOrders(this.#endangered(), this.#options.candidates(), batchBlocks);
		if (orders.length === 0 || !this.#maySpend()) return false;
		const local = await this.#options.local(orders.map(({ holding }) => holding.stripe));
		const made = new Map<PeerId, number>();
		/** They refused a block, or went away, since the orders were made. */
		const refused = new Set<PeerId>();
		for (const order of orders) {
			if (signal.aborted || !this.#maySpend()) break;
			const blocks = order.blocks.filter(({ partner }) => !refused.has(partner));
			if (blocks.length > 0) await this.#fill({ ...order, blocks }, local, refused, made, signal);
		}
		for (const [partner, blocks] of made) this.#options.onMade(partner, blocks);
		return made.size > 0;
	}

	/** Stripes that lack blocks or are in danger, those with the fewest seen blocks beyond m first. */
	#endangered(): readonly Endangered[] {
		const { holdings } = this.#options;
		const seen = this.#options.seen();
		const found = new Map<StripeId, Endangered>();
		for (const holding of holdings.owing()) found.set(holding.stripe, { holding, standIns: [] });
		for (const spread of seen === undefined ? [] : holdings.spreads()) {
			for (const stripe of spread.stripes) {
				const holding = holdings.get(stripe);
				if (holding === undefined || seen === undefined) break;
				const standIns = standInPositions(holding, seen);
				// The stripes of a spread lie with the same partners: all of them are in danger, or none.
				if (standIns.length === 0) break;
				found.set(stripe, { holding, standIns });
			}
		}
		const everybody: Seen = () => true;
		return [...found.values()]
			.map((each) => ({ each, margin: seenMargin(each.holding, seen ?? everybody) }))
			.toSorted((a, b) => a.margin - b.margin)
			.map(({ each }) => each);
	}

	async #fill(
		{ holding, blocks }: RepairOrder,
		local: MakeLocally,
		refused: Set<PeerId>,
		made: Map<PeerId, number>,
		signal: AbortSignal
	): Promise<void> {
		for (const { block, bytes } of await this.#make(holding, blocks, local, signal)) {
			const { position, partner } = block;
			if (signal.aborted) return;
			if (refused.has(partner)) continue;
			const { stripe, geometry } = holding;
			// Backups wait for repairs, so none may wait for a partner that went away.
			const order = { partner, stripe, position, geometry, block: bytes, impatient: true };
			const holder = await this.#options.distribution.send(order, signal);
			if (holder === undefined) {
				refused.add(partner);
				continue;
			}
			await this.#keep(holding, block, holder);
			made.set(partner, (made.get(partner) ?? 0) + 1);
		}
	}

	async #keep(before: Holding, { position, as }: NewBlock, holder: StripeHolder): Promise<void> {
		const { holdings } = this.#options;
		const { stripe } = before;
		const bytes = recordBytes(before.geometry.blockBytes);
		if (as === 'temporary') {
			this.#count({ writtenBytes: bytes });
			await holdings.addSpare(stripe, { ...holder, position, kind: 'temporary' });
			return;
		}
		this.#count({ writtenBytes: bytes, minimumBytes: bytes });
		const copies = sparesOf(before).filter((spare) => spare.position === position);
		await holdings.assign([{ stripe, position, holder }]);
		await this.#drop(copies);
	}

	/** What is left at partners that hold a position no more. */
	async #drop(copies: readonly SpareHolder[]): Promise<void> {
		for (const { partner, number } of copies) await this.#options.drop(partner, [number]);
	}

	async #make(
		holding: Holding,
		blocks: readonly NewBlock[],
		local: MakeLocally,
		signal: AbortSignal
	): Promise<Made> {
		const own = await local(holding.stripe);
		if (own !== undefined) {
			return blocks.flatMap((block) => {
				const bytes = own[block.position];
				return bytes === undefined ? [] : [{ block, bytes }];
			});
		}
		const copied = await this.#copy(holding, blocks);
		const rest = blocks.filter((block) => !copied.some((made) => made.block === block));
		return [...copied, ...(await this.#rebuild(holding, rest, signal))];
	}

	async #copy({ stripe, geometry }: Holding, blocks: readonly NewBlock[]): Promise<Made> {
		const copied: { block: NewBlock; bytes: Uint8Array }[] = [];
		for (const block of blocks) {
			const bytes = await this.#options.source.copyBlock(stripe, block.position, geometry);
			if (bytes === undefined) continue;
			this.#count({
				readBytes: recordBytes(bytes.length),
				minimumBytes: recordBytes(bytes.length)
			});
			copied.push({ block, bytes });
		}
		return copied;
	}

	async #rebuild(
		{ stripe, geometry }: Holding,
		blocks: readonly NewBlock[],
		signal: AbortSignal
	): Promise<Made> {
		if (blocks.length === 0) return [];
		const positions = blocks.map(({ position }) => position);
		const rebuilt = await this.#options.source.rebuildBlocks(stripe, positions, geometry, signal);
		if (rebuilt.kind === 'missing') return [];
		const readBytes = geometry.m * recordBytes(geometry.blockBytes);
		const owed = blocks.some(({ as }) => as === 'holder');
		this.#count({ readBytes, minimumBytes: owed ? readBytes : 0 });
		return blocks.flatMap((block, i) => {
			const bytes = rebuilt.blocks[i];
			return bytes === undefined ? [] : [{ block, bytes }];
		});
	}

	#count({ readBytes = 0, writtenBytes = 0, minimumBytes = 0 }: Partial<RepairAccount>): void {
		const { clock, bytesPerSecond } = this.#options;
		const before = this.#account;
		this.#account = {
			readBytes: before.readBytes + readBytes,
			writtenBytes: before.writtenBytes + writtenBytes,
			minimumBytes: before.minimumBytes + minimumBytes
		};
		if (bytesPerSecond === undefined) return;
		const from = Math.max(this.#paidAt, clock.now() - burstMs);
		this.#paidAt = from + (1_000 * (readBytes + writtenBytes)) / bytesPerSecond;
	}

	/** How long nothing may be spent; 0 when it may. */
	get restMs(): number {
		const now = this.#options.clock.now();
		if (this.#paidAt > now + debtMsMax) this.#paidAt = now;
		return Math.max(0, this.#paidAt - now);
	}

	#maySpend(): boolean {
		return this.restMs === 0;
	}
}
