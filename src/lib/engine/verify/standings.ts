/** How every partner stands, durable: the accounts of standing.ts, each in the agreement that it is about. */
import type { AgreementId, PeerId } from '../identifiers.ts';
import type { RecordChange, Records } from '../ports.ts';
import type { StandingRecord } from '../records.ts';
import { freshAccount } from './account.ts';
import { freshWatch, type Watch } from './watch.ts';

export class Standings {
	readonly #records: Records;
	readonly #standings = new Map<PeerId, StandingRecord>();
	#watch: Watch = freshWatch;

	private constructor(records: Records) {
		this.#records = records;
	}

	static async open(records: Records): Promise<Standings> {
		const standings = new Standings(records);
		for (const [partner, record] of await records.scan('standings')) {
			standings.#standings.set(partner as PeerId, record);
		}
		standings.#watch = (await records.get('watches', 'self')) ?? freshWatch;
		return standings;
	}

	/** The time that counts. */
	get watch(): Watch {
		return this.#watch;
	}

	/** What is known of a partner, also of one that was let go; undefined when nothing is. */
	of(partner: PeerId): StandingRecord | undefined {
		return this.#standings.get(partner);
	}

	/** The account of an agreement: a new agreement begins with a fresh one. */
	in(partner: PeerId, agreement: AgreementId): StandingRecord {
		const known = this.#standings.get(partner);
		return known?.agreement === agreement ? known : { agreement, account: freshAccount };
	}

	/** Durable when it resolves: all of it or nothing, with whatever else is to be written. */
	async keep(
		standings: readonly (readonly [PeerId, StandingRecord])[],
		watch?: Watch,
		others: readonly RecordChange[] = []
	): Promise<void> {
		const changes: RecordChange[] = [
			...standings.map(([key, put]): RecordChange => ({ table: 'standings', key, put })),
			...others
		];
		if (watch !== undefined) changes.push({ table: 'watches', key: 'self', put: watch });
		if (changes.length === 0) return;
		await this.#records.write(changes);
		for (const [partner, record] of standings) this.#standings.set(partner, record);
		if (watch !== undefined) this.#watch = watch;
	}
}
