/** Who is connected, under which identity, in which circles and under which tokens. Soft state only. */
import type { CircleId, PeerId } from '../src/lib/engine/identifiers.ts';
import { brokerBounds } from '../src/lib/engine/wire/broker-bounds.ts';
import type { ConnectionId } from '../src/lib/engine/wire/broker-messages.ts';
import { Roster, type Draw } from './roster.ts';

/** A rendezvous token as a key of maps: one character a byte, for there are more of them than of anything else. */
export type TokenKey = string & { readonly token: unique symbol };

export function tokenKey(token: Uint8Array): TokenKey {
	return Buffer.from(token).toString('latin1') as TokenKey;
}

/** What a proven connection published last. */
export interface Presence {
	readonly circles: ReadonlySet<CircleId>;
	readonly advert: Uint8Array;
	/** Each once. */
	readonly tokens: readonly TokenKey[];
}

export interface Listed {
	readonly peer: PeerId;
	readonly prefix: Uint8Array;
	readonly presence: Presence;
}

export const nothingPublished: Presence = {
	circles: new Set(),
	advert: new Uint8Array(0),
	tokens: []
};

export class Directory {
	readonly #listed = new Map<ConnectionId, Listed>();
	/** Connections of a peer, oldest first. */
	readonly #peers = new Map<PeerId, ConnectionId[]>();
	readonly #circles = new Map<CircleId, Roster>();
	/** Connections that wait under a token, oldest first. Arrays: there are many tokens, and a Set takes three times as much. */
	readonly #tokens = new Map<TokenKey, ConnectionId[]>();
	readonly #waitersPerTokenMax: number;

	constructor(waitersPerTokenMax: number) {
		this.#waitersPerTokenMax = waitersPerTokenMax;
	}

	get counts(): { peers: number; circles: number; tokens: number } {
		return { peers: this.#peers.size, circles: this.#circles.size, tokens: this.#tokens.size };
	}

	get(connection: ConnectionId): Listed | undefined {
		return this.#listed.get(connection);
	}

	/** Lists a connection that has just proven to be this peer's. */
	enter(connection: ConnectionId, peer: PeerId, prefix: Uint8Array): void {
		this.#listed.set(connection, { peer, prefix, presence: nothingPublished });
		groupOf(this.#peers, peer, () => new Array<ConnectionId>()).push(connection);
	}

	leave(connection: ConnectionId): void {
		const listed = this.#listed.get(connection);
		if (listed === undefined) return;
		this.publish(connection, nothingPublished);
		this.#listed.delete(connection);
		removeFrom(this.#peers, listed.peer, connection);
	}

	/** Replaces what is known of a listed connection. */
	publish(connection: ConnectionId, presence: Presence): void {
		const listed = this.#listed.get(connection);
		if (listed === undefined) return;
		for (const circle of listed.presence.circles)
			this.#leaveCircle(circle, listed.peer, connection);
		for (const token of listed.presence.tokens) removeFrom(this.#tokens, token, connection);
		for (const circle of presence.circles) {
			groupOf(this.#circles, circle, () => new Roster()).add(listed.peer, connection);
		}
		for (const token of presence.tokens) {
			const waiting = groupOf(this.#tokens, token, () => new Array<ConnectionId>());
			waiting.push(connection);
			if (waiting.length > this.#waitersPerTokenMax) waiting.shift();
		}
		this.#listed.set(connection, { ...listed, presence });
	}

	/** Every connection of a peer, oldest first. */
	of(peer: PeerId): readonly ConnectionId[] {
		return [...(this.#peers.get(peer) ?? [])];
	}

	/** Up to `count` others of a circle. Undefined when the asking connection did not publish it. */
	sample(
		asking: ConnectionId,
		circle: CircleId,
		count: number,
		draw: Draw
	): readonly ConnectionId[] | undefined {
		const listed = this.#listed.get(asking);
		if (listed?.presence.circles.has(circle) !== true) return undefined;
		return this.#circles.get(circle)?.sample(count, listed.peer, draw) ?? [];
	}

	/**
	 * Who waits under these tokens: first the newest of each token, then the second newest and so on, so that
	 * one crowded token does not use up the answer.
	 */
	waiting(tokens: readonly Uint8Array[]): readonly ConnectionId[] {
		const queues = tokens.map((token) => [...(this.#tokens.get(tokenKey(token)) ?? [])].reverse());
		const found = new Set<ConnectionId>();
		for (let rank = 0; rank < this.#waitersPerTokenMax; rank++) {
			for (const queue of queues) {
				const connection = queue[rank];
				if (connection !== undefined) found.add(connection);
			}
		}
		return [...found].slice(0, brokerBounds.candidatesMax);
	}

	#leaveCircle(circle: CircleId, peer: PeerId, connection: ConnectionId): void {
		const roster = this.#circles.get(circle);
		roster?.remove(peer, connection);
		if (roster?.empty === true) this.#circles.delete(circle);
	}
}

/** Whether two presences have a circle in common. */
export function shareCircle(a: Presence, b: Presence): boolean {
	for (const circle of a.circles) if (b.circles.has(circle)) return true;
	return false;
}

function groupOf<Key, Group>(groups: Map<Key, Group>, key: Key, make: () => Group): Group {
	const existing = groups.get(key);
	if (existing !== undefined) return existing;
	const group = make();
	groups.set(key, group);
	return group;
}

function removeFrom<Key, Member>(groups: Map<Key, Member[]>, key: Key, member: Member): void {
	const group = groups.get(key);
	const place = group?.indexOf(member) ?? -1;
	if (place >= 0) group?.splice(place, 1);
	if (group?.length === 0) groups.delete(key);
}
