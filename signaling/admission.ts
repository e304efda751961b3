/** Who may connect, how long without a proof, and how fast anybody may talk. */
import { nameOf } from '../src/lib/engine/identifiers.ts';
import {
	brokerProtocolVersion,
	type ConnectionId
} from '../src/lib/engine/wire/broker-messages.ts';
import { fullBucket, isFull, take, type Verdict } from './bucket.ts';
import { closeCodes } from './limits.ts';
import type {
	Circumstances,
	Connection,
	Neighbourhood,
	RelayAction,
	RelayEvent,
	RelayState
} from './state.ts';

type Opened = Extract<RelayEvent, { kind: 'opened' }>;

/** Challenges a new connection, or turns it away. */
export function admit(state: RelayState, event: Opened, at: Circumstances): RelayAction[] {
	const { connection: id, nonce, audience, prefix } = event;
	const neighbourhood = neighbourhoodOf(state, prefix, at.nowMs);
	if (neighbourhood === undefined || !hasRoom(state, neighbourhood, at.nowMs)) {
		const reason = 'too many connections, try again later';
		return [{ kind: 'close', connection: id, code: closeCodes.tryLater, reason }];
	}
	neighbourhood.connections++;
	state.challenged.add(id);
	state.connections.set(id, {
		id,
		prefix,
		openedAtMs: at.nowMs,
		sent: fullBucket(state.limits.sentPerConnection, at.nowMs),
		relayedTo: fullBucket(state.limits.relayedToConnection, at.nowMs),
		phase: { kind: 'challenged', nonce, audience }
	});
	const versions = [brokerProtocolVersion];
	return [
		{ kind: 'send', to: id, message: { type: 'challenge', versions, nonce, connection: id } }
	];
}

/** Forgets a connection. Forgetting one that is not known does nothing. */
export function forget(state: RelayState, id: ConnectionId): void {
	const connection = state.connections.get(id);
	if (connection === undefined) return;
	state.directory.leave(id);
	state.challenged.delete(id);
	state.connections.delete(id);
	const neighbourhood = state.neighbourhoods.get(nameOf(connection.prefix));
	if (neighbourhood !== undefined) neighbourhood.connections--;
}

/** Charges a message to its sender and to the sender's neighbourhood, which never floods by one member's fault. */
export function charge(
	state: RelayState,
	connection: Connection,
	messageBytes: number,
	nowMs: number
): Verdict {
	const cost = 1 + Math.floor(messageBytes / state.limits.bytesPerCost);
	const own = take(connection.sent, cost, nowMs);
	if (own !== 'granted') return own;
	const neighbourhood = state.neighbourhoods.get(nameOf(connection.prefix));
	if (neighbourhood === undefined) return 'granted';
	return take(neighbourhood.sent, cost, nowMs) === 'granted' ? 'granted' : 'refused';
}

/** Turns out those that did not prove themselves in time, and forgets networks that are quiet again. */
export function sweep(state: RelayState, nowMs: number): RelayAction[] {
	const late: ConnectionId[] = [];
	for (const id of state.challenged) {
		const openedAtMs = state.connections.get(id)?.openedAtMs ?? nowMs;
		if (nowMs - openedAtMs < state.limits.proveWithinMs) break;
		late.push(id);
	}
	for (const [prefix, neighbourhood] of state.neighbourhoods) {
		if (isQuiet(neighbourhood, nowMs)) state.neighbourhoods.delete(prefix);
	}
	return late.map((id) => {
		forget(state, id);
		const reason = 'no proof of identity in time';
		return { kind: 'close', connection: id, code: closeCodes.proofLate, reason };
	});
}

function hasRoom(state: RelayState, neighbourhood: Neighbourhood, nowMs: number): boolean {
	const { connectionsMax, connectionsPerPrefixMax } = state.limits;
	return (
		state.connections.size < connectionsMax &&
		neighbourhood.connections < connectionsPerPrefixMax &&
		take(neighbourhood.opens, 1, nowMs) === 'granted'
	);
}

function neighbourhoodOf(
	state: RelayState,
	prefix: Uint8Array,
	nowMs: number
): Neighbourhood | undefined {
	const name = nameOf(prefix);
	const known = state.neighbourhoods.get(name);
	if (known !== undefined) return known;
	if (state.neighbourhoods.size >= state.limits.prefixesMax) return undefined;
	const fresh: Neighbourhood = {
		connections: 0,
		opens: fullBucket(state.limits.opensPerPrefix, nowMs),
		sent: fullBucket(state.limits.sentPerPrefix, nowMs)
	};
	state.neighbourhoods.set(name, fresh);
	return fresh;
}

function isQuiet(neighbourhood: Neighbourhood, nowMs: number): boolean {
	return (
		neighbourhood.connections === 0 &&
		isFull(neighbourhood.opens, nowMs) &&
		isFull(neighbourhood.sent, nowMs)
	);
}
