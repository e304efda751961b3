/**
 * One authenticated conversation with a partner: requests both ways, each with one reply, over two streams by
 * priority. It is what the rest of the engine sees of a link. Everything that a partner can make us hold is
 * bounded, and a partner that does not keep to the bounds is cut off. Rejected: a credit for each stream
 * (the bounds on open requests already are one), and keep-alives (the transport has its own).
 */
import { LinkClosed, Malformed } from '../failures.ts';
import type { InstanceId, PeerId } from '../identifiers.ts';
import type { Address, Clock, Link, Log } from '../ports.ts';
import { Answers } from './answers.ts';
import { Assembly } from './assembly.ts';
import { FrameReader } from './frame-reader.ts';
import { type MessageFrame, parseFrame, type Priority } from './frames.ts';
import { type Acquaintance, type HandshakeOptions, shakeHands } from './handshake.ts';
import { stallMs, watchMs } from './limits.ts';
import { announceRequest, type Reply, type ReplyTo, type Request } from './messages.ts';
import { Outbox } from './outbox.ts';
import { Questions, type RequestOptions } from './questions.ts';

export type { RequestOptions } from './questions.ts';
export { HandshakeFailed, RequestTimedOut } from './failures.ts';

export interface SessionOptions extends HandshakeOptions {
	/**
	 * Answers a request of the partner. It may run up to 32 times at once. What it throws is answered with
	 * `declined busy` and logged. Byte fields may be views of larger buffers; they belong to it.
	 */
	readonly serve: (request: Request, session: Session) => Promise<Reply>;
	readonly log?: Log;
}

/**
 * Shakes hands and opens a session. Rejects with HandshakeFailed, having closed the link.
 * The session is over when the link is, or as soon as the partner breaks the protocol.
 */
export async function openSession(link: Link, options: SessionOptions): Promise<Session> {
	const reader = new FrameReader(link);
	try {
		const partner = await shakeHands(link, reader, options);
		return new Session(link, reader, partner, options);
	} catch (error) {
		link.close();
		throw error;
	}
}

type Incoming =
	| { readonly kind: 'request'; readonly message: Assembly<Request> }
	| {
			readonly kind: 'reply';
			readonly message: Assembly<Reply>;
	  };

/** Made by `openSession`. */
export class Session {
	readonly peer: PeerId;
	readonly instance: InstanceId;
	/** The version of the link protocol that both agreed on. */
	readonly version: number;
	readonly remote: Address;
	/** Resolves, never rejects, with a plain reason when the session is over. */
	readonly closed: Promise<string>;
	readonly #link: Link;
	readonly #clock: Clock;
	readonly #outbox: Outbox;
	readonly #questions: Questions;
	readonly #answers: Answers;
	readonly #stop = new AbortController();
	/** The message under way in each stream. */
	readonly #incoming = new Map<Priority, Incoming>();
	/** Milliseconds since the link last took a frame, and since a half-received message last grew. */
	readonly #idle = { outgoing: 0, control: 0, bulk: 0 };
	#watching = false;
	#resolveClosed: (reason: string) => void = () => undefined;

	constructor(link: Link, reader: FrameReader, partner: Acquaintance, options: SessionOptions) {
		this.peer = partner.peer;
		this.instance = partner.instance;
		this.version = partner.version;
		this.remote = link.remote;
		this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
		this.#link = link;
		this.#clock = options.clock;
		this.#outbox = new Outbox({
			send: (frame) => link.send(frame),
			onStart: () => void this.#watch(),
			onFrame: (priority) => {
				this.#idle.outgoing = 0;
				if (priority === 'bulk') this.#questions.bulkMoved();
			},
			onFailure: (error) => {
				this.close(error instanceof LinkClosed ? error.message : `cannot send: ${String(error)}`);
			}
		});
		this.#questions = new Questions(this.#outbox);
		this.#answers = new Answers({
			outbox: this.#outbox,
			serve: (request) => options.serve(request, this),
			warn: (text) => options.log?.write('warning', `${this.peer.slice(0, 8)}: ${text}`)
		});
		void link.closed.then((reason) => {
			this.close(reason);
		});
		reader.handOver((frame) => {
			this.#receive(frame);
		});
	}

	/** Bytes that were given to `request` or are owed as replies, and that the link has not taken yet. */
	get pendingBytes(): number {
		return this.#questions.waitingBytes + this.#outbox.pendingBytes;
	}

	/**
	 * Asks the partner. Waits for its turn when too much is open; the bytes of the request must not change until
	 * the reply is there. Rejects with RequestTimedOut, with LinkClosed when the session ends first, with
	 * RangeError when a field is out of bounds, or with the signal's reason.
	 */
	request<Asked extends Request>(
		request: Asked,
		options: RequestOptions = {}
	): Promise<ReplyTo<Asked>> {
		return this.#questions.ask(request, options);
	}

	/** Ends the session and its link. Open requests reject with LinkClosed. */
	close(reason: string): void {
		if (this.#isOver()) return;
		this.#stop.abort(new LinkClosed(reason));
		this.#outbox.close();
		this.#questions.close(reason);
		this.#answers.close();
		this.#link.close();
		this.#resolveClosed(reason);
	}

	#receive(bytes: Uint8Array): void {
		if (this.#isOver()) return;
		try {
			const frame = parseFrame(bytes);
			if (frame.kind === 'cancel') this.#answers.cancel(frame.id);
			else this.#take(frame);
			void this.#watch();
		} catch (error) {
			if (!(error instanceof Malformed)) throw error;
			this.close(`the partner broke the protocol: ${error.message}`);
		}
	}

	#take(frame: MessageFrame): void {
		const { priority } = frame;
		this.#idle[priority] = 0;
		if (priority === 'bulk') this.#questions.bulkMoved();
		const incoming = this.#incoming.get(priority) ?? this.#begin(frame);
		if (frame.kind !== incoming.kind || frame.id !== incoming.message.id) {
			throw new Malformed('a message within another');
		}
		this.#incoming.delete(priority);
		if (incoming.kind === 'request') {
			const request = incoming.message.add(frame);
			if (request !== undefined) {
				this.#answers.answer(frame.id, request);
				return;
			}
		} else {
			const reply = incoming.message.add(frame);
			if (reply !== undefined) {
				this.#questions.settle(frame.id, reply);
				return;
			}
		}
		this.#incoming.set(priority, incoming);
	}

	#begin(frame: MessageFrame): Incoming {
		if (frame.announcement === undefined) throw new Malformed('a message without its first frame');
		if (frame.kind === 'reply') {
			const announce = this.#questions.expectReply(frame.id);
			return { kind: 'reply', message: new Assembly(frame, announce) };
		}
		this.#answers.admit(frame, frame.announcement);
		return { kind: 'request', message: new Assembly(frame, announceRequest) };
	}

	/** Looks after open work once a second, and rests as soon as there is none. */
	async #watch(): Promise<void> {
		if (this.#watching || this.#isOver()) return;
		this.#watching = true;
		try {
			while (this.#hasOpenWork()) {
				const before = this.#clock.now();
				await this.#clock.sleep(watchMs, this.#stop.signal);
				// The system clock may jump and timers may be late: count what passed, within reason.
				this.#look(Math.min(Math.max(this.#clock.now() - before, watchMs), 10 * watchMs));
			}
		} catch (error) {
			if (!this.#isOver()) throw error;
		} finally {
			this.#watching = false;
		}
	}

	#isOver(): boolean {
		return this.#stop.signal.aborted;
	}

	#hasOpenWork(): boolean {
		return this.#questions.open || this.#outbox.sending || this.#incoming.size > 0;
	}

	#look(passedMs: number): void {
		for (const stream of ['control', 'bulk'] as const) {
			if (!this.#incoming.has(stream)) continue;
			this.#idle[stream] += passedMs;
			if (this.#idle[stream] >= stallMs) {
				this.close('it stopped in the middle of a message');
				return;
			}
		}
		this.#idle.outgoing = this.#outbox.sending ? this.#idle.outgoing + passedMs : 0;
		if (this.#idle.outgoing >= stallMs) {
			this.close('nothing gets through');
			return;
		}
		if (!this.#questions.timePasses(passedMs)) this.close('it does not answer');
	}
}
