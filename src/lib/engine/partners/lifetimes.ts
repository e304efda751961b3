/**
 * How long partners last, from those that this peer has had (docs/durability.md). Lives are taken to end at a
 * constant rate; what is known before anybody was seen is a gamma distribution of that rate, and every life and
 * death since sharpens it. A partner that is still there tells as much as one that left: leaving it out would count
 * only the short lives.
 */
import type { AgreementId } from '../identifiers.ts';
import type { Clock, RecordChange, Records } from '../ports.ts';
import type { AgreementRecord, LifetimeRecord } from '../records.ts';
import { Turns } from '../turns.ts';
import { decodeAgreement } from './agreement.ts';
import { usualLifetimeMs } from './durability.ts';

/** Agreements of the past that are remembered; of more, the oldest are forgotten. */
export const lifetimesMax = 256;

/** One partner's time with this peer. */
export interface Life {
	/** How long it was there. */
	readonly ms: number;
	/** It ended by itself; false for one that goes on, or that this peer's person ended. */
	readonly died: boolean;
}

/** What is assumed before anything was seen, worth two lives of 180 days each. */
const priorDeaths = 2;

/**
 * Mean life of a partner in milliseconds: the inverse of the expected rate, which is below the expected life and so on
 * the careful side. Pure.
 */
export function expectedLifetimeMs(lives: readonly Life[]): number {
	let deaths = priorDeaths;
	let lived = priorDeaths * usualLifetimeMs;
	for (const { ms, died } of lives) {
		lived += Math.max(0, ms);
		if (died) deaths++;
	}
	return lived / deaths;
}

export interface LifetimeSummary {
	readonly lifetimeMs: number;
	/** Partners that are there now. */
	readonly living: number;
	/** Partners that went. */
	readonly ended: number;
}

export class Lifetimes {
	readonly #records: Records;
	readonly #clock: Pick<Clock, 'now'>;
	/** Those that ended, by agreement. */
	readonly #past = new Map<AgreementId, LifetimeRecord>();
	readonly #turns = new Turns<'write'>();

	private constructor(records: Records, clock: Pick<Clock, 'now'>) {
		this.#records = records;
		this.#clock = clock;
	}

	/** Reads the past, and adds what ended without being written down before a crash. */
	static async open(
		records: Records,
		clock: Pick<Clock, 'now'>,
		agreements: readonly AgreementRecord[]
	): Promise<Lifetimes> {
		const lifetimes = new Lifetimes(records, clock);
		for (const [key, record] of await records.scan('lifetimes')) {
			lifetimes.#past.set(key as AgreementId, record);
		}
		for (const record of agreements) await lifetimes.ended(record);
		return lifetimes;
	}

	/** An agreement ended. Others, and those that are known, are passed over. */
	ended(record: AgreementRecord): Promise<void> {
		return this.#turns.take('write', async () => {
			if (record.state !== 'ended' || record.document.length === 0) return;
			if (this.#past.has(record.id)) return;
			const from = decodeAgreement(record.document).createdAt;
			const until = Math.max(from, record.lastSeenAt ?? from);
			// What a person ends by hand, or ended through our own fault, says nothing of how long partners last.
			const byHand = record.endedFor === undefined && record.refusedUntil !== undefined;
			const died = !byHand && record.endedFor !== 'let-go';
			const put = { from, until, died, endedAt: this.#clock.now() };
			const forgotten = this.#oldest();
			await this.#records.write([
				{ table: 'lifetimes', key: record.id, put },
				...forgotten.map((key): RecordChange => ({ table: 'lifetimes', key, remove: true }))
			]);
			for (const id of forgotten) this.#past.delete(id);
			this.#past.set(record.id, put);
		});
	}

	/** When a partner left last; -Infinity when none has. */
	get lastEndedAt(): number {
		return [...this.#past.values()].reduce(
			(last, { endedAt }) => Math.max(last, endedAt),
			-Infinity
		);
	}

	/** The estimate with the agreements that stand now. */
	summary(active: readonly AgreementRecord[]): LifetimeSummary {
		const now = this.#clock.now();
		const living = active.map((record): Life => {
			const from = decodeAgreement(record.document).createdAt;
			// Only until it was last seen: who is silent may have gone then.
			return { ms: Math.min(now, record.lastSeenAt ?? from) - from, died: false };
		});
		const past = [...this.#past.values()].map(({ from, until, died }): Life => ({
			ms: until - from,
			died
		}));
		return {
			lifetimeMs: expectedLifetimeMs([...past, ...living]),
			living: living.length,
			ended: past.filter(({ died }) => died).length
		};
	}

	/** What has to go so that one more has room. */
	#oldest(): readonly AgreementId[] {
		const surplus = this.#past.size + 1 - lifetimesMax;
		if (surplus <= 0) return [];
		return [...this.#past]
			.toSorted(([, a], [, b]) => a.until - b.until)
			.slice(0, surplus)
			.map(([id]) => id);
	}
}
