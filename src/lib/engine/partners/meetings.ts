/**
 * Meets partners as they come on line, and knows when this instance may write. Every session begins with a meeting:
 * agreements, then heads, then shelves. No block goes to a partner before its meeting, and nothing is written,
 * committed or dropped before so many partners have shown their heads that a newer one cannot have been missed
 * (n - q + 1 of n: every committed head lies with one of them). Otherwise an old copy of this disk, started
 * beside or after the real one, could order blocks dropped that it does not know.
 */
import { geometryFor, quorum } from '../coding/profile.ts';
import { Listeners } from '../doorbell.ts';
import type { PeerId } from '../identifiers.ts';
import type { Clock, Unsubscribe } from '../ports.ts';
import type { Session } from '../wire/session.ts';
import type { Agreements } from './agreements.ts';
import type { Lines } from './lines.ts';
import type { Negotiation } from './negotiation.ts';
import { compareHeads, reconcileShelf, type MeetingContext } from './meeting.ts';

export interface MeetingsOptions {
	readonly agreements: Agreements;
	readonly negotiation: Pick<Negotiation, 'settle' | 'refresh'>;
	readonly lines: Pick<Lines, 'line' | 'all' | 'onChange'>;
	readonly clock: Clock;
	readonly mayWrite: () => boolean;
	readonly context: () => MeetingContext;
}

/** How far a session got. */
type Stage = 'meeting' | 'met' | 'reconciled';

/** A partner that is busy is asked again after this. */
const busyPauseMs = 5_000;

export class Meetings {
	readonly #options: MeetingsOptions;
	readonly #stages = new Map<Session, Stage>();
	readonly #compared = new WeakSet<Session>();
	/** Partners that have shown their heads in this run, none of them newer than ours. */
	readonly #heard = new Set<PeerId>();
	readonly #changed = new Listeners();

	constructor(options: MeetingsOptions) {
		this.#options = options;
	}

	/** A meeting was held, or a session or an agreement came or went. */
	onChange(listener: () => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	/** Resolves at the next change, or when the signal is aborted. */
	news(signal: AbortSignal): Promise<void> {
		return this.#changed.next(signal);
	}

	/** Whether blocks can go to a partner now. */
	isMet(partner: PeerId): boolean {
		return this.#metLine(partner) !== undefined;
	}

	/** Whether its shelf was compared with our records in this session. */
	isCompared(partner: PeerId): boolean {
		const line = this.#options.lines.line(partner);
		return line !== undefined && this.#compared.has(line);
	}

	/** Partners that still have to show their heads before this instance may write; 0 when it may. */
	get missing(): number {
		const { agreements, context } = this.#options;
		const head = context().ownHead.committed?.head;
		const asked = (head?.partners ?? []).filter(
			({ peer }) => agreements.with(peer)?.state === 'active'
		);
		if (asked.length === 0) return 0;
		const need = asked.length - quorum(geometryFor(asked.length)) + 1;
		return Math.max(0, need - asked.filter(({ peer }) => this.#heard.has(peer)).length);
	}

	/** Resolves once this instance may write; rejects when the signal is aborted. */
	async certain(signal: AbortSignal): Promise<void> {
		while (this.missing > 0) {
			signal.throwIfAborted();
			await this.#changed.next(signal);
		}
		signal.throwIfAborted();
	}

	/** Resolves once blocks can go to a partner; rejects when it is none any more, or the signal is aborted. */
	async reach(partner: PeerId, signal: AbortSignal): Promise<Session> {
		for (;;) {
			signal.throwIfAborted();
			if (this.#options.agreements.with(partner)?.state !== 'active') {
				throw new Error('the agreement was ended');
			}
			const line = this.#metLine(partner);
			if (line !== undefined) return line;
			await this.#changed.next(signal);
		}
	}

	start(): void {
		const { lines, agreements } = this.#options;
		lines.onChange(() => {
			this.look();
		});
		agreements.onChange(() => {
			this.look();
		});
	}

	/** Meets everybody on line that was not met. */
	look(): void {
		const sessions = this.#options.lines.all();
		const open = new Set(sessions);
		for (const session of this.#stages.keys()) if (!open.has(session)) this.#stages.delete(session);
		for (const session of sessions) void this.#meet(session);
		this.#changed.tell();
	}

	#metLine(partner: PeerId): Session | undefined {
		const line = this.#options.lines.line(partner);
		const stage = line && this.#stages.get(line);
		return stage === 'met' || stage === 'reconciled' ? line : undefined;
	}

	/** Never rejects. */
	async #meet(session: Session): Promise<void> {
		const { mayWrite, agreements, context } = this.#options;
		const state = agreements.with(session.peer)?.state;
		if (!mayWrite() || state === undefined || state === 'ended') return;
		if (this.#stages.has(session)) return;
		this.#stages.set(session, 'meeting');
		try {
			if (await this.#hold(session)) {
				this.#stages.set(session, 'met');
				this.#changed.tell();
				await this.#reconcile();
			} else this.#stages.delete(session);
		} catch (error) {
			if (this.#stages.get(session) === 'meeting') this.#stages.delete(session);
			context().log.write('info', `meeting ${session.peer.slice(0, 8)}: ${String(error)}`);
		}
		this.#changed.tell();
	}

	/** Whether it is a partner that knows of no newer instance of us. */
	async #hold(session: Session): Promise<boolean> {
		const { agreements, negotiation, context } = this.#options;
		const { peer } = session;
		await this.#patiently(() => negotiation.settle(session));
		if (agreements.with(peer)?.state !== 'active') return false;
		await agreements.seen(peer);
		void negotiation.refresh(session);
		const outcome = await this.#patiently(() => compareHeads(session, context()));
		if (outcome === 'fenced') return false;
		this.#heard.add(peer);
		return true;
	}

	/** Asks again and again while the partner is busy: it is starting, or being restored. */
	async #patiently<Answer extends string>(
		question: () => Promise<Answer>
	): Promise<Exclude<Answer, 'busy'>> {
		const { clock, context } = this.#options;
		for (;;) {
			const answer = await question();
			if (answer !== 'busy') return answer as Exclude<Answer, 'busy'>;
			await clock.sleep(busyPauseMs, context().signal);
		}
	}

	/** Compares the shelves of all that were met, once this instance may write. */
	async #reconcile(): Promise<void> {
		if (this.missing > 0) return;
		const met = [...this.#stages].filter(([, stage]) => stage === 'met');
		for (const [session] of met) this.#stages.set(session, 'reconciled');
		await Promise.all(
			met.map(async ([session]) => {
				try {
					await reconcileShelf(session, this.#options.context());
					this.#compared.add(session);
				} catch (error) {
					const { log } = this.#options.context();
					log.write('info', `shelf of ${session.peer.slice(0, 8)}: ${String(error)}`);
				}
			})
		);
	}
}
