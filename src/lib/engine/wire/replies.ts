/** How each reply is encoded and read: one pair of functions, the cases in the order of the union. */
import { Malformed } from '../failures.ts';
import { shelfNumberMax } from '../coding/limits.ts';
import { bytesOf, nameOf, type PeerId, type StripeId } from '../identifiers.ts';
import { signatureBytes } from '../keys/signature.ts';
import { browserEngines, operatingSystems } from '../system.ts';
import { boundedBytes, type Fields } from './broker-fields.ts';
import {
	advertBytesMax,
	detailCharactersMax,
	documentBytesMax,
	headBytesMax,
	headsMax,
	introductionsMax,
	kilobytesPerSecondMax,
	membershipBytes,
	positionMax,
	proofBytes,
	proofSaltsMax,
	recordBytesMax,
	rendezvousBytes,
	saltBytes,
	shelfEntriesMax,
	statementBytesMax,
	statementsMax,
	stripeIdBytes,
	tossBytes,
	weekBytes
} from './limits.ts';
import type { DeclineReason, IntroducedPeer, Reading, Reply, ShelfEntry } from './messages.ts';
import { type Parts, withoutType } from './requests.ts';

const replyTypes = [
	'agreed',
	'acknowledged',
	'declined',
	'heads',
	'block',
	'shelf',
	'signed',
	'agreement',
	'statements',
	'counter',
	'terms',
	'introductions',
	'tossed',
	'proof'
] as const satisfies readonly Reply['type'][];

const declineReasons = [
	'full',
	'no-agreement',
	'fenced',
	'conflict',
	'malformed',
	'busy',
	'unwilling',
	'not-held',
	'not-a-member',
	'schedule',
	'bandwidth',
	'alike',
	'committed',
	'spent'
] as const satisfies readonly DeclineReason[];

const bounds = {
	signature: { min: signatureBytes, max: signatureBytes },
	document: { min: 1, max: documentBytesMax },
	rendezvous: { min: rendezvousBytes, max: rendezvousBytes },
	membership: { min: membershipBytes, max: membershipBytes },
	membershipIfAny: { min: 0, max: membershipBytes },
	detail: { min: 0, max: detailCharactersMax },
	stripe: { min: stripeIdBytes, max: stripeIdBytes },
	entries: { min: 0, max: shelfEntriesMax },
	heads: { min: 0, max: headsMax },
	head: { min: 1, max: headBytesMax },
	record: { min: 1, max: recordBytesMax },
	statement: { min: 1, max: statementBytesMax },
	statements: { min: 0, max: statementsMax },
	week: { min: weekBytes, max: weekBytes },
	speed: { min: 0, max: kilobytesPerSecondMax },
	space: { min: 0, max: Number.MAX_SAFE_INTEGER },
	advert: { min: 0, max: advertBytesMax },
	introductions: { min: 0, max: introductionsMax },
	peer: { min: 32, max: 32 },
	introducedAdvert: { min: 1, max: advertBytesMax },
	coin: { min: tossBytes, max: tossBytes },
	proof: { min: proofBytes, max: proofBytes },
	salts: { min: 0, max: proofSaltsMax },
	salt: { min: saltBytes, max: saltBytes }
} as const;

const noBody = { min: 0, max: 0 };

/** Splits a reply into its CBOR fields and its raw body. */
export function replyParts(reply: Reply): Parts {
	switch (reply.type) {
		case 'declined': {
			const { reason, detail, head } = reply;
			return head === undefined
				? { fields: { reason, detail } }
				: { fields: { reason, detail }, body: head };
		}
		case 'heads':
			return {
				fields: { lengths: reply.heads.map((head) => head.length) },
				body: joined(reply.heads)
			};
		case 'block':
			return { fields: {}, body: reply.record };
		case 'shelf':
			return { fields: { entries: reply.entries.map(entryFields), more: reply.more } };
		case 'introductions':
			return { fields: { peers: reply.peers.map(([peer, advert]) => [bytesOf(peer), advert]) } };
		case 'proof':
			return { fields: { salts: reply.salts }, body: reply.proof };
		default:
			return { fields: withoutType(reply) };
	}
}

/** Reads the CBOR fields of a reply whose body will have `bodyBytes` bytes. Throws Malformed. */
export function readReply(fields: Fields, bodyBytes: number): Reading<Reply> {
	const type = fields.oneOf('type', replyTypes);
	switch (type) {
		case 'declined':
			return readDeclined(fields, bodyBytes);
		case 'heads':
			return readHeads(fields);
		case 'block':
			return { type, fields: {}, body: bounds.record, build: (record) => ({ type, record }) };
		case 'proof': {
			const salts = fields.list('salts', bounds.salts, readSalt);
			return {
				type,
				fields: { salts },
				body: bounds.proof,
				build: (proof) => ({ type, proof, salts })
			};
		}
		default: {
			const reply = readBodyless(type, fields);
			return { type, ...replyParts(reply), body: noBody, build: () => reply };
		}
	}
}

type Bodyless = Exclude<Reply['type'], 'declined' | 'heads' | 'block' | 'proof'>;

function readBodyless(type: Bodyless, fields: Fields): Reply {
	switch (type) {
		case 'agreed':
			return {
				type,
				signature: fields.bytes('signature', bounds.signature),
				rendezvous: fields.bytes('rendezvous', bounds.rendezvous),
				membership: fields.bytes('membership', bounds.membership)
			};
		case 'acknowledged':
			return { type };
		case 'counter':
			return { type, document: fields.bytes('document', bounds.document) };
		case 'terms':
			return readTerms(fields);
		case 'introductions':
			return { type, peers: fields.list('peers', bounds.introductions, readIntroduced) };
		case 'shelf':
			return {
				type,
				entries: fields.list('entries', bounds.entries, readEntry),
				more: fields.flag('more')
			};
		case 'signed':
			return { type, signature: fields.bytes('signature', bounds.signature) };
		case 'agreement':
			return {
				type,
				document: fields.bytes('document', bounds.document),
				holderSignature: fields.bytes('holderSignature', bounds.signature),
				askerSignature: fields.bytes('askerSignature', bounds.signature),
				rendezvous: fields.bytes('rendezvous', bounds.rendezvous),
				membership: fields.bytes('membership', bounds.membershipIfAny)
			};
		case 'statements':
			return { type, statements: fields.list('statements', bounds.statements, readStatement) };
		case 'tossed':
			return { type, coin: fields.bytes('coin', bounds.coin) };
	}
}

function readStatement(value: unknown): Uint8Array {
	return boundedBytes(value, 'statement', bounds.statement);
}

function readTerms(fields: Fields): Reply {
	return {
		type: 'terms',
		membership: fields.bytes('membership', bounds.membership),
		week: fields.bytes('week', bounds.week),
		leastKilobytesPerSecond: fields.whole('leastKilobytesPerSecond', bounds.speed),
		averageKilobytesPerSecond: fields.whole('averageKilobytesPerSecond', bounds.speed),
		os: fields.oneOf('os', operatingSystems),
		engine: fields.oneOf('engine', browserEngines),
		spaceBytesMin: fields.whole('spaceBytesMin', bounds.space),
		spaceBytesMax: fields.whole('spaceBytesMax', bounds.space),
		advert: fields.bytes('advert', bounds.advert)
	};
}

function readIntroduced(value: unknown): IntroducedPeer {
	if (!Array.isArray(value) || value.length !== 2) throw new Malformed('no introduction');
	const [peer, advert] = value as readonly unknown[];
	return [
		nameOf<PeerId>(boundedBytes(peer, 'peer', bounds.peer)),
		boundedBytes(advert, 'advert', bounds.introducedAdvert)
	];
}

function readDeclined(fields: Fields, bodyBytes: number): Reading<Reply> {
	const type = 'declined';
	const reason = fields.oneOf('reason', declineReasons);
	const detail = fields.text('detail', bounds.detail);
	const said = { type, reason, detail } as const;
	// Only a fenced writer is shown the head that fenced it: nothing else needs one.
	const body = bodyBytes > 0 && reason === 'fenced' ? bounds.head : noBody;
	return {
		type,
		fields: { reason, detail },
		body,
		build: (head) => (head.length === 0 ? said : { ...said, head })
	};
}

function readHeads(fields: Fields): Reading<Reply> {
	const type = 'heads';
	const lengths = fields.list('lengths', bounds.heads, readHeadLength);
	const total = lengths.reduce((sum, length) => sum + length, 0);
	return {
		type,
		fields: { lengths },
		body: { min: total, max: total },
		build: (body) => ({ type, heads: parted(body, lengths) })
	};
}

function readHeadLength(value: unknown): number {
	return wholeWithin(value, 1, headBytesMax);
}

function entryFields([number, stripe, position, bytes]: ShelfEntry): readonly unknown[] {
	return [number, bytesOf(stripe), position, bytes];
}

function readEntry(value: unknown): ShelfEntry {
	if (!Array.isArray(value) || value.length !== 4) throw new Malformed('no shelf entry');
	const [number, stripe, position, bytes] = value as readonly unknown[];
	return [
		wholeWithin(number, 0, shelfNumberMax),
		nameOf<StripeId>(boundedBytes(stripe, 'stripe', bounds.stripe)),
		wholeWithin(position, 0, positionMax),
		wholeWithin(bytes, 1, recordBytesMax)
	];
}

function readSalt(value: unknown): Uint8Array {
	return boundedBytes(value, 'salt', bounds.salt);
}

function wholeWithin(value: unknown, min: number, max: number): number {
	if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
		throw new Malformed('no whole number in bounds');
	}
	return value;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
	const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		whole.set(part, at);
		at += part.length;
	}
	return whole;
}

function parted(whole: Uint8Array, lengths: readonly number[]): readonly Uint8Array[] {
	let at = 0;
	return lengths.map((length) => whole.subarray(at, (at += length)));
}
