/**
 * The relay core: events in, actions out. It knows no socket, no clock and no randomness but what comes with
 * the event, so the same events always give the same actions. The state is changed in place: it may hold ten
 * thousand connections, and a copy an event would cost more than all the rest.
 *
 * What it never does: look into an advert or a payload, remember a connection that is gone, or send anything
 * to one that has not proven its identity but the challenge and a refusal.
 */
import { verify } from '../src/lib/engine/keys/signature.ts';
import { Malformed } from '../src/lib/engine/failures.ts';
import {
	brokerProtocolVersion,
	decodeClientMessage,
	type ClientMessage,
	type ConnectionId,
	type Introduction,
	type RefusalReason
} from '../src/lib/engine/wire/broker-messages.ts';
import { proofMessage } from '../src/lib/engine/wire/broker-proof.ts';
import { admit, charge, forget, sweep } from './admission.ts';
import { take } from './bucket.ts';
import { shareCircle, tokenKey, type Listed } from './directory.ts';
import { closeCodes } from './limits.ts';
import type { Circumstances, Connection, RelayAction, RelayEvent, RelayState } from './state.ts';
import { turnOffer, turnSeconds } from './turn.ts';

type Message<Type extends ClientMessage['type']> = Extract<ClientMessage, { type: Type }>;

/** Takes in one event. Actions are to be carried out in order. */
export function step(state: RelayState, event: RelayEvent, at: Circumstances): RelayAction[] {
	switch (event.kind) {
		case 'opened':
			return admit(state, event, at);
		case 'closed':
			forget(state, event.connection);
			return [];
		case 'tick':
			return sweep(state, at.nowMs);
		case 'frame': {
			const connection = state.connections.get(event.connection);
			return connection === undefined ? [] : onFrame(state, connection, event.bytes, at);
		}
	}
}

function onFrame(
	state: RelayState,
	connection: Connection,
	bytes: Uint8Array,
	at: Circumstances
): RelayAction[] {
	const verdict = charge(state, connection, bytes.length, at.nowMs);
	if (verdict === 'flooding') return expel(state, connection, 'too-fast');
	const message = decoded(bytes);
	if (message === undefined) return expel(state, connection, 'malformed');
	if (verdict === 'refused') return [refusal(connection.id, 'too-fast', message)];
	if (connection.phase.kind === 'proven') return onProven(state, connection, message, at);
	if (message.type !== 'prove') return expel(state, connection, 'not-proven');
	return onProof(state, connection, connection.phase, message, at);
}

function onProof(
	state: RelayState,
	connection: Connection,
	challenge: { readonly nonce: Uint8Array; readonly audience: string },
	proof: Message<'prove'>,
	at: Circumstances
): RelayAction[] {
	if (proof.version !== brokerProtocolVersion) return expel(state, connection, 'bad-version');
	const signed = proofMessage(challenge.nonce, challenge.audience);
	if (!verify(proof.peer, 'broker', signed, proof.signature)) {
		return expel(state, connection, 'bad-proof');
	}
	const { id, prefix } = connection;
	connection.phase = { kind: 'proven', peer: proof.peer, turnDueMs: at.nowMs };
	state.challenged.delete(id);
	state.directory.enter(id, proof.peer, prefix);
	return [
		{ kind: 'send', to: id, message: { type: 'welcome', prefix } },
		...offerTurn(state, connection, at),
		...makeRoom(state, proof)
	];
}

/** The oldest connection of a peer that has too many goes: it is the likeliest to be dead. */
function makeRoom(state: RelayState, { peer }: Message<'prove'>): RelayAction[] {
	const connections = state.directory.of(peer);
	const surplus = connections.slice(0, -state.limits.connectionsPerPeerMax);
	return surplus.map((connection) => {
		forget(state, connection);
		const reason = 'a newer connection of the same peer took its place';
		return { kind: 'close', connection, code: closeCodes.replaced, reason };
	});
}

function onProven(
	state: RelayState,
	connection: Connection,
	message: ClientMessage,
	at: Circumstances
): RelayAction[] {
	switch (message.type) {
		case 'prove':
			// Nobody is asked twice.
			return expel(state, connection, 'malformed');
		case 'publish':
			return [...onPublish(state, connection.id, message), ...offerTurn(state, connection, at)];
		case 'sample':
			return onSample(state, connection.id, message, at);
		case 'find':
			return found(state, connection.id, message.request, state.directory.of(message.peer));
		case 'rendezvous': {
			const waiting = state.directory.waiting(message.tokens);
			return found(state, connection.id, message.request, waiting);
		}
		case 'relay':
			return onRelay(state, connection, message, at.nowMs);
	}
}

function onPublish(
	state: RelayState,
	id: ConnectionId,
	{ request, circles, advert, tokens }: Message<'publish'>
): RelayAction[] {
	const distinct = [...new Set(tokens.map(tokenKey))];
	state.directory.publish(id, { circles: new Set(circles), advert, tokens: distinct });
	return [{ kind: 'send', to: id, message: { type: 'published', request } }];
}

/** Clients publish every minute: often enough to renew credentials when half of their time is over. */
function offerTurn(
	{ turn }: RelayState,
	{ id, phase }: Connection,
	{ nowMs, epochMs }: Circumstances
): RelayAction[] {
	if (turn === undefined || phase.kind !== 'proven' || nowMs < phase.turnDueMs) return [];
	phase.turnDueMs = nowMs + (turnSeconds * 1000) / 2;
	const offer = turnOffer(turn, phase.peer, epochMs);
	return [{ kind: 'send', to: id, message: { type: 'turn', ...offer } }];
}

function onSample(
	state: RelayState,
	id: ConnectionId,
	message: Message<'sample'>,
	at: Circumstances
): RelayAction[] {
	const sampled = state.directory.sample(id, message.circle, message.count, at.draw);
	if (sampled === undefined) return [refusal(id, 'not-a-member', message)];
	return found(state, id, message.request, sampled);
}

function onRelay(
	state: RelayState,
	sender: Connection,
	message: Message<'relay'>,
	nowMs: number
): RelayAction[] {
	const receiver = state.connections.get(message.to);
	const listed = state.directory.get(sender.id);
	if (receiver?.phase.kind !== 'proven' || listed === undefined) {
		return [refusal(sender.id, 'unknown-connection', message)];
	}
	if (take(receiver.relayedTo, 1, nowMs) !== 'granted') {
		return [refusal(sender.id, 'too-fast', message)];
	}
	const { peer } = listed;
	const relayed = { type: 'relayed', from: sender.id, peer, payload: message.payload } as const;
	return [{ kind: 'send', to: receiver.id, message: relayed }];
}

/** Answers with these connections, but the asking one itself. */
function found(
	state: RelayState,
	id: ConnectionId,
	request: number,
	connections: readonly ConnectionId[]
): RelayAction[] {
	const asking = state.directory.get(id);
	const candidates: Introduction[] = [];
	for (const connection of connections) {
		const listed = state.directory.get(connection);
		if (asking === undefined || listed === undefined || connection === id) continue;
		candidates.push(introduction(connection, listed, asking));
	}
	return [{ kind: 'send', to: id, message: { type: 'found', request, candidates } }];
}

/** What a peer says of itself, and where it is, is for those who share a circle with it. */
function introduction(connection: ConnectionId, listed: Listed, asking: Listed): Introduction {
	const nothing = new Uint8Array(0);
	const close = shareCircle(listed.presence, asking.presence);
	return {
		peer: listed.peer,
		connection,
		advert: close ? listed.presence.advert : nothing,
		prefix: close ? listed.prefix : nothing
	};
}

function refusal(to: ConnectionId, reason: RefusalReason, message?: ClientMessage): RelayAction {
	if (message === undefined || !('request' in message)) {
		return { kind: 'send', to, message: { type: 'refused', reason } };
	}
	return { kind: 'send', to, message: { type: 'refused', request: message.request, reason } };
}

/** Says why, and hangs up: a client of ours never comes here. */
function expel(state: RelayState, { id }: Connection, reason: RefusalReason): RelayAction[] {
	forget(state, id);
	return [
		refusal(id, reason),
		{ kind: 'close', connection: id, code: closeCodes.misbehaved, reason }
	];
}

function decoded(bytes: Uint8Array): ClientMessage | undefined {
	try {
		return decodeClientMessage(bytes);
	} catch (error) {
		if (error instanceof Malformed) return undefined;
		throw error;
	}
}
