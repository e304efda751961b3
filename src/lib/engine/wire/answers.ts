/** The requests that the partner has open here: bounded in number and bytes, each answered exactly once. */
import { Malformed } from '../failures.ts';
import type { Announcement, MessageFrame, Priority } from './frames.ts';
import { detailCharactersMax, openRequestBytesMax, openRequestsMax } from './limits.ts';
import { type EncodedMessage, encodeMessage, type Reply, type Request } from './messages.ts';
import type { Outbox } from './outbox.ts';

export interface AnswersOptions {
	readonly outbox: Outbox;
	readonly serve: (request: Request) => Promise<Reply>;
	readonly warn: (text: string) => void;
}

interface OpenRequest {
	readonly priority: Priority;
	readonly bytes: number;
	cancelled: boolean;
}

export class Answers {
	readonly #options: AnswersOptions;
	readonly #open = new Map<number, OpenRequest>();
	#bytes = 0;

	constructor(options: AnswersOptions) {
		this.#options = options;
	}

	/** A request begins. Throws Malformed when the partner has more open than the protocol allows. */
	admit({ id, priority }: MessageFrame, { metaBytes, bodyBytes }: Announcement): void {
		const bytes = metaBytes + bodyBytes;
		if (this.#open.has(id)) throw new Malformed('the number of an open request');
		if (this.#open.size >= openRequestsMax || this.#bytes + bytes > openRequestBytesMax) {
			throw new Malformed('more open requests than allowed');
		}
		this.#open.set(id, { priority, bytes, cancelled: false });
		this.#bytes += bytes;
	}

	/** A request is whole: it is served, and its place is free once the link has taken the reply. */
	answer(id: number, request: Request): void {
		void this.#answer(id, request);
	}

	/** The partner wants no reply any more. What is not being sent yet becomes a short one. */
	cancel(id: number): void {
		const open = this.#open.get(id);
		// It may have crossed the reply: then there is nothing left to cancel.
		if (open !== undefined) open.cancelled = true;
	}

	/** Sends nothing more. */
	close(): void {
		this.#open.clear();
	}

	async #answer(id: number, request: Request): Promise<void> {
		const reply = await this.#reply(request);
		const open = this.#open.get(id);
		if (open === undefined) return;
		const message = open.cancelled ? encodeMessage(declinedBusy('cancelled')) : reply;
		const priority = message.body === undefined ? 'control' : open.priority;
		this.#options.outbox.push({ kind: 'reply', priority, id }, message, () => {
			this.#open.delete(id);
			this.#bytes -= open.bytes;
		});
	}

	async #reply(request: Request): Promise<EncodedMessage> {
		try {
			return encodeMessage(await this.#options.serve(request));
		} catch (error) {
			// Our trouble, not the partner's: it may try again.
			this.#options.warn(`${request.type} failed: ${String(error)}`);
			return encodeMessage(declinedBusy('something went wrong here'));
		}
	}
}

function declinedBusy(detail: string): Reply {
	return { type: 'declined', reason: 'busy', detail: detail.slice(0, detailCharactersMax) };
}
