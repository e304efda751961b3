/** Our coin tosses with partners, each on disk before the partner hears of it: a restart takes them up again. */
import type { PeerId } from '../identifiers.ts';
import type { Records } from '../ports.ts';
import type { OwnToss } from './toss.ts';

export class Tosses {
	readonly #records: Records;
	readonly #tosses = new Map<PeerId, OwnToss>();

	private constructor(records: Records) {
		this.#records = records;
	}

	static async open(records: Records): Promise<Tosses> {
		const tosses = new Tosses(records);
		for (const [partner, toss] of await records.scan('tosses')) {
			tosses.#tosses.set(partner as PeerId, toss);
		}
		return tosses;
	}

	/** The last toss with a partner. */
	of(partner: PeerId): OwnToss | undefined {
		return this.#tosses.get(partner);
	}

	/** Durable when it resolves. */
	async keep(partner: PeerId, toss: OwnToss): Promise<void> {
		await this.#records.write([{ table: 'tosses', key: partner, put: toss }]);
		this.#tosses.set(partner, toss);
	}

	/** The toss is answered, or void. */
	end(partner: PeerId, { counter }: OwnToss): Promise<void> {
		return this.keep(partner, { stage: 'over', counter });
	}
}
