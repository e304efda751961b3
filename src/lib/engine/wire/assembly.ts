/** Puts one message together from its frames: the CBOR part is judged before room for the body is made. */
import { Malformed } from '../failures.ts';
import type { MessageFrame } from './frames.ts';
import type { Announced, Message } from './messages.ts';

/** Reads the CBOR part of a message whose body will have this length. Throws Malformed. */
export type Announce<Kind extends Message> = (
	meta: Uint8Array,
	bodyBytes: number
) => Announced<Kind>;

export class Assembly<Kind extends Message> {
	readonly id: number;
	readonly #announce: Announce<Kind>;
	readonly #meta: Uint8Array;
	readonly #bodyBytes: number;
	#at = 0;
	#opened: { readonly message: Announced<Kind>; readonly body: Uint8Array } | undefined;

	/** Begins with the first frame of a message; `add` takes that one too. Throws Malformed. */
	constructor({ id, announcement }: MessageFrame, announce: Announce<Kind>) {
		if (announcement === undefined) throw new Malformed('a message without its first frame');
		this.id = id;
		this.#announce = announce;
		this.#meta = new Uint8Array(announcement.metaBytes);
		this.#bodyBytes = announcement.bodyBytes;
	}

	/** Takes the next frame; the whole message after the last one. Throws Malformed. */
	add({ payload, last }: MessageFrame): Kind | undefined {
		const total = this.#meta.length + this.#bodyBytes;
		const end = this.#at + payload.length;
		if (end > total || last !== (end === total)) throw new Malformed('a length that lies');
		const meta = payload.subarray(0, Math.max(0, this.#meta.length - this.#at));
		if (meta.length > 0) this.#meta.set(meta, this.#at);
		const bodyAt = this.#at + meta.length - this.#meta.length;
		this.#at = end;
		if (end < this.#meta.length) return undefined;
		const { message, body } = this.#open(payload.subarray(meta.length));
		if (body.buffer !== payload.buffer) body.set(payload.subarray(meta.length), bodyAt);
		return last ? message.complete(body) : undefined;
	}

	/** A body that came whole in the first frame stays where it is. */
	#open(rest: Uint8Array): { readonly message: Announced<Kind>; readonly body: Uint8Array } {
		this.#opened ??= {
			message: this.#announce(this.#meta, this.#bodyBytes),
			body: rest.length === this.#bodyBytes ? rest : new Uint8Array(this.#bodyBytes)
		};
		return this.#opened;
	}
}
