/** The members of one circle, kept so that drawing some of them costs by their number, not by the circle's. */
import type { PeerId } from '../src/lib/engine/identifiers.ts';
import type { ConnectionId } from '../src/lib/engine/wire/broker-messages.ts';

/** A whole number in [0, below), each equally likely. */
export type Draw = (below: number) => number;

interface Member {
	place: number;
	/** Oldest first. */
	readonly connections: Set<ConnectionId>;
}

export class Roster {
	/** In no meaningful order: the last takes the place of one that leaves. */
	readonly #peers: PeerId[] = [];
	readonly #members = new Map<PeerId, Member>();

	get empty(): boolean {
		return this.#peers.length === 0;
	}

	has(peer: PeerId, connection: ConnectionId): boolean {
		return this.#members.get(peer)?.connections.has(connection) ?? false;
	}

	add(peer: PeerId, connection: ConnectionId): void {
		const member = this.#members.get(peer);
		if (member !== undefined) {
			member.connections.add(connection);
			return;
		}
		this.#members.set(peer, { place: this.#peers.length, connections: new Set([connection]) });
		this.#peers.push(peer);
	}

	remove(peer: PeerId, connection: ConnectionId): void {
		const member = this.#members.get(peer);
		if (member?.connections.delete(connection) !== true || member.connections.size > 0) return;
		this.#members.delete(peer);
		const last = this.#peers.pop();
		if (last === undefined || last === peer) return;
		this.#peers[member.place] = last;
		const moved = this.#members.get(last);
		if (moved !== undefined) moved.place = member.place;
	}

	/** The newest connections of up to `count` distinct peers but `except`, each peer equally likely. */
	sample(count: number, except: PeerId, draw: Draw): readonly ConnectionId[] {
		const found: ConnectionId[] = [];
		// Fisher and Yates' shuffle of the places, of which only the moved ones are written down.
		const moved = new Map<number, number>();
		for (let rest = this.#peers.length; rest > 0 && found.length < count; rest--) {
			const drawn = draw(rest);
			const place = moved.get(drawn) ?? drawn;
			moved.set(drawn, moved.get(rest - 1) ?? rest - 1);
			const peer = this.#peers[place];
			if (peer === undefined || peer === except) continue;
			const newest = [...(this.#members.get(peer)?.connections ?? [])].at(-1);
			if (newest !== undefined) found.push(newest);
		}
		return found;
	}
}
