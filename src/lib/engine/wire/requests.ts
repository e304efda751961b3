/** How each request is encoded and read: one pair of functions, the cases in the order of the union. */
import { shelfNumberMax } from '../coding/limits.ts';
import { bytesOf, type CircleId, type StripeId } from '../identifiers.ts';
import { signatureBytes } from '../keys/signature.ts';
import type { Fields } from './broker-fields.ts';
import {
	circleIdBytes,
	declarationBytesMax,
	documentBytesMax,
	farewellBytesMax,
	headBytesMax,
	membershipBytes,
	noticeBytesMax,
	orderBytesMax,
	positionMax,
	probeBytesMax,
	recordBytesMax,
	rendezvousBytes,
	shelfEntriesMax,
	shelfStateBytesMax,
	stripeIdBytes,
	tossBytes
} from './limits.ts';
import type { Message, ReadPurpose, Reading, Request } from './messages.ts';
import type { Check } from '../verify/observation.ts';

const requestTypes = [
	'propose',
	'put-head',
	'get-heads',
	'put-block',
	'get-block',
	'list-shelf',
	'drop',
	'sign-shelf',
	'get-agreement',
	'notice',
	'get-statements',
	'get-terms',
	'probe',
	'get-introductions',
	'toss',
	'reveal',
	'declare-loss',
	'farewell',
	'room'
] as const satisfies readonly Request['type'][];

const purposes = ['restore', 'repair', 'rehearsal'] as const satisfies readonly ReadPurpose[];
const checks = ['proof', 'block'] as const satisfies readonly Check[];

const bounds = {
	document: { min: 1, max: documentBytesMax },
	notice: { min: 1, max: noticeBytesMax },
	farewell: { min: 1, max: farewellBytesMax },
	order: { min: 1, max: orderBytesMax },
	state: { min: 1, max: shelfStateBytesMax },
	signature: { min: signatureBytes, max: signatureBytes },
	rendezvous: { min: rendezvousBytes, max: rendezvousBytes },
	membership: { min: membershipBytes, max: membershipBytes },
	number: { min: 0, max: shelfNumberMax },
	position: { min: 0, max: positionMax },
	limit: { min: 1, max: shelfEntriesMax },
	record: { min: 1, max: recordBytesMax },
	head: { min: 1, max: headBytesMax },
	probe: { min: 1, max: probeBytesMax },
	counter: { min: 0, max: Number.MAX_SAFE_INTEGER },
	coin: { min: tossBytes, max: tossBytes },
	declaration: { min: 1, max: declarationBytesMax }
} as const;

const noBody = { min: 0, max: 0 };

/** The CBOR fields of a message and its raw body, where it has one. */
export interface Parts {
	readonly fields: Readonly<Record<string, unknown>>;
	readonly body?: Uint8Array;
}

/** Whether a message asks. */
export function isRequest(message: Message): message is Request {
	return requestTypes.some((type) => type === message.type);
}

/** The fields of a message that all go into its CBOR part. */
export function withoutType(message: Message): Parts['fields'] {
	return Object.fromEntries(Object.entries(message).filter(([field]) => field !== 'type'));
}

/** Splits a request into its CBOR fields and its raw body. */
export function requestParts(request: Request): Parts {
	switch (request.type) {
		case 'put-head':
			return { fields: {}, body: request.head };
		case 'put-block': {
			const { number, stripe, position, record } = request;
			return { fields: { number, stripe: bytesOf(stripe), position }, body: record };
		}
		case 'probe':
			return { fields: {}, body: request.filling };
		case 'get-terms':
		case 'get-introductions': {
			const { circle, membership } = request;
			return { fields: { circle: bytesOf(circle), membership } };
		}
		default:
			return { fields: withoutType(request) };
	}
}

/** Reads the CBOR fields of a request. Throws Malformed. */
export function readRequest(fields: Fields): Reading<Request> {
	const type = fields.oneOf('type', requestTypes);
	switch (type) {
		case 'put-head':
			return { type, fields: {}, body: bounds.head, build: (head) => ({ type, head }) };
		case 'put-block': {
			const number = fields.whole('number', bounds.number);
			const stripe = fields.name<StripeId>('stripe', stripeIdBytes);
			const position = fields.whole('position', bounds.position);
			return {
				type,
				fields: { number, stripe: bytesOf(stripe), position },
				body: bounds.record,
				build: (record) => ({ type, number, stripe, position, record })
			};
		}
		case 'probe':
			return { type, fields: {}, body: bounds.probe, build: (filling) => ({ type, filling }) };
		default: {
			const request = readBodyless(type, fields);
			return { type, ...requestParts(request), body: noBody, build: () => request };
		}
	}
}

type Bodyless = Exclude<Request['type'], 'put-head' | 'put-block' | 'probe'>;

function readBodyless(type: Bodyless, fields: Fields): Request {
	switch (type) {
		case 'propose':
			return readProposal(fields);
		case 'room':
		case 'get-heads':
		case 'get-agreement':
		case 'get-statements':
			return { type };
		case 'notice':
		case 'farewell':
			return readSigned(type, fields);
		case 'get-terms':
		case 'get-introductions':
			return readQuestion(type, fields);
		case 'get-block':
			return {
				type,
				number: fields.whole('number', bounds.number),
				purpose: fields.oneOf('purpose', purposes)
			};
		case 'list-shelf':
			return readListing(fields);
		case 'drop': {
			const order = fields.bytes('order', bounds.order);
			return { type, order, signature: fields.bytes('signature', bounds.signature) };
		}
		case 'sign-shelf': {
			const state = fields.bytes('state', bounds.state);
			return { type, state, signature: fields.bytes('signature', bounds.signature) };
		}
		case 'toss':
		case 'reveal':
		case 'declare-loss':
			return readOfChallenge(type, fields);
	}
}

function readProposal(fields: Fields): Request {
	return {
		type: 'propose',
		document: fields.bytes('document', bounds.document),
		signature: fields.bytes('signature', bounds.signature),
		rendezvous: fields.bytes('rendezvous', bounds.rendezvous),
		membership: fields.bytes('membership', bounds.membership)
	};
}

function readSigned(type: 'notice' | 'farewell', fields: Fields): Request {
	const document = fields.bytes('document', bounds[type]);
	return { type, document, signature: fields.bytes('signature', bounds.signature) };
}

function readQuestion(type: 'get-terms' | 'get-introductions', fields: Fields): Request {
	const circle = fields.name<CircleId>('circle', circleIdBytes);
	return { type, circle, membership: fields.bytes('membership', bounds.membership) };
}

function readOfChallenge(type: 'toss' | 'reveal' | 'declare-loss', fields: Fields): Request {
	switch (type) {
		case 'toss':
			return {
				type,
				check: fields.oneOf('check', checks),
				counter: fields.whole('counter', bounds.counter),
				shelfVersion: fields.whole('shelfVersion', bounds.counter),
				commitment: fields.bytes('commitment', bounds.coin)
			};
		case 'reveal':
			return {
				type,
				counter: fields.whole('counter', bounds.counter),
				coin: fields.bytes('coin', bounds.coin),
				salts: fields.flag('salts')
			};
		case 'declare-loss':
			return {
				type,
				declaration: fields.bytes('declaration', bounds.declaration),
				signature: fields.bytes('signature', bounds.signature)
			};
	}
}

function readListing(fields: Fields): Request {
	const from = fields.whole('from', bounds.number);
	return { type: 'list-shelf', from, limit: fields.whole('limit', bounds.limit) };
}
