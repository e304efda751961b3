/** One link between two machines: frames in order, each after its way, until one of them or the network ends it. */
import { LinkClosed } from '../../src/lib/engine/failures.ts';
import type { Address, Link } from '../../src/lib/engine/ports.ts';
import type { SimClock } from './clock.ts';
import type { Life } from './life.ts';

/** Bytes under way in one direction above which `send` waits. */
const windowBytes = 256 * 1024;

/** What one end of a link knows. */
export interface LinkEndOptions {
	readonly life: Life;
	/** Number of the machine. */
	readonly machine: number;
	readonly remote: Address;
	readonly localFingerprint: Uint8Array;
	readonly remoteFingerprint: Uint8Array;
}

export interface WayOptions {
	readonly clock: SimClock;
	/** One way, in milliseconds. */
	readonly latencyMs: number;
	readonly bytesPerMs: number;
	/** A frame came to its end. */
	readonly onFrame: (from: number, to: number, frame: Uint8Array) => void;
	readonly onEnd: () => void;
}

/** How long the other side of a link that just falls silent takes to notice. */
const noticeMs = 15_000;

export class LinkPair {
	readonly dialer: SimLink;
	readonly answerer: SimLink;
	readonly #way: WayOptions;
	#broken = false;

	constructor(dialer: LinkEndOptions, answerer: LinkEndOptions, way: WayOptions) {
		this.#way = way;
		this.dialer = new SimLink(dialer, this);
		this.answerer = new SimLink(answerer, this);
	}

	get clock(): SimClock {
		return this.#way.clock;
	}

	/** How long so many bytes are on the way, and how long they keep the line busy. */
	timesOf(bytes: number): { readonly wayMs: number; readonly busyMs: number } {
		return { wayMs: this.#way.latencyMs, busyMs: bytes / this.#way.bytesPerMs };
	}

	otherEnd(end: SimLink): SimLink {
		return end === this.dialer ? this.answerer : this.dialer;
	}

	arrived(from: SimLink, to: SimLink, frame: Uint8Array): void {
		this.#way.onFrame(from.machine, to.machine, frame);
	}

	/** One end hung up, and the other hears of it. */
	hangUp(end: SimLink, reason: string): void {
		this.#end(end, reason, this.#way.latencyMs, 'closed by the other end');
	}

	/** One machine is gone without a word: the other end notices after a while. */
	fallSilent(machine: number): void {
		const end = this.dialer.machine === machine ? this.dialer : this.answerer;
		this.#end(end, 'gone', noticeMs, 'the other end fell silent');
	}

	/** The network between them broke: both notice after a while. */
	break(): void {
		if (this.#broken) return;
		this.#broken = true;
		this.#way.onEnd();
		this.clock.after(noticeMs, () => {
			this.dialer.over('the network broke');
			this.answerer.over('the network broke');
		});
	}

	get broken(): boolean {
		return this.#broken;
	}

	#end(end: SimLink, reason: string, afterMs: number, told: string): void {
		end.over(reason);
		if (this.#broken) return;
		this.#broken = true;
		this.#way.onEnd();
		const other = this.otherEnd(end);
		this.clock.after(afterMs, () => other.over(told));
	}
}

export class SimLink implements Link {
	readonly machine: number;
	readonly remote: Address;
	readonly localFingerprint: Uint8Array;
	readonly remoteFingerprint: Uint8Array;
	readonly closed: Promise<string>;
	readonly #pair: LinkPair;
	readonly #life: Life;
	#listener: ((frame: Uint8Array) => void) | undefined;
	#waiting: Uint8Array[] = [];
	#room: (() => void)[] = [];
	#underWayBytes = 0;
	/** When the line out is free again. */
	#freeAt = 0;
	#ended: string | undefined;
	#resolveClosed: (reason: string) => void = () => undefined;

	constructor(options: LinkEndOptions, pair: LinkPair) {
		this.machine = options.machine;
		this.remote = options.remote;
		this.localFingerprint = options.localFingerprint;
		this.remoteFingerprint = options.remoteFingerprint;
		this.#life = options.life;
		this.#pair = pair;
		this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
	}

	async send(frame: Uint8Array): Promise<void> {
		await this.#life.call(() => undefined);
		this.#throwIfEnded();
		const { clock } = this.#pair;
		const { wayMs, busyMs } = this.#pair.timesOf(frame.length);
		this.#freeAt = Math.max(this.#freeAt, clock.now) + busyMs;
		this.#underWayBytes += frame.length;
		clock.at(this.#freeAt + wayMs, () => this.#arrive(frame));
		if (this.#underWayBytes > windowBytes) {
			await new Promise<void>((resolve) => this.#room.push(resolve));
			this.#throwIfEnded();
		}
	}

	receive(listener: (frame: Uint8Array) => void): void {
		this.#listener = listener;
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const frame of waiting) listener(frame);
	}

	close(): void {
		this.#pair.hangUp(this, 'closed');
	}

	/** This end is over, as its process sees it. */
	over(reason: string): void {
		this.#life.hear(() => {
			if (this.#ended !== undefined) return;
			this.#ended = reason;
			this.#makeRoom();
			this.#resolveClosed(reason);
		});
	}

	#arrive(frame: Uint8Array): void {
		this.#underWayBytes -= frame.length;
		if (this.#underWayBytes <= windowBytes && this.#room.length > 0) {
			this.#life.hear(() => this.#makeRoom());
		}
		if (!this.#pair.broken) this.#pair.otherEnd(this).#take(frame, this);
	}

	#take(frame: Uint8Array, from: SimLink): void {
		this.#life.hear(() => {
			if (this.#ended !== undefined) return;
			this.#pair.arrived(from, this, frame);
			if (this.#listener === undefined) this.#waiting.push(frame);
			else this.#listener(frame);
		});
	}

	#makeRoom(): void {
		const waiting = this.#room;
		this.#room = [];
		for (const resolve of waiting) resolve();
	}

	#throwIfEnded(): void {
		if (this.#ended !== undefined) {
			throw new LinkClosed(`link to ${this.remote} is ${this.#ended}`);
		}
	}
}
