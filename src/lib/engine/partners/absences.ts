/**
 * How long partners have not been seen, counted in hours that could have shown them: this peer ran and could reach
 * others, and the partner's schedule said that it would be there. Time is counted in ticks of this peer's own
 * running, so that a closed window, a long sleep or a jump of the clock counts against nobody.
 */
import type { PeerId } from '../identifiers.ts';
import type { Clock, Log, RecordChange, Records } from '../ports.ts';

/** How often presence is looked at. An absence is known to the hour, which is enough for three days. */
export const usualTickMs = 60 * 60_000;
/** A tick that took longer than this was slept through, or the clock jumped: it counts as no more. */
const tickMsMax = 2 * usualTickMs;

export interface AbsencesOptions {
	readonly records: Records;
	readonly clock: Clock;
	readonly log: Log;
	readonly partners: () => readonly PeerId[];
	readonly isPresent: (partner: PeerId) => boolean;
	/** Whether a partner is due on line at a time (milliseconds since the epoch). */
	readonly isDue: (partner: PeerId, at: number) => boolean;
}

/** What one tick makes of the absences so far, in milliseconds by partner. Pure. */
export function afterTick(
	before: ReadonlyMap<PeerId, number>,
	tick: {
		readonly elapsedMs: number;
		readonly partners: readonly PeerId[];
		readonly isPresent: (partner: PeerId) => boolean;
		readonly isDue: (partner: PeerId) => boolean;
	}
): ReadonlyMap<PeerId, number> {
	const { partners, isPresent, isDue } = tick;
	const elapsed = Math.min(Math.max(0, tick.elapsedMs), tickMsMax);
	const doubtful = isInDoubt(partners.length, partners.filter(isPresent).length);
	const after = new Map<PeerId, number>();
	for (const partner of partners) {
		if (isPresent(partner)) continue;
		const counts = !doubtful && isDue(partner);
		const away = (before.get(partner) ?? 0) + (counts ? elapsed : 0);
		if (away > 0) after.set(partner, away);
	}
	return after;
}

/** Whether this peer's own connection is more likely at fault than its partners: fewer than a third are there. */
export function isInDoubt(partners: number, present: number): boolean {
	return partners > 0 && 3 * present < partners;
}

export class Absences {
	readonly #options: AbsencesOptions;
	#away: ReadonlyMap<PeerId, number> = new Map();
	/** Who was there since the last tick, if only for a moment. */
	readonly #seen = new Set<PeerId>();
	#tickedAt: number;

	private constructor(options: AbsencesOptions) {
		this.#options = options;
		this.#tickedAt = options.clock.now();
	}

	static async open(options: AbsencesOptions): Promise<Absences> {
		const absences = new Absences(options);
		const known = await options.records.scan('absences');
		absences.#away = new Map(known.map(([key, { awayMs }]) => [key as PeerId, awayMs]));
		return absences;
	}

	/** Whether this peer's own connection is in doubt now: then nothing is concluded from who is away. */
	get inDoubt(): boolean {
		const { partners, isPresent } = this.#options;
		const all = partners();
		return isInDoubt(all.length, all.filter(isPresent).length);
	}

	/** A partner is there. */
	note(partner: PeerId): void {
		this.#seen.add(partner);
	}

	/** Scheduled time without a sight, in milliseconds; 0 while it is there. */
	awayMs(partner: PeerId): number {
		return this.#isPresent(partner) ? 0 : (this.#away.get(partner) ?? 0);
	}

	/** Counts until the signal is aborted, and tells of every tick. Never rejects. */
	async run(signal: AbortSignal, onTick: () => void, tickMs = usualTickMs): Promise<void> {
		const { clock } = this.#options;
		this.#tickedAt = clock.now();
		const slept = (): Promise<boolean> =>
			clock.sleep(tickMs, signal).then(
				() => true,
				() => false
			);
		while (await slept()) {
			await this.#tick();
			onTick();
		}
	}

	async #tick(): Promise<void> {
		const { clock, partners, isDue } = this.#options;
		const now = clock.now();
		const before = this.#away;
		this.#away = afterTick(before, {
			elapsedMs: now - this.#tickedAt,
			partners: partners(),
			isPresent: (partner) => this.#isPresent(partner),
			isDue: (partner) => isDue(partner, now)
		});
		this.#tickedAt = now;
		this.#seen.clear();
		await this.#write(before);
	}

	#isPresent(partner: PeerId): boolean {
		return this.#seen.has(partner) || this.#options.isPresent(partner);
	}

	async #write(before: ReadonlyMap<PeerId, number>): Promise<void> {
		const put = [...this.#away].filter(([partner, awayMs]) => before.get(partner) !== awayMs);
		const gone = [...before.keys()].filter((partner) => !this.#away.has(partner));
		const changes: RecordChange[] = [
			...put.map(([key, awayMs]) => ({ table: 'absences', key, put: { awayMs } }) as const),
			...gone.map((key) => ({ table: 'absences', key, remove: true }) as const)
		];
		if (changes.length === 0) return;
		try {
			await this.#options.records.write(changes);
		} catch (error) {
			// Known until the next start; the next tick writes what changed since.
			this.#options.log.write('warning', `absences were not kept: ${String(error)}`);
		}
	}
}
