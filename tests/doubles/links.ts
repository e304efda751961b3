/**
 * An in-process network of links, so that engines can meet without a browser. Frames arrive whole and in
 * order, ownership really moves (a frame that was sent is detached), and a plan can make any link misbehave.
 */
import { LinkFailed } from '../../src/lib/engine/failures.ts';
import type { Address, Clock, Link, Links, Unsubscribe } from '../../src/lib/engine/ports.ts';
import { type LinkFaults, MemoryLink, Pipe } from './memory-link.ts';

export type { LinkFaults } from './memory-link.ts';

export interface MemoryNetworkOptions {
	/** Needed for `delayMs` only. */
	readonly clock?: Clock;
	/** Asked once for each dial. */
	readonly plan?: (from: Address, to: Address) => LinkFaults | undefined;
}

/** All links between the addresses attached to it. Use the addresses of the memory broker. */
export class MemoryNetwork {
	readonly #ends = new Map<Address, MemoryLinks>();
	readonly #pairs = new Set<LinkPair>();
	readonly #options: MemoryNetworkOptions;
	#certificates = 0;

	constructor(options: MemoryNetworkOptions = {}) {
		this.#options = options;
	}

	/** The `Links` port of the peer at an address. Attaching again replaces the former, cutting its links. */
	attach(address: Address): MemoryLinks {
		this.detach(address);
		const links = new MemoryLinks(address, this);
		this.#ends.set(address, links);
		return links;
	}

	/** The machine at this address is gone: its links break and nobody can dial it. */
	detach(address: Address): void {
		this.#ends.delete(address);
		this.cut(address);
	}

	/** Breaks every link of an address; it can be dialled again. */
	cut(address: Address): void {
		for (const pair of [...this.#pairs]) if (pair.touches(address)) pair.break('cut');
	}

	/** Links that stand now. */
	get size(): number {
		return this.#pairs.size;
	}

	/** Used by MemoryLinks. */
	connect(from: Address, to: Address): Link {
		const target = this.#ends.get(to);
		if (target === undefined) throw new LinkFailed(`nobody at ${to}`);
		const faults = this.#options.plan?.(from, to) ?? {};
		if (faults.refuse !== undefined) throw new LinkFailed(faults.refuse);
		const pair: LinkPair = new LinkPair({
			from,
			to,
			faults,
			clock: this.#options.clock,
			certificates: [this.#certificate(), this.#certificate(), this.#certificate()],
			onBreak: () => this.#pairs.delete(pair)
		});
		this.#pairs.add(pair);
		target.offer(pair.listener);
		return pair.dialler;
	}

	/** 32 bytes that nobody else on this network has. */
	#certificate(): Uint8Array {
		const bytes = new Uint8Array(32).fill(0xce);
		new DataView(bytes.buffer).setUint32(0, ++this.#certificates);
		return bytes;
	}
}

/** One peer's `Links` port on a MemoryNetwork. */
export class MemoryLinks implements Links {
	readonly address: Address;
	readonly #network: MemoryNetwork;
	readonly #listeners = new Set<(link: Link) => void>();

	constructor(address: Address, network: MemoryNetwork) {
		this.address = address;
		this.#network = network;
	}

	async dial(to: Address, signal?: AbortSignal): Promise<Link> {
		await Promise.resolve();
		if (signal?.aborted === true) throw new LinkFailed('aborted');
		return this.#network.connect(this.address, to);
	}

	onLink(listener: (link: Link) => void): Unsubscribe {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Used by MemoryNetwork. */
	offer(link: Link): void {
		if (this.#listeners.size === 0) {
			link.close();
			return;
		}
		for (const listener of [...this.#listeners]) listener(link);
	}
}

interface PairOptions {
	readonly from: Address;
	readonly to: Address;
	readonly faults: LinkFaults;
	readonly clock: Clock | undefined;
	/** Of the one who dialled, of the one who was, and of the man in the middle. */
	readonly certificates: readonly [Uint8Array, Uint8Array, Uint8Array];
	readonly onBreak: () => void;
}

class LinkPair {
	readonly dialler: MemoryLink;
	readonly listener: MemoryLink;
	readonly #options: PairOptions;

	constructor(options: PairOptions) {
		const { from, to, faults } = options;
		const [ours, theirs, middle] = options.certificates;
		this.#options = options;
		const end = (remote: Address, local: Uint8Array, other: Uint8Array): MemoryLink =>
			new MemoryLink({
				remote,
				local,
				other: faults.middleman === true ? middle : other,
				hangUp: (reason) => {
					this.break(reason);
				}
			});
		this.dialler = end(to, ours, theirs);
		this.listener = end(from, theirs, ours);
		this.dialler.connect(this.#pipe('forward', this.listener));
		this.listener.connect(this.#pipe('back', this.dialler));
	}

	touches(address: Address): boolean {
		return this.#options.from === address || this.#options.to === address;
	}

	break(reason: string): void {
		this.#options.onBreak();
		this.dialler.end(reason);
		this.listener.end(reason);
	}

	#pipe(direction: 'forward' | 'back', to: MemoryLink): Pipe {
		const { faults, clock } = this.#options;
		const touched = faults.direction === undefined || faults.direction === direction;
		return new Pipe({
			to,
			faults: touched ? faults : {},
			clock,
			cut: () => {
				this.break('cut');
			}
		});
	}
}
