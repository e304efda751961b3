/**
 * What this peer knows of who reneged on whom: its own statements and those of others, one of each accuser about each
 * accused, the later one. Durable, and bounded so that a flood costs its sender nothing but its own place.
 */
import { Malformed } from '../failures.ts';
import type { PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Clock, RecordChange, Records } from '../ports.ts';
import { Turns } from '../turns.ts';
import { sameBytes } from '../wire/broker-fields.ts';
import { statementsMax } from '../wire/limits.ts';
import { readStatement, signStatement, type Accusation, type Statement } from './statement.ts';
import { accusersOf, statementLifeMs, type TrackRecordQuestion } from './track-record.ts';

export interface StatementsOptions {
	readonly keyring: Keyring;
	readonly clock: Clock;
	readonly records: Records;
	readonly networkOf: TrackRecordQuestion['networkOf'];
}

/**
 * Statements kept from one source: what a flood takes is its sender's own place. All in all, with 20 partners, half a
 * megabyte as a rule.
 */
const keptOfSourceMax = 48;
/** Statements looked at for one question: enough to find three that are independent, few enough to search. */
const askedMax = 64;
/** Clocks differ; a statement from further ahead would hold over all later ones. */
const clockSkewMs = 24 * 60 * 60_000;

interface Kept {
	readonly statement: Statement;
	readonly bytes: Uint8Array;
	/** The partner that told it, or this peer itself. */
	readonly source: PeerId;
}

export class Statements {
	readonly #options: StatementsOptions;
	readonly #kept = new Map<string, Kept>();
	readonly #turns = new Turns<'keep'>();

	private constructor(options: StatementsOptions) {
		this.#options = options;
	}

	static async open(options: StatementsOptions): Promise<Statements> {
		const statements = new Statements(options);
		for (const [key, { bytes, source }] of await options.records.scan('statements')) {
			const statement = read(bytes);
			if (statement !== undefined) statements.#kept.set(key, { statement, bytes, source });
		}
		return statements;
	}

	/** How many independent others say that a peer reneged, up to one more than are overlooked. */
	accusersOf(about: PeerId): number {
		const { keyring, clock, networkOf } = this.#options;
		const accusations = this.#latest()
			.flatMap(({ statement }) => (isAccusation(statement) ? [statement] : []))
			.filter(({ accused }) => accused === about)
			.slice(0, askedMax);
		return accusersOf(accusations, { about, asker: keyring.peer, now: clock.now(), networkOf });
	}

	/** What partners are told: our own first, then of every source in turn, so that none crowds out the others. */
	told(): readonly Uint8Array[] {
		const { peer } = this.#options.keyring;
		const given = new Map<PeerId, number>();
		const ranked = this.#latest().map(({ bytes, source }) => {
			const rank = given.get(source) ?? 0;
			given.set(source, rank + 1);
			return { bytes, rank: source === peer ? -1 : rank };
		});
		return ranked
			.toSorted((a, b) => a.rank - b.rank)
			.slice(0, statementsMax)
			.map(({ bytes }) => bytes);
	}

	/** Says that a partner reneged; durable when it resolves. */
	async accuse(accusation: Omit<Accusation, 'kind' | 'accuser'>): Promise<void> {
		await this.#say({ kind: 'reneged', accuser: this.#options.keyring.peer, ...accusation });
	}

	/** Takes back what was said of a peer, if anything was. */
	async retract(accused: PeerId): Promise<void> {
		const { keyring, clock } = this.#options;
		const said = this.#kept.get(keyOf({ accuser: keyring.peer, accused }))?.statement;
		if (said?.kind !== 'reneged') return;
		const at = Math.max(clock.now(), said.at + 1);
		await this.#say({ kind: 'retracted', accuser: keyring.peer, accused, at });
	}

	/** Whether this peer accuses another one now. */
	accuses(accused: PeerId): boolean {
		const key = keyOf({ accuser: this.#options.keyring.peer, accused });
		return this.#kept.get(key)?.statement.kind === 'reneged';
	}

	/** Takes in what a partner told. What is malformed, known, or ours to say is passed over. */
	async hear(told: readonly Uint8Array[], source: PeerId): Promise<void> {
		const { keyring, clock } = this.#options;
		for (const bytes of told) {
			if (this.#knows(bytes)) continue;
			const statement = read(bytes);
			if (statement === undefined || statement.accuser === keyring.peer) continue;
			if (statement.at > clock.now() + clockSkewMs) continue;
			// A view would keep the whole message.
			await this.#keep({ statement, bytes: bytes.slice(), source });
		}
	}

	/** Spares three signatures for what is told again every day. */
	#knows(bytes: Uint8Array): boolean {
		return [...this.#kept.values()].some((kept) => sameBytes(kept.bytes, bytes));
	}

	async #say(statement: Statement): Promise<void> {
		const { identity, peer } = this.#options.keyring;
		await this.#keep({ statement, bytes: signStatement(identity, statement), source: peer });
	}

	#keep(kept: Kept): Promise<void> {
		return this.#turns.take('keep', async () => {
			const { statement, bytes, source } = kept;
			const key = keyOf(statement);
			const known = this.#kept.get(key)?.statement;
			if (known !== undefined && known.at >= statement.at) return;
			if (isOver(statement, this.#options.clock.now())) return;
			const dropped = this.#surplus(kept, key);
			await this.#options.records.write([
				{ table: 'statements', key, put: { bytes, source } },
				...dropped.map((old): RecordChange => ({ table: 'statements', key: old, remove: true }))
			]);
			for (const old of dropped) this.#kept.delete(old);
			this.#kept.set(key, kept);
		});
	}

	/** What goes for one more: what is over, and the oldest of the same source. */
	#surplus({ source }: Kept, key: string): readonly string[] {
		const now = this.#options.clock.now();
		const others = [...this.#kept].filter(([other]) => other !== key);
		const over = others.filter(([, { statement }]) => isOver(statement, now));
		const same = others
			.filter(([, kept]) => kept.source === source && !isOver(kept.statement, now))
			.toSorted(([, a], [, b]) => byAge(a, b));
		const surplus = same.slice(0, Math.max(0, same.length + 1 - keptOfSourceMax));
		return [...over, ...surplus].map(([old]) => old);
	}

	/** The latest first. */
	#latest(): readonly Kept[] {
		const now = this.#options.clock.now();
		return [...this.#kept.values()]
			.filter(({ statement }) => !isOver(statement, now))
			.toSorted((a, b) => byAge(b, a));
	}
}

function keyOf({ accused, accuser }: Pick<Statement, 'accused' | 'accuser'>): string {
	return `${accused}/${accuser}`;
}

function isAccusation(statement: Statement): statement is Accusation {
	return statement.kind === 'reneged';
}

/** Counts no more; a retraction lives as long as what it takes back. */
function isOver({ at }: Statement, now: number): boolean {
	return at <= now - statementLifeMs;
}

function byAge({ statement: a }: Kept, { statement: b }: Kept): number {
	return a.at - b.at || (keyOf(a) < keyOf(b) ? -1 : 1);
}

function read(bytes: Uint8Array): Statement | undefined {
	try {
		return readStatement(bytes);
	} catch (error) {
		if (error instanceof Malformed) return undefined;
		throw error;
	}
}
