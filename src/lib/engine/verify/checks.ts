/** When each partner was checked, and when it passed: durable, so that a restart repeats nothing and forgets nothing. */
import type { PeerId } from '../identifiers.ts';
import type { Records } from '../ports.ts';
import type { CheckRecord } from '../records.ts';
import type { Check } from './observation.ts';

export class Checks {
	readonly #records: Records;
	readonly #checks = new Map<PeerId, CheckRecord>();

	private constructor(records: Records) {
		this.#records = records;
	}

	static async open(records: Records): Promise<Checks> {
		const checks = new Checks(records);
		for (const [partner, record] of await records.scan('checks')) {
			checks.#checks.set(partner as PeerId, record);
		}
		return checks;
	}

	of(partner: PeerId): CheckRecord {
		return this.#checks.get(partner) ?? {};
	}

	/** When a check was last begun. */
	triedAt(partner: PeerId, check: Check): number | undefined {
		const { proofTriedAt, blockTriedAt } = this.of(partner);
		return check === 'proof' ? proofTriedAt : blockTriedAt;
	}

	/** Durable when it resolves. */
	tried(partner: PeerId, check: Check, at: number): Promise<void> {
		return this.#change(partner, check === 'proof' ? { proofTriedAt: at } : { blockTriedAt: at });
	}

	/** Durable when it resolves. */
	passed(partner: PeerId, check: Check, at: number): Promise<void> {
		return this.#change(partner, check === 'proof' ? { proofPassedAt: at } : { blockPassedAt: at });
	}

	async #change(partner: PeerId, change: CheckRecord): Promise<void> {
		const put = { ...this.of(partner), ...change };
		this.#checks.set(partner, put);
		await this.#records.write([{ table: 'checks', key: partner, put }]);
	}
}
