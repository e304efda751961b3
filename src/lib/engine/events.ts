/** What happened, for the person to read later: durable, newest first, bounded. Texts are made by the pages. */
import { Listeners } from './doorbell.ts';
import type { Clock, Log, RecordChange, Records, Unsubscribe } from './ports.ts';
import type { EventRecord } from './records.ts';

export type EventKind =
	| 'backup-done'
	| 'backup-failed'
	| 'partner-agreed'
	| 'partner-ended'
	| 'partner-leaving'
	| 'partner-lost-blocks'
	| 'partner-refused'
	| 'partner-refilled'
	| 'partner-overdue'
	| 'partner-returned'
	| 'partner-warned'
	| 'partner-declared-loss'
	| 'partner-reneged'
	| 'warned-by-partner'
	| 'let-go-by-partner'
	| 'disk-full'
	| 'fenced'
	| 'restored'
	| 'taken-over';

interface EventsPorts {
	readonly clock: Clock;
	readonly records: Records;
	readonly log: Log;
}

const eventsMax = 50;

export class Events {
	readonly #clock: Clock;
	readonly #records: Records;
	readonly #log: Log;
	readonly #changed = new Listeners();
	#events: (readonly [key: string, event: EventRecord])[] = [];
	#counter = 0;

	private constructor({ clock, records, log }: EventsPorts) {
		this.#clock = clock;
		this.#records = records;
		this.#log = log;
	}

	static async open(ports: EventsPorts): Promise<Events> {
		const events = new Events(ports);
		events.#events = [...(await ports.records.scan('events'))].reverse().slice(0, eventsMax);
		return events;
	}

	/** Newest first. */
	all(): readonly EventRecord[] {
		return this.#events.map(([, event]) => event);
	}

	onChange(listener: () => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	/** Never rejects: an event that a full disk does not keep is shown until the next start. */
	async add(kind: EventKind, detail: Readonly<Record<string, string | number>>): Promise<void> {
		const at = this.#clock.now();
		const key = `${String(at).padStart(16, '0')}/${String(this.#counter++).padStart(6, '0')}`;
		const event = { at, kind, detail };
		const dropped = this.#events.slice(eventsMax - 1);
		this.#events = [[key, event] as const, ...this.#events].slice(0, eventsMax);
		this.#changed.tell();
		try {
			await this.#records.write([
				{ table: 'events', key, put: event },
				...dropped.map(([old]): RecordChange => ({ table: 'events', key: old, remove: true }))
			]);
		} catch (error) {
			this.#log.write('warning', `an event was not kept: ${String(error)}`);
		}
	}
}
