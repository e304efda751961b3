/** The weeks of this peer and its partners, as they are learned (presence-week.ts). Durable with the look that taught them. */
import type { PeerId } from '../identifiers.ts';
import type { RecordChange, Records } from '../ports.ts';
import { hoursBetween, learn, unknownWeek, type PresenceWeek } from './presence-week.ts';

export class PresenceWeeks {
	readonly #weeks = new Map<PeerId, PresenceWeek>();

	static async open(records: Records): Promise<PresenceWeeks> {
		const weeks = new PresenceWeeks();
		for (const [peer, week] of await records.scan('presenceWeeks')) {
			weeks.#weeks.set(peer as PeerId, week);
		}
		return weeks;
	}

	/** The week of a partner, or of this peer itself. */
	of(peer: PeerId): PresenceWeek {
		return this.#weeks.get(peer) ?? unknownWeek();
	}

	/** Learns whether a partner is there at this hour. Gives what has to be written. */
	learn(peer: PeerId, at: number, there: boolean): RecordChange {
		return this.#kept(peer, learn(this.of(peer), at, there));
	}

	/** Learns that this peer itself is there now, and was not since it last looked. */
	learnSelf(peer: PeerId, lookedAt: number, now: number): RecordChange {
		const off = hoursBetween(lookedAt, now);
		const week = off.reduce((before, hour) => learn(before, hour, false), this.of(peer));
		return this.#kept(peer, learn(week, now, true));
	}

	#kept(peer: PeerId, week: PresenceWeek): RecordChange {
		this.#weeks.set(peer, week);
		return { table: 'presenceWeeks', key: peer, put: week };
	}
}
