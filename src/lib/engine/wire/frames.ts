/**
 * Frames: how messages are cut to pass a link that carries pieces of at most 64 KiB (docs/protocol/links.md).
 *
 *     byte  0      kind: 1 hello, 2 proof (handshake.ts), 3 request, 4 reply, 5 cancel
 *     byte  1      flags: 1 first frame of its message, 2 last, 4 of the bulk stream; others zero
 *     bytes 2..5   number of the request, big-endian; a reply bears that of its request
 *     bytes 6..9   in a first frame only: length of the CBOR part
 *     bytes 10..13 in a first frame only: length of the raw body behind it
 *     then         the payload: the next bytes of CBOR part and body
 *
 * Hello and proof have byte 0 only, then CBOR. A cancel ends after byte 5. Every frame but the last of its message
 * is full, so nobody can be kept busy with crumbs. Each of the two streams carries one message at a time.
 */
import { Malformed } from '../failures.ts';
import {
	frameBytesMax,
	replyBodyBytesMax,
	replyMetaBytesMax,
	requestBodyBytesMax,
	requestMetaBytesMax
} from './limits.ts';
import type { EncodedMessage } from './messages.ts';

/** The stream of a frame. Control frames overtake bulk frames. */
export type Priority = 'control' | 'bulk';

/** The first byte of every frame. */
export const frameKinds = { hello: 1, proof: 2, request: 3, reply: 4, cancel: 5 } as const;

/** What a first frame says of its message. */
export interface Announcement {
	readonly metaBytes: number;
	readonly bodyBytes: number;
}

/** A piece of a request or a reply. */
export interface MessageFrame {
	readonly kind: 'request' | 'reply';
	readonly priority: Priority;
	readonly id: number;
	/** In the first frame of a message. */
	readonly announcement?: Announcement;
	readonly last: boolean;
	/** A view of the frame. */
	readonly payload: Uint8Array;
}

/** The asker wants no reply any more; a short one comes all the same, and closes the request. */
export interface CancelFrame {
	readonly kind: 'cancel';
	readonly id: number;
}

export type Frame = MessageFrame | CancelFrame;

/** Request numbers are 32 bits, and are used again long after the request closed. */
export const requestIdMax = 0xffff_ffff;

const flags = { first: 1, last: 2, bulk: 4 } as const;
const headerBytes = 6;
const firstHeaderBytes = 14;

/** Reads one frame after the handshake. Throws Malformed before anything is allocated. */
export function parseFrame(bytes: Uint8Array): Frame {
	if (bytes.length < headerBytes || bytes.length > frameBytesMax) {
		throw new Malformed(`a frame of ${String(bytes.length)} bytes`);
	}
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
	const code = view.getUint8(0);
	const flag = view.getUint8(1);
	const id = view.getUint32(2);
	if (code === frameKinds.cancel) {
		if (flag !== 0 || bytes.length !== headerBytes) throw new Malformed('a cancel with more to it');
		return { kind: 'cancel', id };
	}
	if (code !== frameKinds.request && code !== frameKinds.reply) {
		throw new Malformed(`a frame of kind ${String(code)}`);
	}
	if ((flag & ~(flags.first | flags.last | flags.bulk)) !== 0) throw new Malformed('unknown flags');
	const kind = code === frameKinds.request ? 'request' : 'reply';
	const first = (flag & flags.first) !== 0;
	const last = (flag & flags.last) !== 0;
	if (!last && bytes.length !== frameBytesMax) throw new Malformed('a crumb of a frame');
	return {
		kind,
		priority: (flag & flags.bulk) === 0 ? 'control' : 'bulk',
		id,
		...(first ? { announcement: parseAnnouncement(view, kind) } : {}),
		last,
		payload: bytes.subarray(first ? firstHeaderBytes : headerBytes)
	};
}

function parseAnnouncement(view: DataView, kind: MessageFrame['kind']): Announcement {
	if (view.byteLength < firstHeaderBytes) throw new Malformed('a first frame cut short');
	const metaBytes = view.getUint32(6);
	const bodyBytes = view.getUint32(10);
	const [metaBytesMax, bodyBytesMax] =
		kind === 'request'
			? [requestMetaBytesMax, requestBodyBytesMax]
			: [replyMetaBytesMax, replyBodyBytesMax];
	if (metaBytes === 0 || metaBytes > metaBytesMax || bodyBytes > bodyBytesMax) {
		throw new Malformed(`a ${kind} of ${String(metaBytes)} and ${String(bodyBytes)} bytes`);
	}
	return { metaBytes, bodyBytes };
}

/** The frame that cancels a request. */
export function cancelFrame(id: number): Uint8Array {
	const frame = new Uint8Array(headerBytes);
	const view = new DataView(frame.buffer);
	view.setUint8(0, frameKinds.cancel);
	view.setUint32(2, id);
	return frame;
}

/** What the cutter needs to know of a message. */
export interface MessageAddress {
	readonly kind: MessageFrame['kind'];
	readonly priority: Priority;
	readonly id: number;
}

/** Cuts one message into frames, each made only when it is its turn. */
export class FrameCutter {
	readonly priority: Priority;
	readonly #address: MessageAddress;
	readonly #meta: Uint8Array;
	readonly #body: Uint8Array;
	#at = 0;

	constructor(address: MessageAddress, { meta, body = new Uint8Array(0) }: EncodedMessage) {
		this.priority = address.priority;
		this.#address = address;
		this.#meta = meta;
		this.#body = body;
	}

	/** Bytes of the message that no frame carries yet. */
	get bytesLeft(): number {
		return this.#meta.length + this.#body.length - this.#at;
	}

	/** The next frame, in a buffer of its own. Call it only while bytes are left. */
	next(): Uint8Array {
		const first = this.#at === 0;
		const start = first ? firstHeaderBytes : headerBytes;
		const bytes = Math.min(this.bytesLeft, frameBytesMax - start);
		const frame = new Uint8Array(start + bytes);
		this.#copy(frame, start, bytes);
		this.#writeHeader(new DataView(frame.buffer), first);
		return frame;
	}

	#copy(frame: Uint8Array, start: number, bytes: number): void {
		const fromMeta = this.#meta.subarray(this.#at, this.#at + bytes);
		frame.set(fromMeta, start);
		const bodyAt = this.#at + fromMeta.length - this.#meta.length;
		const rest = bytes - fromMeta.length;
		if (rest > 0) frame.set(this.#body.subarray(bodyAt, bodyAt + rest), start + fromMeta.length);
		this.#at += bytes;
	}

	#writeHeader(view: DataView, first: boolean): void {
		const { kind, priority, id } = this.#address;
		view.setUint8(0, frameKinds[kind]);
		view.setUint8(
			1,
			(first ? flags.first : 0) |
				(this.bytesLeft === 0 ? flags.last : 0) |
				(priority === 'bulk' ? flags.bulk : 0)
		);
		view.setUint32(2, id);
		if (!first) return;
		view.setUint32(6, this.#meta.length);
		view.setUint32(10, this.#body.length);
	}
}
