/**
 * What waits to be sent over one link: a queue for each stream, one frame handed over at a time. The link's
 * back-pressure holds the pump, so a control frame waits for one bulk frame at most before it is next.
 */
import { cancelFrame, FrameCutter, type MessageAddress, type Priority } from './frames.ts';
import type { EncodedMessage } from './messages.ts';

interface Queued {
	readonly priority: Priority;
	readonly bytesLeft: number;
	next(): Uint8Array;
	readonly onSent: () => void;
}

export interface OutboxOptions {
	readonly send: (frame: Uint8Array) => Promise<void>;
	/** The outbox, idle until now, has something to send. */
	readonly onStart: () => void;
	/** The link took a frame of this stream. */
	readonly onFrame: (priority: Priority) => void;
	/** The link refused a frame; the outbox has stopped. */
	readonly onFailure: (error: unknown) => void;
}

export class Outbox {
	readonly #options: OutboxOptions;
	readonly #queues: Readonly<Record<Priority, Queued[]>> = { control: [], bulk: [] };
	#state: 'idle' | 'sending' | 'closed' = 'idle';

	constructor(options: OutboxOptions) {
		this.#options = options;
	}

	/** Whether a frame is with the link, which has not asked for another yet. */
	get sending(): boolean {
		return this.#state === 'sending';
	}

	/** Bytes of messages that no frame carries yet. */
	get pendingBytes(): number {
		const { control, bulk } = this.#queues;
		return [...control, ...bulk].reduce((sum, { bytesLeft }) => sum + bytesLeft, 0);
	}

	/** Queues a message. `onSent` is called once when its last frame is handed over. */
	push(address: MessageAddress, message: EncodedMessage, onSent: () => void): void {
		const cutter = new FrameCutter(address, message);
		this.#queue({
			priority: cutter.priority,
			get bytesLeft() {
				return cutter.bytesLeft;
			},
			next: () => cutter.next(),
			onSent
		});
	}

	/** Queues the cancelling of a request. */
	cancel(id: number): void {
		let left = [cancelFrame(id)];
		this.#queue({
			priority: 'control',
			get bytesLeft() {
				return left.length;
			},
			next: () => {
				const [frame = new Uint8Array(0)] = left;
				left = [];
				return frame;
			},
			onSent: () => undefined
		});
	}

	/** Sends nothing more. */
	close(): void {
		this.#state = 'closed';
		this.#queues.control.length = 0;
		this.#queues.bulk.length = 0;
	}

	#queue(item: Queued): void {
		if (this.#state === 'closed') return;
		this.#queues[item.priority].push(item);
		if (this.#state === 'idle') void this.#pump();
	}

	async #pump(): Promise<void> {
		this.#state = 'sending';
		this.#options.onStart();
		try {
			for (let item = this.#first(); item !== undefined; item = this.#first()) {
				const frame = item.next();
				if (item.bytesLeft === 0) {
					// Before the link has taken it: the partner may answer while the link still makes room.
					this.#queues[item.priority].shift();
					item.onSent();
				}
				await this.#options.send(frame);
				this.#options.onFrame(item.priority);
			}
			if (!this.#isClosed()) this.#state = 'idle';
		} catch (error) {
			this.close();
			this.#options.onFailure(error);
		}
	}

	#isClosed(): boolean {
		return this.#state === 'closed';
	}

	#first(): Queued | undefined {
		return this.#queues.control[0] ?? this.#queues.bulk[0];
	}
}
