/** The frames of a link: read one by one during the handshake, then handed to the session. */
import { LinkClosed, Malformed } from '../failures.ts';
import type { Link } from '../ports.ts';
import { earlyFramesMax } from './limits.ts';

export class FrameReader {
	readonly #early: Uint8Array[] = [];
	#deliver: (frame: Uint8Array) => void;
	#wake: () => void = () => undefined;
	#closed: string | undefined;

	constructor(link: Link) {
		this.#deliver = (frame) => {
			// One more than allowed is kept: `next` and `handOver` see it and refuse.
			if (this.#early.length <= earlyFramesMax) this.#early.push(frame);
			this.#wake();
		};
		link.receive((frame) => {
			this.#deliver(frame);
		});
		void link.closed.then((reason) => {
			this.#closed = reason;
			this.#wake();
		});
	}

	/** The next frame. Rejects with LinkClosed, or with Malformed when too many came at once. */
	async next(): Promise<Uint8Array> {
		for (;;) {
			this.#refuseFlood();
			const frame = this.#early.shift();
			if (frame !== undefined) return frame;
			if (this.#closed !== undefined) throw new LinkClosed(this.#closed);
			await new Promise<void>((resolve) => (this.#wake = resolve));
		}
	}

	/** From now on every frame goes to `listener`, those that came already first. Throws Malformed. */
	handOver(listener: (frame: Uint8Array) => void): void {
		this.#refuseFlood();
		this.#deliver = listener;
		for (const frame of this.#early.splice(0)) listener(frame);
	}

	#refuseFlood(): void {
		if (this.#early.length > earlyFramesMax) throw new Malformed('a flood before the handshake');
	}
}
