/** The worker's end of one open link. Frames cross to and from the page by transfer. */
import { LinkClosed } from '../../engine/failures.ts';
import type { Address, Link } from '../../engine/ports.ts';
import { frameBytesMax, handoverBytesMax, takenReportBytes } from './limits.ts';
import type { ToPage } from './thread-messages.ts';

export interface WebRtcLinkOptions {
	readonly link: number;
	readonly remote: Address;
	readonly localFingerprint: Uint8Array;
	readonly remoteFingerprint: Uint8Array;
	readonly tell: (message: ToPage, transfer?: Transferable[]) => void;
}

export class WebRtcLink implements Link {
	readonly remote: Address;
	readonly localFingerprint: Uint8Array;
	readonly remoteFingerprint: Uint8Array;
	readonly closed: Promise<string>;
	readonly #link: number;
	readonly #tell: WebRtcLinkOptions['tell'];
	#listener: ((frame: Uint8Array) => void) | undefined;
	#early: ArrayBuffer[] = [];
	#underWayBytes = 0;
	#takenBytes = 0;
	#waiting: (() => void)[] = [];
	#ended: string | undefined;
	#resolveClosed: (reason: string) => void = () => undefined;

	constructor(options: WebRtcLinkOptions) {
		this.remote = options.remote;
		this.localFingerprint = options.localFingerprint;
		this.remoteFingerprint = options.remoteFingerprint;
		this.#link = options.link;
		this.#tell = options.tell;
		this.closed = new Promise((resolve) => (this.#resolveClosed = resolve));
	}

	async send(frame: Uint8Array): Promise<void> {
		if (this.#ended !== undefined) throw new LinkClosed(this.#ended);
		if (frame.length > frameBytesMax) {
			throw new RangeError(`a frame of ${String(frame.length)} bytes`);
		}
		const own = transferable(frame);
		this.#underWayBytes += own.length;
		this.#tell({ type: 'frame', link: this.#link, frame: own }, [own.buffer]);
		if (this.#underWayBytes < handoverBytesMax) return;
		await new Promise<void>((resolve) => this.#waiting.push(resolve));
		this.#throwIfEnded();
	}

	receive(listener: (frame: Uint8Array) => void): void {
		this.#listener = listener;
		const early = this.#early;
		this.#early = [];
		for (const frame of early) this.#deliver(frame, listener);
	}

	close(): void {
		this.end('closed');
	}

	/** A frame came from the page. */
	accept(frame: ArrayBuffer): void {
		if (this.#ended !== undefined) return;
		if (this.#listener === undefined) this.#early.push(frame);
		else this.#deliver(frame, this.#listener);
	}

	/** The channel took so many bytes. */
	credit(bytes: number): void {
		this.#underWayBytes -= bytes;
		if (this.#underWayBytes < handoverBytesMax) this.#wake();
	}

	/** Ends the link at both threads. */
	end(reason: string): void {
		if (this.#ended !== undefined) return;
		this.#ended = reason;
		this.#early = [];
		this.#tell({ type: 'close', link: this.#link });
		this.#wake();
		this.#resolveClosed(reason);
	}

	#deliver(frame: ArrayBuffer, listener: (frame: Uint8Array) => void): void {
		this.#takenBytes += frame.byteLength;
		if (this.#takenBytes >= takenReportBytes) {
			this.#tell({ type: 'taken', link: this.#link, bytes: this.#takenBytes });
			this.#takenBytes = 0;
		}
		listener(new Uint8Array(frame));
	}

	#wake(): void {
		const waiting = this.#waiting;
		this.#waiting = [];
		for (const resolve of waiting) resolve();
	}

	#throwIfEnded(): void {
		if (this.#ended !== undefined) throw new LinkClosed(this.#ended);
	}
}

/** The frame in a buffer of its own: only whole buffers can be transferred. */
function transferable(frame: Uint8Array): Uint8Array<ArrayBuffer> {
	const { buffer } = frame;
	if (buffer instanceof ArrayBuffer && buffer.byteLength === frame.length) {
		return new Uint8Array(buffer);
	}
	return new Uint8Array(frame);
}
