/** One end of an in-process link, and one direction of it with the faults that a test asked for. */
import { LinkClosed } from '../../src/lib/engine/failures.ts';
import type { Address, Clock, Link } from '../../src/lib/engine/ports.ts';

/** Bytes under way in one direction above which `send` waits. */
const windowBytes = 256 * 1024;
const frameBytesMax = 64 * 1024;

/** What goes wrong on one link. Frames are counted from 0 in each direction of its own. */
export interface LinkFaults {
	/** Only frames in this direction are touched; both when absent. 'forward' is from the one who dialled. */
	readonly direction?: 'forward' | 'back';
	/** The link breaks instead of delivering the frame with this index. */
	readonly cutAt?: number;
	/** From this frame on nothing arrives, and nobody is told. */
	readonly stallAt?: number;
	/** Changes frames on the way. The answer may be the same array. */
	readonly corrupt?: (frame: Uint8Array, index: number) => Uint8Array;
	/** Each frame takes this long; needs the network's clock. */
	readonly delayMs?: number;
	/** Both ends see a man in the middle: each sees his certificate in place of the other's. */
	readonly middleman?: boolean;
	/** No link comes about. */
	readonly refuse?: string;
}

interface PipeOptions {
	readonly to: MemoryLink;
	readonly faults: LinkFaults;
	readonly clock: Clock | undefined;
	readonly cut: () => void;
}

/** One direction of a link: frames in order, at most `windowBytes` under way before the sender waits. */
export class Pipe {
	readonly #options: PipeOptions;
	readonly #frames: Uint8Array[] = [];
	#underWayBytes = 0;
	#index = 0;
	#pumping = false;
	#room: (() => void)[] = [];

	constructor(options: PipeOptions) {
		this.#options = options;
	}

	async send(frame: Uint8Array): Promise<void> {
		this.#frames.push(frame);
		this.#underWayBytes += frame.length;
		if (!this.#pumping) void this.#pump();
		if (this.#underWayBytes > windowBytes) {
			await new Promise<void>((resolve) => this.#room.push(resolve));
		}
	}

	/** Lets waiting senders go; they find the link closed. */
	drain(): void {
		const waiting = this.#room;
		this.#room = [];
		for (const resolve of waiting) resolve();
	}

	async #pump(): Promise<void> {
		const { faults, clock, cut } = this.#options;
		this.#pumping = true;
		await Promise.resolve();
		for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift()) {
			if (faults.delayMs !== undefined) await clock?.sleep(faults.delayMs);
			const index = this.#index++;
			if (faults.cutAt !== undefined && index >= faults.cutAt) {
				cut();
				return;
			}
			// A stalled pipe never pumps again: the sender fills its window and waits.
			if (faults.stallAt !== undefined && index >= faults.stallAt) return;
			await this.#deliver(frame, index);
		}
		this.#pumping = false;
	}

	async #deliver(frame: Uint8Array, index: number): Promise<void> {
		const { to, faults } = this.#options;
		await to.accept(faults.corrupt?.(frame, index) ?? frame);
		this.#underWayBytes -= frame.length;
		if (this.#underWayBytes <= windowBytes) this.drain();
	}
}

interface LinkEnds {
	readonly remote: Address;
	readonly local: Uint8Array;
	readonly other: Uint8Array;
	readonly hangUp: (reason: string) => void;
}

export class MemoryLink implements Link {
	readonly remote: Address;
	readonly localFingerprint: Uint8Array;
	readonly remoteFingerprint: Uint8Array;
	readonly closed: Promise<string>;
	readonly #hangUp: (reason: string) => void;
	#outgoing: Pipe | undefined;
	#listener: ((frame: Uint8Array) => void) | undefined;
	#waiting: Uint8Array[] = [];
	#ended: string | undefined;
	#resolveClosed: (reason: string) => void = () => undefined;

	constructor({ remote, local, other, hangUp }: LinkEnds) {
		this.remote = remote;
		this.localFingerprint = local;
		this.remoteFingerprint = other;
		this.#hangUp = hangUp;
		this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
	}

	connect(outgoing: Pipe): void {
		this.#outgoing = outgoing;
	}

	async send(frame: Uint8Array): Promise<void> {
		if (this.#ended !== undefined || this.#outgoing === undefined) throw this.#gone();
		if (frame.length > frameBytesMax) {
			throw new RangeError(
				`a frame has at most ${String(frameBytesMax)} bytes, not ${String(frame.length)}`
			);
		}
		await this.#outgoing.send(moved(frame));
		if (this.#isEnded()) throw this.#gone();
	}

	receive(listener: (frame: Uint8Array) => void): void {
		this.#listener = listener;
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const frame of waiting) listener(frame);
	}

	async accept(frame: Uint8Array): Promise<void> {
		await Promise.resolve();
		if (this.#ended !== undefined) return;
		if (this.#listener === undefined) this.#waiting.push(frame);
		else this.#listener(frame);
	}

	close(): void {
		this.#hangUp('closed');
	}

	end(reason: string): void {
		if (this.#ended !== undefined) return;
		this.#ended = reason;
		this.#outgoing?.drain();
		this.#resolveClosed(reason);
	}

	#isEnded(): boolean {
		return this.#ended !== undefined;
	}

	#gone(): LinkClosed {
		return new LinkClosed(`link to ${this.remote} is ${this.#ended ?? 'not connected'}`);
	}
}

/** Takes a frame away from its sender, as a transfer between threads would. */
function moved(frame: Uint8Array): Uint8Array {
	if (frame.buffer instanceof ArrayBuffer && frame.byteLength === frame.buffer.byteLength) {
		return new Uint8Array(structuredClone(frame.buffer, { transfer: [frame.buffer] }));
	}
	return frame.slice();
}
