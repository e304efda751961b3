/** What this peer lets the brokers know: its circles, what it would agree on, and where owners without a disk find it. */
import type { Household } from '../household.ts';
import type { Broker, Clock } from '../ports.ts';
import type { Agreements } from './agreements.ts';
import type { Partnering } from './partnering.ts';
import { tokensToWait } from './rendezvous.ts';

export interface PresenceOptions {
	readonly household: Household;
	readonly agreements: Agreements;
	readonly partnering: Pick<Partnering, 'advert'>;
	readonly broker: Broker;
	readonly clock: Clock;
	/** A peer that only reads shows nothing of itself. */
	readonly mayWrite: () => boolean;
}

/** Rendezvous tokens are those of a day and the next: often enough, whatever day it is. */
const publishEveryMs = 6 * 60 * 60_000;

export class Presence {
	readonly #options: PresenceOptions;

	constructor(options: PresenceOptions) {
		this.#options = options;
	}

	publish(): void {
		const { household, agreements, partnering, broker, clock, mayWrite } = this.#options;
		if (!mayWrite()) {
			broker.publish({ circles: [], advert: new Uint8Array(0), tokens: [] });
			return;
		}
		const now = clock.now();
		broker.publish({
			circles: household.circles.map(({ id }) => id),
			advert: partnering.advert(),
			tokens: agreements
				.active()
				.flatMap(({ theirRendezvous }) =>
					theirRendezvous === undefined ? [] : tokensToWait(theirRendezvous, now)
				)
		});
	}

	/** Publishes anew as the days pass, until the signal is aborted. */
	async keep(signal: AbortSignal): Promise<void> {
		try {
			for (;;) {
				await this.#options.clock.sleep(publishEveryMs, signal);
				this.publish();
			}
		} catch (error) {
			if (!signal.aborted) throw error;
		}
	}
}
