/** Partners that declined a block a short while ago: full, or without an agreement. They are offered no other for a time. */
import type { PeerId } from '../identifiers.ts';
import type { Clock } from '../ports.ts';

const refusalMs = 10 * 60_000;

export class Refusals {
	readonly #clock: Pick<Clock, 'now'>;
	readonly #refusals = new Map<PeerId, { readonly until: number; readonly reason: string }>();

	constructor(clock: Pick<Clock, 'now'>) {
		this.#clock = clock;
	}

	/** Notes a refusal. True when it is news. */
	add(partner: PeerId, reason: string): boolean {
		const known = this.of(partner);
		this.#refusals.set(partner, { until: this.#clock.now() + refusalMs, reason });
		return known !== reason;
	}

	/** It says that it takes blocks again. */
	clear(partner: PeerId): void {
		this.#refusals.delete(partner);
	}

	/** Why a partner takes no blocks now. */
	of(partner: PeerId): string | undefined {
		const refusal = this.#refusals.get(partner);
		return refusal !== undefined && refusal.until > this.#clock.now() ? refusal.reason : undefined;
	}
}
