/**
 * A broker without sockets, for engines that meet in one process. It keeps the contract of the `Broker` port
 * and the rules of the real one: circles are for members, adverts for those who share one. Deliveries come in
 * their order, each in a microtask of its own, so a run with the same seed is the same run.
 */
import type { CircleId, PeerId } from '../../src/lib/engine/identifiers.ts';
import type {
	Address,
	Broker,
	BrokerStatus,
	Candidate,
	Presence,
	Unsubscribe
} from '../../src/lib/engine/ports.ts';

/** A whole number in [0, below). */
export type Draw = (below: number) => number;

type RelayListener = (from: Address, peer: PeerId, payload: Uint8Array) => void;

const url = 'memory://broker';
const nothingPublished: Presence = { circles: [], advert: new Uint8Array(0), tokens: [] };

/** One broker and everybody connected to it. */
export class BrokerNetwork {
	readonly #draw: Draw;
	/** In the order of joining. */
	readonly #members = new Map<Address, MemoryBroker>();
	#up = true;
	#joined = 0;

	/** `draw` decides samples: `(below) => seeded.below(below)`. */
	constructor(draw: Draw) {
		this.#draw = draw;
	}

	get up(): boolean {
		return this.#up;
	}

	/** Connects a peer from a network; one that is connected already gets a further connection. */
	join(peer: PeerId, prefix = new Uint8Array(0)): MemoryBroker {
		const address = `${peer.slice(0, 8)}-${String(++this.#joined)}@${url}` as Address;
		const member = new MemoryBroker(this, peer, address, prefix);
		this.#members.set(address, member);
		return member;
	}

	/** The broker dies, or comes up again: every member notices. */
	setUp(up: boolean): void {
		if (this.#up === up) return;
		this.#up = up;
		for (const member of [...this.#members.values()]) member.tellStatus();
	}

	/** Used by MemoryBroker, like all below. */
	leave(address: Address): void {
		this.#members.delete(address);
	}

	async sample(
		asking: MemoryBroker,
		circle: CircleId,
		count: number
	): Promise<readonly Candidate[]> {
		await Promise.resolve();
		if (!this.#serves(asking) || !asking.presence.circles.includes(circle)) return [];
		const newest = new Map<PeerId, MemoryBroker>();
		for (const member of this.#members.values()) {
			if (member.presence.circles.includes(circle)) newest.set(member.peer, member);
		}
		newest.delete(asking.peer);
		const pool = [...newest.values()];
		const drawn: MemoryBroker[] = [];
		while (drawn.length < count && pool.length > 0) {
			drawn.push(...pool.splice(this.#draw(pool.length), 1));
		}
		return drawn.map((member) => candidateFor(asking, member));
	}

	async find(asking: MemoryBroker, peer: PeerId): Promise<readonly Candidate[]> {
		await Promise.resolve();
		if (!this.#serves(asking)) return [];
		const its = this.#others(asking, (member) => member.peer === peer);
		return its.map((member) => candidateFor(asking, member));
	}

	async rendezvous(
		asking: MemoryBroker,
		tokens: readonly Uint8Array[]
	): Promise<readonly Candidate[]> {
		await Promise.resolve();
		if (!this.#serves(asking)) return [];
		const sought = new Set(tokens.map(String));
		const waits = (member: MemoryBroker): boolean =>
			member.presence.tokens.some((token) => sought.has(String(token)));
		return this.#others(asking, waits).map((member) => candidateFor(asking, member));
	}

	relay(from: MemoryBroker, to: Address, payload: Uint8Array): void {
		const bytes = payload.slice();
		queueMicrotask(() => {
			if (this.#serves(from)) this.#members.get(to)?.hear(from.address, from.peer, bytes);
		});
	}

	#serves(member: MemoryBroker): boolean {
		return this.#up && this.#members.has(member.address);
	}

	#others(
		asking: MemoryBroker,
		wanted: (member: MemoryBroker) => boolean
	): readonly MemoryBroker[] {
		return [...this.#members.values()].filter((member) => member !== asking && wanted(member));
	}
}

/** One connection's `Broker` port on a BrokerNetwork. */
export class MemoryBroker implements Broker {
	readonly peer: PeerId;
	/** Where others reach this connection: the address to attach its links to. */
	readonly address: Address;
	/** The network that this connection comes from. */
	readonly prefix: Uint8Array;
	readonly #network: BrokerNetwork;
	readonly #statusListeners = new Set<() => void>();
	readonly #relayListeners = new Set<RelayListener>();
	#presence = nothingPublished;

	constructor(network: BrokerNetwork, peer: PeerId, address: Address, prefix: Uint8Array) {
		this.#network = network;
		this.prefix = prefix;
		this.peer = peer;
		this.address = address;
	}

	/** What the network knows of this connection. */
	get presence(): Presence {
		return this.#presence;
	}

	status(): readonly BrokerStatus[] {
		if (this.#network.up) return [{ url, state: 'connected' }];
		return [{ url, state: 'down', problem: 'The broker was switched off.' }];
	}

	onStatus(listener: () => void): Unsubscribe {
		this.#statusListeners.add(listener);
		return () => this.#statusListeners.delete(listener);
	}

	publish(presence: Presence): void {
		if (presence.advert.length > 1024) throw new RangeError('advert over 1 KiB');
		this.#presence = presence;
	}

	sample(circle: CircleId, count: number): Promise<readonly Candidate[]> {
		return this.#network.sample(this, circle, count);
	}

	find(peer: PeerId): Promise<readonly Candidate[]> {
		return this.#network.find(this, peer);
	}

	rendezvous(tokens: readonly Uint8Array[]): Promise<readonly Candidate[]> {
		return this.#network.rendezvous(this, tokens);
	}

	relay(to: Address, payload: Uint8Array): void {
		if (payload.length < 1 || payload.length > 16 * 1024) throw new RangeError('payload length');
		this.#network.relay(this, to, payload);
	}

	onRelay(listener: RelayListener): Unsubscribe {
		this.#relayListeners.add(listener);
		return () => this.#relayListeners.delete(listener);
	}

	close(): void {
		this.#network.leave(this.address);
		this.#statusListeners.clear();
		this.#relayListeners.clear();
	}

	/** Used by the network. */
	hear(from: Address, peer: PeerId, payload: Uint8Array): void {
		for (const listener of [...this.#relayListeners]) listener(from, peer, payload);
	}

	/** Used by the network. */
	tellStatus(): void {
		for (const listener of [...this.#statusListeners]) listener();
	}
}

function candidateFor(asking: MemoryBroker, member: MemoryBroker): Candidate {
	const { circles } = asking.presence;
	const close = member.presence.circles.some((circle) => circles.includes(circle));
	const nothing = new Uint8Array(0);
	const advert = close ? member.presence.advert : nothing;
	const prefix = close ? member.prefix : nothing;
	return { peer: member.peer, address: member.address, advert, prefix };
}
