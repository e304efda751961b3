/** What the relay core knows, and what goes in and out of it. */
import type { PeerId } from '../src/lib/engine/identifiers.ts';
import type { BrokerMessage, ConnectionId } from '../src/lib/engine/wire/broker-messages.ts';
import type { Bucket } from './bucket.ts';
import { Directory } from './directory.ts';
import type { RelayLimits } from './limits.ts';
import type { Draw } from './roster.ts';
import type { TurnServer } from './turn.ts';

/** What happened outside. */
export type RelayEvent =
	| {
			readonly kind: 'opened';
			/** Drawn at random by the shell, like the nonce; never used before. */
			readonly connection: ConnectionId;
			readonly nonce: Uint8Array;
			/** The name under which the client reached this broker; its proof must be addressed to it. */
			readonly audience: string;
			/** engine/wire/broker-messages.ts, Introduction. */
			readonly prefix: Uint8Array;
	  }
	| { readonly kind: 'frame'; readonly connection: ConnectionId; readonly bytes: Uint8Array }
	| { readonly kind: 'closed'; readonly connection: ConnectionId }
	/** Time passed. Comes every few seconds. */
	| { readonly kind: 'tick' };

/** What the shell has to do. A connection that is to be closed is forgotten already. */
export type RelayAction =
	| { readonly kind: 'send'; readonly to: ConnectionId; readonly message: BrokerMessage }
	| {
			readonly kind: 'close';
			readonly connection: ConnectionId;
			readonly code: number;
			readonly reason: string;
	  };

/** Time and chance, handed in with every event. */
export interface Circumstances {
	/** Milliseconds of a clock that never goes back. */
	readonly nowMs: number;
	/** Milliseconds since the Unix epoch, for times that others read. */
	readonly epochMs: number;
	readonly draw: Draw;
}

export interface Connection {
	readonly id: ConnectionId;
	readonly prefix: Uint8Array;
	readonly openedAtMs: number;
	readonly sent: Bucket;
	readonly relayedTo: Bucket;
	phase:
		| { readonly kind: 'challenged'; readonly nonce: Uint8Array; readonly audience: string }
		| {
				readonly kind: 'proven';
				readonly peer: PeerId;
				/** From when on it is to get TURN credentials again, by `nowMs`. */
				turnDueMs: number;
		  };
}

/** One network prefix: its connections, and what it may still do. */
export interface Neighbourhood {
	connections: number;
	readonly opens: Bucket;
	readonly sent: Bucket;
}

export interface RelayState {
	readonly limits: RelayLimits;
	readonly connections: Map<ConnectionId, Connection>;
	/** Those without a proof, oldest first. */
	readonly challenged: Set<ConnectionId>;
	/** By prefix in hex. */
	readonly neighbourhoods: Map<string, Neighbourhood>;
	readonly directory: Directory;
	/** Offered to everybody who has proven who he is. */
	readonly turn: TurnServer | undefined;
}

export function emptyState(limits: RelayLimits, turn?: TurnServer): RelayState {
	return {
		limits,
		connections: new Map(),
		challenged: new Set(),
		neighbourhoods: new Map(),
		directory: new Directory(limits.waitersPerTokenMax),
		turn
	};
}

/** How much goes on, without saying who. */
export interface RelayCounts {
	readonly connections: number;
	readonly peers: number;
	readonly circles: number;
	readonly tokens: number;
}

export function countsOf(state: RelayState): RelayCounts {
	return { connections: state.connections.size, ...state.directory.counts };
}
