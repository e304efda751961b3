/**
 * What two peers say to each other over a session (docs/protocol/messages.md): one request, one reply. A message
 * is a CBOR map in the deterministic encoding and, for the large fields, a raw body behind it, so that a block
 * is neither scanned by the decoder nor copied into it. Every length is bounded; what is not the one encoding of
 * a message is Malformed. Rejected: the large fields inside the CBOR (two more copies of every block).
 */
import { Malformed } from '../failures.ts';
import type { CircleId, PeerId, StripeId } from '../identifiers.ts';
import type { BrowserEngine, OperatingSystem } from '../system.ts';
import type { Check } from '../verify/observation.ts';
import { deterministic, Fields, sameBytes, type Span } from './broker-fields.ts';
import { replyMetaBytesMax, requestMetaBytesMax } from './limits.ts';
import { readReply, replyParts } from './replies.ts';
import { isRequest, readRequest, requestParts } from './requests.ts';

/** The version that stands in every message. Another one comes only after both ends agreed on it. */
export const messageVersion = 1;

export type Request =
	/**
	 * Offers an agreement that binds its sender until it expires; `rendezvous` lets the partner wait for it, and
	 * `membership` shows that the sender belongs to the circle (32 bytes each).
	 */
	| {
			readonly type: 'propose';
			readonly document: Uint8Array;
			readonly signature: Uint8Array;
			readonly rendezvous: Uint8Array;
			readonly membership: Uint8Array;
	  }
	/** Gives a partner the owner's new head: it commits a snapshot, and fences older instances off. */
	| { readonly type: 'put-head'; readonly head: Uint8Array }
	/** Asks which heads of the asker the partner holds: the first question of every session and of a restore. */
	| { readonly type: 'get-heads' }
	/** Stores one block under a shelf number; acknowledged only when it is durable. */
	| {
			readonly type: 'put-block';
			readonly number: number;
			readonly stripe: StripeId;
			readonly position: number;
			readonly record: Uint8Array;
	  }
	/** Wants one block back. What for decides which budget of the agreement it draws from. */
	| { readonly type: 'get-block'; readonly number: number; readonly purpose: ReadPurpose }
	/** What the partner holds from a shelf number on: rebuilding the index, and adopting what a crash left over. */
	| { readonly type: 'list-shelf'; readonly from: number; readonly limit: number }
	/** Orders blocks deleted. Signed, so that the partner can show why it dropped them. */
	| { readonly type: 'drop'; readonly order: Uint8Array; readonly signature: Uint8Array }
	/** Asks the partner to countersign the shelf's state: what challenges count against. */
	| { readonly type: 'sign-shelf'; readonly state: Uint8Array; readonly signature: Uint8Array }
	/** Asks for the agreement that both signed: a peer that lost its disk takes it up again with it. */
	| { readonly type: 'get-agreement' }
	/** Warns the partner, or tells it that it has reneged: signed, with the reason and the figures (patent step 232). */
	| { readonly type: 'notice'; readonly document: Uint8Array; readonly signature: Uint8Array }
	/** Asks what the partner knows of who reneged on whom. */
	| { readonly type: 'get-statements' }
	/** Asks what a member of the same circle would agree on (claim 24): before a proposal, and again as weeks pass. */
	| { readonly type: 'get-terms'; readonly circle: CircleId; readonly membership: Uint8Array }
	/** Takes time to arrive, and nothing else: measures the line. */
	| { readonly type: 'probe'; readonly filling: Uint8Array }
	/** Asks a partner for partners of its own in this circle: how candidates are found without a broker. */
	| {
			readonly type: 'get-introductions';
			readonly circle: CircleId;
			readonly membership: Uint8Array;
	  }
	/** Begins a coin toss: binds the asker to a coin without telling it (docs/protocol/challenges.md). */
	| {
			readonly type: 'toss';
			readonly check: Check;
			readonly counter: number;
			readonly shelfVersion: number;
			readonly commitment: Uint8Array;
	  }
	/** Ends the toss, and so draws the challenge; `salts` asks for those of the sampled blocks beside a proof. */
	| {
			readonly type: 'reveal';
			readonly counter: number;
			readonly coin: Uint8Array;
			readonly salts: boolean;
	  }
	/** Tells an owner, signed, that blocks of its shelf are lost here, before a challenge finds it out. */
	| {
			readonly type: 'declare-loss';
			readonly declaration: Uint8Array;
			readonly signature: Uint8Array;
	  }
	/** Says, signed, that the agreement is to end, or has ended: both sides can then give blocks back in peace. */
	| { readonly type: 'farewell'; readonly document: Uint8Array; readonly signature: Uint8Array }
	/** Tells an owner that was refused for want of space that there is some again. */
	| { readonly type: 'room' };

/** What blocks are read for. */
export type ReadPurpose = 'restore' | 'repair' | 'rehearsal';

export type DeclineReason =
	| 'full'
	| 'no-agreement'
	| 'fenced'
	| 'conflict'
	| 'malformed'
	| 'busy'
	| 'unwilling'
	| 'not-held'
	| 'not-a-member'
	| 'schedule'
	| 'bandwidth'
	| 'alike'
	| 'committed'
	| 'spent';

/** A peer that agreed to be introduced, and the advert that it signed. */
export type IntroducedPeer = readonly [peer: PeerId, advert: Uint8Array];

/** One held block: its shelf number, stripe, position in it, and the length of its record. */
export type ShelfEntry = readonly [
	number: number,
	stripe: StripeId,
	position: number,
	bytes: number
];

export type Reply =
	/** Countersigns a proposal; from here on both are bound. */
	| {
			readonly type: 'agreed';
			readonly signature: Uint8Array;
			readonly rendezvous: Uint8Array;
			readonly membership: Uint8Array;
	  }
	/** Not this, but the terms in this document would be accepted. It is not signed and binds nobody. */
	| { readonly type: 'counter'; readonly document: Uint8Array }
	/** Done, and durable. */
	| { readonly type: 'acknowledged' }
	/** Not done, and why; `head` is the newer head that fenced the asker off. */
	| {
			readonly type: 'declined';
			readonly reason: DeclineReason;
			readonly detail: string;
			readonly head?: Uint8Array;
	  }
	/** The asker's heads, newest first. */
	| { readonly type: 'heads'; readonly heads: readonly Uint8Array[] }
	/** One block as it was stored, or as it has rotted: its owner checks it. */
	| { readonly type: 'block'; readonly record: Uint8Array }
	/** Ascending by number; `more` when the limit cut it short. */
	| { readonly type: 'shelf'; readonly entries: readonly ShelfEntry[]; readonly more: boolean }
	/** The partner's signature over the shelf's state. */
	| { readonly type: 'signed'; readonly signature: Uint8Array }
	/**
	 * The agreement with both signatures, and the rendezvous secret that went with it. `membership` is empty when the
	 * holder does not know the circle any more.
	 */
	| {
			readonly type: 'agreement';
			readonly document: Uint8Array;
			readonly holderSignature: Uint8Array;
			readonly askerSignature: Uint8Array;
			readonly rendezvous: Uint8Array;
			readonly membership: Uint8Array;
	  }
	/** Statements as their accusers signed them, the latest first. */
	| { readonly type: 'statements'; readonly statements: readonly Uint8Array[] }
	/**
	 * What the answering peer would agree on: its week, what it accepts and measured of the line to the asker (kB/s), its
	 * system, and space from one end of the range to the other. The advert is its own, for those that it is introduced to.
	 */
	| {
			readonly type: 'terms';
			readonly membership: Uint8Array;
			readonly week: Uint8Array;
			readonly leastKilobytesPerSecond: number;
			readonly averageKilobytesPerSecond: number;
			readonly os: OperatingSystem;
			readonly engine: BrowserEngine;
			readonly spaceBytesMin: number;
			readonly spaceBytesMax: number;
			readonly advert: Uint8Array;
	  }
	/** Partners of the answering peer that agreed to be introduced; empty when there are none. */
	| { readonly type: 'introductions'; readonly peers: readonly IntroducedPeer[] }
	/** The partner's coin: it decides the draw as much as the asker's. */
	| { readonly type: 'tossed'; readonly coin: Uint8Array }
	/** The compact proof of the draw; where they were asked for, salts of the sampled blocks by ascending number. */
	| { readonly type: 'proof'; readonly proof: Uint8Array; readonly salts: readonly Uint8Array[] };

export type Message = Request | Reply;

/** Which replies, other than `declined`, each request asks for. */
const wanted = {
	propose: 'agreed',
	'put-head': 'acknowledged',
	'get-heads': 'heads',
	'put-block': 'acknowledged',
	'get-block': 'block',
	'list-shelf': 'shelf',
	drop: 'acknowledged',
	'sign-shelf': 'signed',
	'get-agreement': 'agreement',
	notice: 'acknowledged',
	'get-statements': 'statements',
	'get-terms': 'terms',
	probe: 'acknowledged',
	'get-introductions': 'introductions',
	toss: 'tossed',
	reveal: 'block',
	'declare-loss': 'acknowledged',
	farewell: 'acknowledged',
	room: 'acknowledged'
} as const satisfies Readonly<Record<Request['type'], Reply['type']>>;

/** What may come instead of it. */
const instead = { propose: 'counter', reveal: 'proof' } as const satisfies Readonly<
	Partial<Record<Request['type'], Reply['type']>>
>;

/** The replies that a request can get. */
export type ReplyTo<Asked extends Request> = Extract<
	Reply,
	{ type: (typeof wanted)[Asked['type']] | Instead<Asked['type']> | 'declined' }
>;
type Instead<Type extends Request['type']> = Type extends keyof typeof instead
	? (typeof instead)[Type]
	: never;

/** Whether a reply of this type answers a request of that type. */
export function answers(asked: Request['type'], reply: Reply['type']): boolean {
	const other: Partial<Record<Request['type'], Reply['type']>> = instead;
	return reply === 'declined' || reply === wanted[asked] || reply === other[asked];
}

/** A message as it travels: the CBOR part, and the raw body where the message has a large field. */
export interface EncodedMessage {
	readonly meta: Uint8Array;
	readonly body?: Uint8Array;
}

/** A message whose CBOR part was accepted and whose body may still be under way. */
export interface Announced<Kind extends Message> {
	readonly type: Kind['type'];
	/** Throws Malformed when the body is not what was announced. Keeps views of the body. */
	complete(body: Uint8Array): Kind;
}

/**
 * Encodes a request or a reply; the body is a view of the caller's bytes. Throws RangeError when a field is out
 * of bounds: what the other end would refuse is our own mistake, and must not cost us the session.
 */
export function encodeMessage(message: Message): EncodedMessage {
	const asked = isRequest(message);
	const { fields, body } = asked ? requestParts(message) : replyParts(message);
	const meta = deterministic({ v: messageVersion, type: message.type, ...fields });
	try {
		(asked ? announceRequest : announceReply)(meta, body?.length ?? 0);
	} catch (error) {
		throw new RangeError(`${message.type}: ${String(error)}`, { cause: error });
	}
	return body === undefined ? { meta } : { meta, body };
}

/** Reads the CBOR part of a request before its body is there. Throws Malformed. */
export function announceRequest(meta: Uint8Array, bodyBytes: number): Announced<Request> {
	return announced(readRequest(versioned(meta, requestMetaBytesMax)), meta, bodyBytes);
}

/** Reads the CBOR part of a reply before its body is there. Throws Malformed. */
export function announceReply(meta: Uint8Array, bodyBytes: number): Announced<Reply> {
	return announced(readReply(versioned(meta, replyMetaBytesMax), bodyBytes), meta, bodyBytes);
}

/** The inverse of `encodeMessage` for requests. Throws Malformed. */
export function decodeRequest({ meta, body = nothing }: EncodedMessage): Request {
	return announceRequest(meta, body.length).complete(body);
}

/** The inverse of `encodeMessage` for replies. Throws Malformed. */
export function decodeReply({ meta, body = nothing }: EncodedMessage): Reply {
	return announceReply(meta, body.length).complete(body);
}

/** What a reader of one message type found in its CBOR part. */
export interface Reading<Kind extends Message> {
	readonly type: Kind['type'];
	/** The fields as they are encoded, to see that the sender's encoding was the deterministic one. */
	readonly fields: Readonly<Record<string, unknown>>;
	/** How long its raw body may be. */
	readonly body: Span;
	/** Puts the message together, once the body is there. */
	readonly build: (body: Uint8Array) => Kind;
}

const nothing = new Uint8Array(0);

function versioned(meta: Uint8Array, bytesMax: number): Fields {
	const fields = Fields.parse(meta, bytesMax);
	fields.whole('v', { min: messageVersion, max: messageVersion });
	return fields;
}

function announced<Kind extends Message>(
	{ type, fields, body: span, build }: Reading<Kind>,
	meta: Uint8Array,
	bodyBytes: number
): Announced<Kind> {
	if (bodyBytes < span.min || bodyBytes > span.max) {
		throw new Malformed(`${type} cannot have a body of ${String(bodyBytes)} bytes`);
	}
	if (!sameBytes(meta, deterministic({ v: messageVersion, type, ...fields }))) {
		throw new Malformed(`${type} is not in the deterministic encoding`);
	}
	return {
		type,
		complete: (body) => {
			if (body.length !== bodyBytes) throw new Malformed(`${type} lost a part of its body`);
			return build(body);
		}
	};
}
