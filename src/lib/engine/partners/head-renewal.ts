/**
 * Gives the partners a head with the new partner list after agreements changed: a moment later, so that many changes
 * make one head. One that still waits for partners is given up for the next: some of them may be partners no more.
 */
import type { Clock, Log } from '../ports.ts';
import type { Meetings } from './meetings.ts';
import type { OwnHead } from './own-head.ts';

export interface HeadRenewalOptions {
	readonly clock: Clock;
	readonly log: Log;
	readonly meetings: Pick<Meetings, 'certain'>;
	readonly ownHead: Pick<OwnHead, 'commit'>;
	readonly mayWrite: () => boolean;
}

const pauseMs = 2_000;

export class HeadRenewal {
	readonly #options: HeadRenewalOptions;
	readonly #stop = new AbortController();
	/** The new head that is waited for, or on its way. */
	#current = new AbortController();

	constructor(options: HeadRenewalOptions) {
		this.#options = options;
	}

	/** Makes a new head soon, instead of the one that is on its way. */
	renew(): void {
		this.#current.abort('renewed');
		if (!this.#options.mayWrite() || this.#stop.signal.aborted) return;
		this.#current = new AbortController();
		void this.#commit(this.#current.signal);
	}

	/** No further head is made. */
	stop(reason: string): void {
		this.#stop.abort(reason);
		this.#current.abort(reason);
	}

	/** Never rejects. */
	async #commit(signal: AbortSignal): Promise<void> {
		const { clock, log, meetings, ownHead } = this.#options;
		try {
			await clock.sleep(pauseMs, signal);
			await meetings.certain(signal);
			await ownHead.commit((secrets) => secrets, signal);
		} catch (error) {
			if (!signal.aborted) log.write('info', `head: ${String(error)}`);
		}
	}
}
