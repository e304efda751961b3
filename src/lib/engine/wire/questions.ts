/**
 * The requests that we have open at the partner. How many, and how many bytes of them, is bounded by the
 * protocol, so that is the end-to-end back-pressure: a partner with a slow disk answers late, and we wait.
 */
import { LinkClosed, Malformed } from '../failures.ts';
import type { Announce } from './assembly.ts';
import { RequestTimedOut } from './failures.ts';
import { type Priority, requestIdMax } from './frames.ts';
import {
	openBulkRequestBytesMax,
	openBulkRequestsMax,
	openRequestBytesMax,
	openRequestsMax,
	stallMs
} from './limits.ts';
import {
	announceReply,
	answers,
	type EncodedMessage,
	encodeMessage,
	type Reply,
	type ReplyTo,
	type Request
} from './messages.ts';
import type { Outbox } from './outbox.ts';

export interface RequestOptions {
	/** Blocks go as 'bulk', everything else as 'control', unless it is said otherwise. */
	readonly priority?: Priority;
	/**
	 * After this long without an answer the request is given up; 30 s unless said otherwise. For bulk requests
	 * only the time without any progress of the bulk stream counts.
	 */
	readonly timeoutMs?: number;
	/** Gives the request up. */
	readonly signal?: AbortSignal;
}

interface Question {
	readonly type: Request['type'];
	readonly priority: Priority;
	readonly bytes: number;
	readonly message: EncodedMessage;
	readonly timeoutMs: number;
	readonly settle: (reply: Reply) => void;
	readonly fail: (error: unknown) => void;
	/** 'abandoned' by us, and still open until the partner closes it with a reply. */
	state: 'waiting' | 'sending' | 'sent' | 'abandoned';
	idleMs: number;
}

export class Questions {
	readonly #outbox: Outbox;
	readonly #waiting: Readonly<Record<Priority, Question[]>> = { control: [], bulk: [] };
	readonly #open = new Map<number, Question>();
	readonly #load = { control: { count: 0, bytes: 0 }, bulk: { count: 0, bytes: 0 } };
	#lastId = 0;
	#closed: string | undefined;

	constructor(outbox: Outbox) {
		this.#outbox = outbox;
	}

	/** Whether anything waits for the partner. */
	get open(): boolean {
		return this.#open.size > 0;
	}

	/** Bytes of requests whose turn has not come. */
	get waitingBytes(): number {
		const { control, bulk } = this.#waiting;
		return [...control, ...bulk].reduce((sum, { bytes }) => sum + bytes, 0);
	}

	/** See Session.request. */
	ask<Asked extends Request>(request: Asked, options: RequestOptions): Promise<ReplyTo<Asked>> {
		const { signal, timeoutMs = stallMs } = options;
		return new Promise((resolve, reject) => {
			if (this.#closed !== undefined) throw new LinkClosed(this.#closed);
			signal?.throwIfAborted();
			const message = encodeMessage(request);
			const done = (): void => signal?.removeEventListener('abort', onAbort);
			const question: Question = {
				type: request.type,
				priority: options.priority ?? usualPriority(request),
				bytes: message.meta.length + (message.body?.length ?? 0),
				message,
				timeoutMs,
				settle: (reply) => {
					done();
					// `settle` was reached only because the reply's type answers the request's.
					resolve(reply as ReplyTo<Asked>);
				},
				fail: (error) => {
					done();
					// eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- an abort reason may be anything
					reject(error);
				},
				state: 'waiting',
				idleMs: 0
			};
			const onAbort = (): void => {
				this.#abandon(question, signal?.reason);
			};
			signal?.addEventListener('abort', onAbort, { once: true });
			this.#waiting[question.priority].push(question);
			this.#admit();
		});
	}

	/** A reply begins: how to read it. Throws Malformed when nobody asked, or asked for something else. */
	expectReply(id: number): Announce<Reply> {
		const question = this.#open.get(id);
		if (question === undefined || question.state === 'sending') {
			throw new Malformed('a reply that nobody asked for');
		}
		return (meta, bodyBytes) => {
			const reply = announceReply(meta, bodyBytes);
			if (answers(question.type, reply.type)) return reply;
			throw new Malformed(`${reply.type} is no answer to ${question.type}`);
		};
	}

	/** A reply, announced as above, is whole. */
	settle(id: number, reply: Reply): void {
		const question = this.#open.get(id);
		if (question === undefined) return;
		this.#open.delete(id);
		const load = this.#load[question.priority];
		load.count--;
		load.bytes -= question.bytes;
		if (question.priority === 'bulk') this.bulkMoved();
		question.settle(reply);
		this.#admit();
	}

	/** The bulk stream made progress: nobody who waits in it is late. */
	bulkMoved(): void {
		for (const question of this.#open.values()) {
			if (question.priority === 'bulk') question.idleMs = 0;
		}
	}

	/** Gives up what waited too long. False when the partner does not even close what was given up. */
	timePasses(passedMs: number): boolean {
		for (const question of [...this.#open.values()]) {
			if (question.state === 'sending') continue;
			question.idleMs += passedMs;
			if (question.state === 'abandoned' && question.idleMs >= stallMs) return false;
			if (question.state === 'sent' && question.idleMs >= question.timeoutMs) {
				this.#abandon(question, new RequestTimedOut(`no answer to ${question.type}`));
			}
		}
		return true;
	}

	/** Rejects everything with LinkClosed. */
	close(reason: string): void {
		if (this.#closed !== undefined) return;
		this.#closed = reason;
		const { control, bulk } = this.#waiting;
		for (const question of [...this.#open.values(), ...control.splice(0), ...bulk.splice(0)]) {
			question.fail(new LinkClosed(reason));
		}
		this.#open.clear();
	}

	/** The caller is told at once; the place of an open question is free only when the partner closed it. */
	#abandon(question: Question, reason: unknown): void {
		question.fail(reason);
		const queue = this.#waiting[question.priority];
		const place = queue.indexOf(question);
		if (place >= 0) queue.splice(place, 1);
		for (const [id, other] of this.#open) {
			if (other !== question) continue;
			if (question.state === 'sent') this.#outbox.cancel(id);
			question.state = 'abandoned';
			question.idleMs = 0;
		}
	}

	/** Sends as many as the bounds allow; control requests first. */
	#admit(): void {
		for (const priority of ['control', 'bulk'] as const) {
			const queue = this.#waiting[priority];
			for (let next = queue[0]; next !== undefined && this.#hasRoom(next); next = queue[0]) {
				queue.shift();
				this.#send(next);
			}
		}
	}

	#hasRoom({ priority, bytes }: Question): boolean {
		const { control, bulk } = this.#load;
		const total = {
			count: control.count + bulk.count + 1,
			bytes: control.bytes + bulk.bytes + bytes
		};
		if (total.count > openRequestsMax || total.bytes > openRequestBytesMax) return false;
		if (priority === 'control') return true;
		return bulk.count < openBulkRequestsMax && bulk.bytes + bytes <= openBulkRequestBytesMax;
	}

	#send(question: Question): void {
		const id = this.#freeId();
		const load = this.#load[question.priority];
		load.count++;
		load.bytes += question.bytes;
		question.state = 'sending';
		this.#open.set(id, question);
		this.#outbox.push(
			{ kind: 'request', priority: question.priority, id },
			question.message,
			() => {
				if (question.state === 'abandoned') this.#outbox.cancel(id);
				else question.state = 'sent';
			}
		);
	}

	#freeId(): number {
		do this.#lastId = this.#lastId === requestIdMax ? 1 : this.#lastId + 1;
		while (this.#open.has(this.#lastId));
		return this.#lastId;
	}
}

function usualPriority({ type }: Request): Priority {
	return type === 'put-block' || type === 'get-block' || type === 'probe' ? 'bulk' : 'control';
}
