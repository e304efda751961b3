/**
 * The `Broker` port over WebSockets: any number of brokers, used as one. Answers are taken from all of them in
 * turn, so that a broker that offers only its own inventions cannot crowd out the others.
 */
import { isName, type CircleId, type PeerId } from '../../engine/identifiers.ts';
import type {
	Address,
	Broker,
	BrokerStatus,
	Candidate,
	Clock,
	Presence,
	Random,
	Unsubscribe
} from '../../engine/ports.ts';
import { brokerBounds } from '../../engine/wire/broker-bounds.ts';
import type { ConnectionId, Introduction, TurnOffer } from '../../engine/wire/broker-messages.ts';
import { parseBrokerUrl } from './broker-url.ts';
import { problemText } from './problems.ts';
import type { Identity, Question } from './session.ts';
import type { OpenSocket } from './socket.ts';
import { Uplink } from './uplink.ts';

export interface BrokersOptions {
	readonly identity: Identity;
	readonly clock: Clock;
	readonly random: Random;
	/** `(url) => new WebSocket(url)`. */
	readonly open: OpenSocket;
	/** Brokers to begin with, as a person writes them (broker-url.ts). */
	readonly urls?: readonly string[];
}

type RelayListener = (from: Address, peer: PeerId, payload: Uint8Array) => void;

export class WebSocketBrokers implements Broker {
	readonly #options: BrokersOptions;
	/** By the WebSocket's URL, in the order of the settings. */
	#uplinks: ReadonlyMap<string, Uplink> = new Map();
	#unusable: readonly BrokerStatus[] = [];
	#presence: Presence = { circles: [], advert: new Uint8Array(0), tokens: [] };
	readonly #statusListeners = new Set<() => void>();
	readonly #relayListeners = new Set<RelayListener>();

	constructor(options: BrokersOptions) {
		this.#options = options;
		this.use(options.urls ?? []);
	}

	/** Uses these brokers from now on: connections to those that stay are kept, others are closed. */
	use(urls: readonly string[]): void {
		const wanted = new Map<string, Uplink>();
		const unusable: BrokerStatus[] = [];
		for (const url of urls) {
			const target = parseBrokerUrl(url);
			if (target === undefined) {
				unusable.push({ url, state: 'down', problem: problemText('bad-address') });
			} else if (!wanted.has(target.socket)) {
				const known = this.#uplinks.get(target.socket);
				wanted.set(target.socket, known ?? new Uplink(url, target, this.#environment()));
			}
		}
		for (const [url, uplink] of this.#uplinks) if (!wanted.has(url)) uplink.close();
		this.#uplinks = wanted;
		this.#unusable = unusable;
		this.#tellStatus();
	}

	/** Tries the brokers that are down at once: the network is back, or the person asked for it. */
	retry(): void {
		for (const uplink of this.#uplinks.values()) uplink.retry();
	}

	status(): readonly BrokerStatus[] {
		return [...[...this.#uplinks.values()].map((uplink) => uplink.status), ...this.#unusable];
	}

	/** The TURN servers that the brokers offer now, with credentials that hold. */
	turnOffers(): readonly TurnOffer[] {
		return [...this.#uplinks.values()].flatMap(({ turn }) => (turn === undefined ? [] : [turn]));
	}

	onStatus(listener: () => void): Unsubscribe {
		return subscribe(this.#statusListeners, listener);
	}

	/** Brokers take the first 32 circles and 256 tokens. Throws RangeError for an advert over 1 KiB. */
	publish({ circles, advert, tokens }: Presence): void {
		const { advertBytesMax, circlesMax, tokensMax } = brokerBounds;
		if (advert.length > advertBytesMax) {
			throw new RangeError(`advert of ${String(advert.length)} bytes`);
		}
		this.#presence = {
			circles: circles.slice(0, circlesMax),
			advert,
			tokens: tokens.slice(0, tokensMax)
		};
		for (const uplink of this.#uplinks.values()) uplink.publish();
	}

	async sample(circle: CircleId, count: number): Promise<readonly Candidate[]> {
		const wanted = Math.min(Math.floor(count), brokerBounds.sampleMax);
		if (wanted < 1) return [];
		const answers = await this.#askAll({ type: 'sample', circle, count: wanted });
		const self = this.#options.identity.peer;
		const others = inTurn(answers).filter((candidate) => candidate.peer !== self);
		return distinct(others, (candidate) => candidate.peer).slice(0, wanted);
	}

	async find(peer: PeerId): Promise<readonly Candidate[]> {
		const candidates = inTurn(await this.#askAll({ type: 'find', peer }));
		const right = candidates.filter((candidate) => candidate.peer === peer);
		return distinct(right, (candidate) => candidate.address);
	}

	async rendezvous(tokens: readonly Uint8Array[]): Promise<readonly Candidate[]> {
		const batches: Promise<readonly (readonly Candidate[])[]>[] = [];
		for (let start = 0; start < tokens.length; start += brokerBounds.tokensAskedMax) {
			const batch = tokens.slice(start, start + brokerBounds.tokensAskedMax);
			batches.push(this.#askAll({ type: 'rendezvous', tokens: batch }));
		}
		const candidates = (await Promise.all(batches)).flatMap(inTurn);
		return distinct(candidates, (candidate) => candidate.address);
	}

	/** Throws RangeError for a payload that is empty or longer than 16 KiB. */
	relay(to: Address, payload: Uint8Array): void {
		if (payload.length < 1 || payload.length > brokerBounds.payloadBytesMax) {
			throw new RangeError(`payload of ${String(payload.length)} bytes`);
		}
		const place = placeOf(to);
		if (place !== undefined) this.#uplinks.get(place.broker)?.relay(place.connection, payload);
	}

	onRelay(listener: RelayListener): Unsubscribe {
		return subscribe(this.#relayListeners, listener);
	}

	close(): void {
		for (const uplink of this.#uplinks.values()) uplink.close();
		this.#uplinks = new Map();
		this.#unusable = [];
		this.#statusListeners.clear();
		this.#relayListeners.clear();
	}

	/** One list of candidates from each broker; empty from those that are not connected. */
	#askAll(question: Question): Promise<readonly (readonly Candidate[])[]> {
		const asked = [...this.#uplinks.values()].map(async (uplink) => {
			const found = await uplink.ask(question);
			return found.map((introduction) => candidateOf(uplink, introduction));
		});
		return Promise.all(asked);
	}

	#environment() {
		const { identity, clock, random, open } = this.#options;
		return {
			identity,
			clock,
			random,
			open,
			presence: () => this.#presence,
			onStatus: () => {
				this.#tellStatus();
			},
			onRelayed: (from: Address, peer: PeerId, payload: Uint8Array) => {
				for (const listener of [...this.#relayListeners]) listener(from, peer, payload);
			}
		};
	}

	#tellStatus(): void {
		for (const listener of [...this.#statusListeners]) listener();
	}
}

function candidateOf(
	uplink: Uplink,
	{ peer, connection, advert, prefix }: Introduction
): Candidate {
	return { peer, address: uplink.addressOf(connection), advert, prefix };
}

/** What an address of ours says; undefined for one that is not ours. */
function placeOf(address: Address): { connection: ConnectionId; broker: string } | undefined {
	const at = address.indexOf('@');
	const connection = address.slice(0, Math.max(at, 0));
	if (!isName(connection, brokerBounds.connectionBytes)) return undefined;
	return { connection: connection as ConnectionId, broker: address.slice(at + 1) };
}

/** The first of each list, then the second of each, and so on. */
function inTurn<Item>(lists: readonly (readonly Item[])[]): readonly Item[] {
	const longest = Math.max(0, ...lists.map((list) => list.length));
	const turns = Array.from({ length: longest }, (_, rank) =>
		lists.flatMap((list) => list.slice(rank, rank + 1))
	);
	return turns.flat();
}

/** The first item of each key. */
function distinct<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
	const seen = new Set<string>();
	return items.filter((item) => !seen.has(keyOf(item)) && seen.add(keyOf(item)));
}

function subscribe<Listener>(listeners: Set<Listener>, listener: Listener): Unsubscribe {
	listeners.add(listener);
	return () => listeners.delete(listener);
}
