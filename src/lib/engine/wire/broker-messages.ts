/**
 * What a peer and a broker say to each other (docs/protocol/broker.md): one CBOR map a WebSocket message, in
 * the deterministic encoding. Every length is bounded, and bytes that are not the one encoding of a message
 * are Malformed, so a message that was accepted means the same to everybody. Rejected: JSON, which would need
 * base64 for nearly every field, and positional arrays, which nobody can read in a capture.
 */
import { Malformed } from '../failures.ts';
import { bytesOf, type CircleId, nameOf, type PeerId } from '../identifiers.ts';
import { brokerBounds } from './broker-bounds.ts';
import {
	type AnyName,
	boundedBytes,
	deterministic,
	exactly,
	Fields,
	sameBytes
} from './broker-fields.ts';
import { isTurn } from './ice-url.ts';

/** Names one connection at one broker: 16 random bytes, drawn by the broker, never used again. */
export type ConnectionId = AnyName & { readonly connection: 'ConnectionId' };

export const brokerProtocolVersion = 1;

/** What a peer says to a broker. */
export type ClientMessage =
	/** The answer to `challenge`: nobody can appear under a PeerId without its key. */
	| {
			readonly type: 'prove';
			readonly version: number;
			readonly peer: PeerId;
			readonly signature: Uint8Array;
	  }
	/** Replaces what the broker knows of this connection; answered, so that a client knows that it stands. */
	| {
			readonly type: 'publish';
			readonly request: number;
			readonly circles: readonly CircleId[];
			readonly advert: Uint8Array;
			readonly tokens: readonly Uint8Array[];
	  }
	/** Strangers of a circle, drawn at random: nobody can offer himself more often than others. */
	| {
			readonly type: 'sample';
			readonly request: number;
			readonly circle: CircleId;
			readonly count: number;
	  }
	/** A known peer, which may be connected more than once: an old instance beside a restored one. */
	| { readonly type: 'find'; readonly request: number; readonly peer: PeerId }
	/** Whoever waits under tokens that only the two ends can compute: bare words find their partners. */
	| {
			readonly type: 'rendezvous';
			readonly request: number;
			readonly tokens: readonly Uint8Array[];
	  }
	/** A set-up message for another connection. Not answered: the link itself shows whether it arrived. */
	| { readonly type: 'relay'; readonly to: ConnectionId; readonly payload: Uint8Array };

/** A connection as a broker names it to others. */
export interface Introduction {
	readonly peer: PeerId;
	readonly connection: ConnectionId;
	/** Empty for those who share no circle with that peer. */
	readonly advert: Uint8Array;
	/**
	 * The network that the broker sees the peer in: 3 bytes of IPv4 (/24) or 6 of IPv6 (/48). Empty where the
	 * advert is, and where the broker cannot tell.
	 */
	readonly prefix: Uint8Array;
}

/** Where a peer may have its links relayed that go no other way. */
export interface TurnOffer {
	/** Of one server, reached in several ways (RFC 7065). */
	readonly urls: readonly string[];
	readonly username: string;
	readonly credential: string;
	/** How long the credentials hold from now on. */
	readonly seconds: number;
}

/** Why a broker refuses. */
export type RefusalReason = (typeof refusalReasons)[number];
const refusalReasons = [
	'malformed',
	'bad-version',
	'not-proven',
	'bad-proof',
	'too-fast',
	'not-a-member',
	'unknown-connection'
] as const;

/** What a broker says to a peer. */
export type BrokerMessage =
	/** Comes first: the nonce makes every proof a fresh one, the versions let both sides fail with a reason. */
	| {
			readonly type: 'challenge';
			readonly versions: readonly number[];
			readonly nonce: Uint8Array;
			readonly connection: ConnectionId;
	  }
	/** The proof holds. Tells the peer the prefix that others are told, so that it can judge diversity. */
	| { readonly type: 'welcome'; readonly prefix: Uint8Array }
	/** The presence stands: a `sample` by another from now on can draw this connection. */
	| { readonly type: 'published'; readonly request: number }
	/** The one answer to `sample`, `find` and `rendezvous`; empty when there is nobody. */
	| {
			readonly type: 'found';
			readonly request: number;
			readonly candidates: readonly Introduction[];
	  }
	/** What another connection relayed, with the identity that it proved. */
	| {
			readonly type: 'relayed';
			readonly from: ConnectionId;
			readonly peer: PeerId;
			readonly payload: Uint8Array;
	  }
	/**
	 * A TURN server that the broker vouches for, with credentials for a while. Comes after the welcome where there is
	 * one, and in time before they run out.
	 */
	| ({ readonly type: 'turn' } & TurnOffer)
	/** Something was not done. Without a request it concerns a `relay` or the whole connection. */
	| { readonly type: 'refused'; readonly request?: number; readonly reason: RefusalReason };

export function encodeClientMessage(message: ClientMessage): Uint8Array<ArrayBuffer> {
	switch (message.type) {
		case 'prove':
			return deterministic({ ...message, peer: bytesOf(message.peer) });
		case 'publish':
			return deterministic({ ...message, circles: message.circles.map(bytesOf) });
		case 'sample':
			return deterministic({ ...message, circle: bytesOf(message.circle) });
		case 'find':
			return deterministic({ ...message, peer: bytesOf(message.peer) });
		case 'rendezvous':
			return deterministic(message);
		case 'relay':
			return deterministic({ ...message, to: bytesOf(message.to) });
	}
}

/** Throws Malformed. */
export function decodeClientMessage(bytes: Uint8Array): ClientMessage {
	const message = readClientMessage(Fields.parse(bytes, brokerBounds.requestBytesMax));
	if (!sameBytes(encodeClientMessage(message), bytes)) throw new Malformed('not deterministic');
	return message;
}

export function encodeBrokerMessage(message: BrokerMessage): Uint8Array<ArrayBuffer> {
	switch (message.type) {
		case 'challenge':
			return deterministic({ ...message, connection: bytesOf(message.connection) });
		case 'found':
			return deterministic({ ...message, candidates: message.candidates.map(plainIntroduction) });
		case 'relayed':
			return deterministic({
				...message,
				from: bytesOf(message.from),
				peer: bytesOf(message.peer)
			});
		case 'welcome':
		case 'published':
		case 'turn':
		case 'refused':
			return deterministic(message);
	}
}

/** Throws Malformed. */
export function decodeBrokerMessage(bytes: Uint8Array): BrokerMessage {
	const message = readBrokerMessage(Fields.parse(bytes, brokerBounds.answerBytesMax));
	if (!sameBytes(encodeBrokerMessage(message), bytes)) throw new Malformed('not deterministic');
	return message;
}

const clientTypes = ['prove', 'publish', 'sample', 'find', 'rendezvous', 'relay'] as const;
const brokerTypes = [
	'challenge',
	'welcome',
	'published',
	'found',
	'relayed',
	'turn',
	'refused'
] as const;

function readClientMessage(fields: Fields): ClientMessage {
	const type = fields.oneOf('type', clientTypes);
	switch (type) {
		case 'prove':
			return {
				type,
				version: fields.whole('version', { min: 1, max: 0xffff }),
				peer: fields.name<PeerId>('peer', brokerBounds.nameBytes),
				signature: fields.bytes('signature', exactly(brokerBounds.signatureBytes))
			};
		case 'publish':
			return readPublish(fields);
		case 'sample':
			return {
				type,
				request: readRequest(fields),
				circle: fields.name<CircleId>('circle', brokerBounds.nameBytes),
				count: fields.whole('count', { min: 1, max: brokerBounds.sampleMax })
			};
		case 'find':
			return {
				type,
				request: readRequest(fields),
				peer: fields.name<PeerId>('peer', brokerBounds.nameBytes)
			};
		case 'rendezvous':
			return {
				type,
				request: readRequest(fields),
				tokens: fields.list('tokens', { min: 1, max: brokerBounds.tokensAskedMax }, readToken)
			};
		case 'relay':
			return {
				type,
				to: fields.name<ConnectionId>('to', brokerBounds.connectionBytes),
				payload: readPayload(fields)
			};
	}
}

function readPublish(fields: Fields): ClientMessage {
	const { circlesMax, nameBytes, tokensMax, advertBytesMax } = brokerBounds;
	const circle = (item: unknown): CircleId =>
		nameOf<CircleId>(boundedBytes(item, 'circle', exactly(nameBytes)));
	return {
		type: 'publish',
		request: readRequest(fields),
		circles: fields.list('circles', { min: 0, max: circlesMax }, circle),
		advert: fields.bytes('advert', { min: 0, max: advertBytesMax }),
		tokens: fields.list('tokens', { min: 0, max: tokensMax }, readToken)
	};
}

function readBrokerMessage(fields: Fields): BrokerMessage {
	const type = fields.oneOf('type', brokerTypes);
	const { connectionBytes, nameBytes, nonceBytes, candidatesMax } = brokerBounds;
	switch (type) {
		case 'challenge':
			return {
				type,
				versions: fields.list('versions', { min: 1, max: brokerBounds.versionsMax }, readVersion),
				nonce: fields.bytes('nonce', exactly(nonceBytes)),
				connection: fields.name<ConnectionId>('connection', connectionBytes)
			};
		case 'welcome':
			return { type, prefix: readPrefix(fields) };
		case 'published':
			return { type, request: readRequest(fields) };
		case 'found':
			return {
				type,
				request: readRequest(fields),
				candidates: fields.list('candidates', { min: 0, max: candidatesMax }, readIntroduction)
			};
		case 'relayed':
			return {
				type,
				from: fields.name<ConnectionId>('from', connectionBytes),
				peer: fields.name<PeerId>('peer', nameBytes),
				payload: readPayload(fields)
			};
		case 'turn':
			return { type, ...readTurn(fields) };
		case 'refused':
			return readRefusal(fields);
	}
}

function readRefusal(fields: Fields): BrokerMessage {
	const reason = fields.oneOf('reason', refusalReasons);
	if (!fields.has('request')) return { type: 'refused', reason };
	return { type: 'refused', request: readRequest(fields), reason };
}

function readTurn(fields: Fields): TurnOffer {
	const { turnUsernameCharactersMax, turnCredentialCharactersMax } = brokerBounds;
	return {
		urls: fields.list('urls', { min: 1, max: brokerBounds.turnUrlsMax }, readTurnUrl),
		username: fields.text('username', { min: 1, max: turnUsernameCharactersMax }),
		credential: fields.text('credential', { min: 1, max: turnCredentialCharactersMax }),
		seconds: fields.whole('seconds', { min: 1, max: brokerBounds.turnSecondsMax })
	};
}

function readTurnUrl(item: unknown): string {
	const fits = typeof item === 'string' && item.length <= brokerBounds.turnUrlCharactersMax;
	if (!fits || !isTurn(item)) throw new Malformed('no address of a TURN server');
	return item;
}

function readIntroduction(item: unknown): Introduction {
	const fields = Fields.of(item);
	return {
		peer: fields.name<PeerId>('peer', brokerBounds.nameBytes),
		connection: fields.name<ConnectionId>('connection', brokerBounds.connectionBytes),
		advert: fields.bytes('advert', { min: 0, max: brokerBounds.advertBytesMax }),
		prefix: readPrefix(fields)
	};
}

function plainIntroduction(introduction: Introduction): object {
	return {
		...introduction,
		peer: bytesOf(introduction.peer),
		connection: bytesOf(introduction.connection)
	};
}

function readRequest(fields: Fields): number {
	return fields.whole('request', { min: 0, max: brokerBounds.requestMax });
}

function readPayload(fields: Fields): Uint8Array {
	return fields.bytes('payload', { min: 1, max: brokerBounds.payloadBytesMax });
}

function readPrefix(fields: Fields): Uint8Array {
	const prefix = fields.bytes('prefix', { min: 0, max: brokerBounds.prefixBytesMax });
	if (![0, 3, 6].includes(prefix.length)) throw new Malformed('prefix of a wrong length');
	return prefix;
}

function readToken(item: unknown): Uint8Array {
	return boundedBytes(item, 'token', exactly(brokerBounds.tokenBytes));
}

function readVersion(item: unknown): number {
	if (!Number.isInteger(item) || Number(item) < 1 || Number(item) > 0xffff) {
		throw new Malformed('version out of bounds');
	}
	return Number(item);
}
