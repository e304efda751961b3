/**
 * The broker of a simulation: the rules of the real one over an index, so that ten thousand members cost no more than
 * ten. It can be gone for a month, and it can be hostile: then it offers its own identities and nobody else.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { CircleId, PeerId } from '../../src/lib/engine/identifiers.ts';
import type {
	Address,
	Broker,
	BrokerStatus,
	Candidate,
	Presence,
	Unsubscribe
} from '../../src/lib/engine/ports.ts';
import type { SeededRandom } from '../doubles/random.ts';
import type { SimClock } from './clock.ts';
import type { Life } from './life.ts';

type RelayListener = (from: Address, peer: PeerId, payload: Uint8Array) => void;

const url = 'wss://broker.example';
const nothing: Presence = { circles: [], advert: new Uint8Array(0), tokens: [] };
/** Members come back one after the other when the broker does. */
const reconnectMsMax = 30_000;

export interface BrokerOptions {
	readonly clock: SimClock;
	readonly random: SeededRandom;
}

export class SimBroker {
	readonly #options: BrokerOptions;
	readonly #members = new Map<Address, BrokerSession>();
	readonly #byPeer = new Map<PeerId, Set<BrokerSession>>();
	readonly #byCircle = new Map<CircleId, Set<BrokerSession>>();
	readonly #byToken = new Map<string, Set<BrokerSession>>();
	#joined = 0;
	#up = true;
	/** Whom a hostile broker offers; undefined when it is honest. */
	offersOnly: ((peer: PeerId) => boolean) | undefined;

	constructor(options: BrokerOptions) {
		this.#options = options;
	}

	get up(): boolean {
		return this.#up;
	}

	/** Goes away, or comes back: every member notices in its own time. */
	set up(up: boolean) {
		if (this.#up === up) return;
		this.#up = up;
		const { clock, random } = this.#options;
		for (const member of this.#members.values()) {
			const afterMs = up ? random.below(reconnectMsMax) : 0;
			clock.after(afterMs, () => member.tellStatus());
		}
	}

	/** Connects a process from a network; its address is where others dial it. */
	join(peer: PeerId, life: Life, network: string): BrokerSession {
		const address = `${peer.slice(0, 8)}-${String(++this.#joined)}@${url}` as Address;
		const member = new BrokerSession(this, peer, address, life, prefixOf(network));
		this.#members.set(address, member);
		add(this.#byPeer, peer, member);
		return member;
	}

	isThere(address: Address): boolean {
		return this.#up && this.#members.has(address);
	}

	/** The line of a sleeping machine is cut. */
	lose(member: BrokerSession): void {
		const { presence } = member;
		this.leave(member);
		// What it will publish again when it is back.
		member.presence = presence;
	}

	regain(member: BrokerSession): void {
		const { presence } = member;
		member.presence = nothing;
		this.#members.set(member.address, member);
		add(this.#byPeer, member.peer, member);
		this.publish(member, presence);
		const { clock, random } = this.#options;
		clock.after(random.below(reconnectMsMax), () => member.tellStatus());
	}

	/** Used by BrokerSession, like all below. */
	leave(member: BrokerSession): void {
		this.publish(member, nothing);
		this.#members.delete(member.address);
		remove(this.#byPeer, member.peer, member);
	}

	publish(member: BrokerSession, presence: Presence): void {
		const before = member.presence;
		for (const circle of before.circles) remove(this.#byCircle, circle, member);
		for (const token of before.tokens) remove(this.#byToken, keyOf(token), member);
		for (const circle of presence.circles) add(this.#byCircle, circle, member);
		for (const token of presence.tokens) add(this.#byToken, keyOf(token), member);
		member.presence = presence;
	}

	sample(asking: BrokerSession, circle: CircleId, count: number): readonly Candidate[] {
		if (!this.isThere(asking.address) || !asking.presence.circles.includes(circle)) return [];
		const offers = this.offersOnly;
		const others = [...(this.#byCircle.get(circle) ?? [])].filter(
			({ peer }) => peer !== asking.peer && (offers === undefined || offers(peer))
		);
		const { random } = this.#options;
		const drawn = Math.min(count, others.length);
		for (let i = 0; i < drawn; i++) swap(others, i, i + random.below(others.length - i));
		return others.slice(0, drawn).map((member) => candidateFor(asking, member));
	}

	find(asking: BrokerSession, peer: PeerId): readonly Candidate[] {
		if (!this.isThere(asking.address)) return [];
		return [...(this.#byPeer.get(peer) ?? [])]
			.filter((member) => member !== asking)
			.map((member) => candidateFor(asking, member));
	}

	rendezvous(asking: BrokerSession, tokens: readonly Uint8Array[]): readonly Candidate[] {
		if (!this.isThere(asking.address)) return [];
		const found = new Set(tokens.flatMap((token) => [...(this.#byToken.get(keyOf(token)) ?? [])]));
		found.delete(asking);
		return [...found].map((member) => candidateFor(asking, member));
	}

	relay(from: BrokerSession, to: Address, payload: Uint8Array): void {
		const { clock } = this.#options;
		const bytes = payload.slice();
		clock.after(60, () => {
			if (this.isThere(from.address)) this.#members.get(to)?.hear(from, bytes);
		});
	}
}

/** One process's `Broker` port. */
export class BrokerSession implements Broker {
	readonly peer: PeerId;
	readonly address: Address;
	readonly prefix: Uint8Array;
	presence: Presence = nothing;
	readonly #broker: SimBroker;
	readonly #life: Life;
	readonly #statusListeners = new Set<() => void>();
	readonly #relayListeners = new Set<RelayListener>();

	constructor(broker: SimBroker, peer: PeerId, address: Address, life: Life, prefix: Uint8Array) {
		this.#broker = broker;
		this.peer = peer;
		this.address = address;
		this.prefix = prefix;
		this.#life = life;
	}

	status(): readonly BrokerStatus[] {
		if (this.#broker.up) return [{ url, state: 'connected' }];
		return [{ url, state: 'down', problem: 'The broker does not answer.' }];
	}

	onStatus(listener: () => void): Unsubscribe {
		this.#statusListeners.add(listener);
		return () => this.#statusListeners.delete(listener);
	}

	publish(presence: Presence): void {
		if (!this.#life.ended) this.#broker.publish(this, presence);
	}

	sample(circle: CircleId, count: number): Promise<readonly Candidate[]> {
		return this.#life.call(() => this.#broker.sample(this, circle, count));
	}

	find(peer: PeerId): Promise<readonly Candidate[]> {
		return this.#life.call(() => this.#broker.find(this, peer));
	}

	rendezvous(tokens: readonly Uint8Array[]): Promise<readonly Candidate[]> {
		return this.#life.call(() => this.#broker.rendezvous(this, tokens));
	}

	relay(to: Address, payload: Uint8Array): void {
		if (!this.#life.ended) this.#broker.relay(this, to, payload);
	}

	onRelay(listener: RelayListener): Unsubscribe {
		this.#relayListeners.add(listener);
		return () => this.#relayListeners.delete(listener);
	}

	close(): void {
		this.#broker.leave(this);
		this.#statusListeners.clear();
		this.#relayListeners.clear();
	}

	/** Used by the broker. */
	hear(from: BrokerSession, payload: Uint8Array): void {
		this.#life.hear(() => {
			for (const listener of [...this.#relayListeners]) {
				listener(from.address, from.peer, payload);
			}
		});
	}

	/** Used by the broker. */
	tellStatus(): void {
		this.#life.hear(() => {
			for (const listener of [...this.#statusListeners]) listener();
		});
	}
}

function candidateFor(asking: BrokerSession, member: BrokerSession): Candidate {
	const { circles } = asking.presence;
	const close = member.presence.circles.some((circle) => circles.includes(circle));
	const advert = close ? member.presence.advert : nothing.advert;
	const prefix = close ? member.prefix : nothing.advert;
	return { peer: member.peer, address: member.address, advert, prefix };
}

/** As long as an IPv6 /48, another for every network. */
function prefixOf(network: string): Uint8Array {
	return sha256(utf8ToBytes(network)).subarray(0, 6);
}

function keyOf(token: Uint8Array): string {
	return String.fromCharCode(...token);
}

function add<K, V>(index: Map<K, Set<V>>, key: K, value: V): void {
	const values = index.get(key);
	if (values === undefined) index.set(key, new Set([value]));
	else values.add(value);
}

function remove<K, V>(index: Map<K, Set<V>>, key: K, value: V): void {
	const values = index.get(key);
	values?.delete(value);
	if (values?.size === 0) index.delete(key);
}

function swap<T>(list: T[], a: number, b: number): void {
	const first = list[a];
	const second = list[b];
	if (first === undefined || second === undefined) return;
	list[a] = second;
	list[b] = first;
}
