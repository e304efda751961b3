/**
 * Checks the partners (patent figure 4): proofs hourly, one block brought back daily, each partner at its own minute.
 * A check that is due while a partner is away waits for it until the next one is due, and is unanswered then; after a
 * sleep of this machine one check is made up, and nobody is blamed for the time. What is seen goes to whoever listens.
 */
import { decodeSignedShelf, type LiveBlock } from './archive/head.ts';
import { Doorbell, Listeners } from './doorbell.ts';
import { Malformed } from './failures.ts';
import type { PeerId } from './identifiers.ts';
import { verify } from './keys/signature.ts';
import type { Agreements } from './partners/agreements.ts';
import type { Lines } from './partners/lines.ts';
import { holds } from './partners/holding.ts';
import { reconcileShelf, signShelf, type MeetingContext } from './partners/meeting.ts';
import type { Meetings } from './partners/meetings.ts';
import type { Clock, Random, Unsubscribe } from './ports.ts';
import type { CodingTools } from './coding/tools.ts';
import type { CheckSchedule } from './verify/budget.ts';
import { challenge, type ChallengeContext, type ChallengeOutcome } from './verify/challenges.ts';
import type { Checks } from './verify/checks.ts';
import { beatOf, isDue, nextPeriodAt, watched, type Beat, type Watch } from './verify/due.ts';
import { decodeLossDeclaration, isLost, type LossDeclaration } from './verify/loss-declaration.ts';
import type { Check, Observation, Observed } from './verify/observation.ts';
import type { Tosses } from './verify/tosses.ts';
import type { Reply, Request } from './wire/messages.ts';
import type { Session } from './wire/session.ts';

export interface VerifyingOptions {
	readonly tools: Pick<CodingTools, 'keyring' | 'ciphers'>;
	readonly clock: Clock;
	readonly random: Random;
	readonly schedule: CheckSchedule;
	readonly tosses: Tosses;
	readonly checks: Checks;
	readonly agreements: Pick<Agreements, 'active' | 'with'>;
	readonly lines: Pick<Lines, 'line'>;
	readonly meetings: Pick<Meetings, 'isMet' | 'missing' | 'onChange'>;
	readonly mayWrite: () => boolean;
	readonly meeting: () => MeetingContext;
	readonly question: (
		partner: PeerId,
		...about: Parameters<ChallengeContext['question']>
	) => ReturnType<ChallengeContext['question']>;
}

/** What a page shows of the checks of one partner. Milliseconds since the Unix epoch. */
export interface CheckView {
	readonly lastProofAt?: number;
	readonly lastBlockAt?: number;
	/** A challenge that was not answered yet. */
	readonly pending?: { readonly check: Check; readonly since: number };
}

const everyCheck: readonly Check[] = ['proof', 'block'];
/** How late a timer may be without this machine having slept: hidden tabs wake once a minute. */
const lateMs = 90_000;
/** While nothing may be checked, what changes that rings; this is for the rest. */
const idleMs = 60_000;
/** A loss that a challenge found, and the partner's own word for it after that, are one. */
const sameIncidentMs = 10 * 60_000;

export class Verifying {
	readonly #options: VerifyingOptions;
	readonly #bell = new Doorbell();
	readonly #observed = new Listeners<[PeerId, Observed]>();
	readonly #changed = new Listeners();
	/** Partners whose shelf is being signed or challenged: one thing at a time. */
	readonly #claims = new Set<PeerId>();
	readonly #watches = new Map<string, Watch>();
	/** Partners whose pending toss of an earlier run was taken up again. */
	readonly #resumed = new Set<PeerId>();
	readonly #foundLostAt = new Map<PeerId, number>();

	constructor(options: VerifyingOptions) {
		this.#options = options;
	}

	/** Called for everything that a check shows of a partner. */
	onObserved(listener: (partner: PeerId, observed: Observed) => void): Unsubscribe {
		return this.#observed.add(listener);
	}

	onChange(listener: () => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	view(partner: PeerId): CheckView {
		const { checks: records, tosses } = this.#options;
		const { proofPassedAt, blockPassedAt } = records.of(partner);
		const toss = tosses.of(partner);
		return {
			...(proofPassedAt === undefined ? {} : { lastProofAt: proofPassedAt }),
			...(blockPassedAt === undefined ? {} : { lastBlockAt: blockPassedAt }),
			...(toss === undefined || toss.stage === 'over'
				? {}
				: { pending: { check: toss.check, since: toss.begunAt } })
		};
	}

	/** Runs until the signal is aborted. */
	async run(signal: AbortSignal): Promise<void> {
		const { clock, meetings } = this.#options;
		const unsubscribe = meetings.onChange(() => {
			this.#bell.ring();
		});
		while (!signal.aborted) {
			const before = clock.now();
			const waitMs = this.#look(before);
			await this.#bell.wait(clock, waitMs, signal);
			if (clock.now() > before + waitMs + lateMs) this.#watches.clear();
		}
		unsubscribe();
	}

	/** Signs a shelf for a head, unless it is being challenged, or a challenge about it is pending: that one goes first. */
	async signShelf(line: Session): Promise<void> {
		if (this.#options.tosses.of(line.peer)?.stage === 'revealed') return;
		await this.#claimed(line.peer, () => signShelf(line, this.#options.meeting()));
	}

	/** Blocks of ours were found not to lie at a partner any more, and are owed now. */
	async lost(partner: PeerId, blocks: number): Promise<void> {
		const { clock, tosses } = this.#options;
		const now = clock.now();
		if (now - (this.#foundLostAt.get(partner) ?? -Infinity) < sameIncidentMs) return;
		const toss = tosses.of(partner);
		if (toss?.stage !== 'revealed' || !this.#isGone(partner, toss.drawn)) {
			this.#tell(partner, { kind: 'loss-declared', blocks });
			return;
		}
		this.#foundLostAt.set(partner, now);
		await tosses.end(partner, toss);
		this.#tell(partner, { kind: 'failed', check: toss.check, why: 'not-held' });
	}

	/** Takes a partner's own word that blocks are lost. */
	async serveLoss(
		request: Extract<Request, { type: 'declare-loss' }>,
		from: Pick<Session, 'peer'>
	): Promise<Reply> {
		const declaration = this.#readLoss(request, from.peer);
		if (typeof declaration === 'string') {
			return { type: 'declined', reason: 'malformed', detail: declaration };
		}
		const { holdings, onLost } = this.#options.meeting();
		const isGone = isLost(declaration.lost);
		const gone = holdings.shelf(from.peer).filter(({ number }) => isGone(number));
		await holdings.lose(from.peer, gone);
		if (gone.length > 0) onLost(from.peer, gone.length);
		return { type: 'acknowledged' };
	}

	#readLoss(
		{ declaration: bytes, signature }: Extract<Request, { type: 'declare-loss' }>,
		partner: PeerId
	): LossDeclaration | string {
		const { agreements, tools } = this.#options;
		const agreement = agreements.with(partner);
		if (agreement?.state !== 'active') return 'no agreement is in force';
		try {
			const declaration = decodeLossDeclaration(bytes);
			const ours =
				declaration.owner === tools.keyring.peer &&
				declaration.partner === partner &&
				declaration.agreement === agreement.id;
			if (!ours) return 'a declaration between others';
			return verify(partner, 'loss', bytes, signature)
				? declaration
				: 'the signature of the declaration is wrong';
		} catch (error) {
			if (error instanceof Malformed) return error.message.slice(0, 200);
			throw error;
		}
	}

	/** Starts what is due; how long until something may be due again. */
	#look(now: number): number {
		const { mayWrite, meetings, agreements, meeting } = this.#options;
		if (!mayWrite() || meetings.missing > 0) {
			this.#watches.clear();
			return idleMs;
		}
		const counts = meeting().holdings.counts();
		let next = now + idleMs * 60;
		for (const { partner } of agreements.active()) {
			if (!counts.has(partner)) continue;
			for (const check of everyCheck) next = Math.min(next, this.#lookAt(partner, check, now));
		}
		return Math.max(1, next - now);
	}

	/** When the next check of this kind is due. */
	#lookAt(partner: PeerId, check: Check, now: number): number {
		const { meetings } = this.#options;
		const beat = this.#beat(partner, check);
		const triedAt = this.#options.checks.triedAt(partner, check);
		const key = `${partner}/${check}`;
		const { watch, missed } = watched(this.#watches.get(key), beat, triedAt, now);
		this.#watches.set(key, watch);
		if (missed) this.#tell(partner, { kind: 'unanswered', check });
		const due = isDue(beat, triedAt, now) || this.#isToResume(partner);
		if (due && meetings.isMet(partner) && !this.#claims.has(partner)) {
			this.#resumed.add(partner);
			void this.#claimed(partner, () => this.#check(partner, check));
		}
		return nextPeriodAt(beat, now);
	}

	#beat(partner: PeerId, check: Check): Beat {
		const { tools, schedule } = this.#options;
		const everyMs = check === 'proof' ? schedule.proofEveryMs : schedule.blockEveryMs;
		return beatOf(tools.keyring.peer, partner, check, everyMs);
	}

	#isToResume(partner: PeerId): boolean {
		const stage = this.#options.tosses.of(partner)?.stage ?? 'over';
		return stage !== 'over' && !this.#resumed.has(partner);
	}

	/** Does the work unless other work with this partner's shelf is under way. */
	async #claimed(partner: PeerId, work: () => Promise<unknown>): Promise<void> {
		if (this.#claims.has(partner)) return;
		this.#claims.add(partner);
		try {
			await work();
		} finally {
			this.#claims.delete(partner);
			this.#bell.ring();
		}
	}

	/** One check that is due, after the one that was pending. Never rejects. */
	async #check(partner: PeerId, check: Check): Promise<void> {
		const { clock, lines, checks: records, meeting } = this.#options;
		try {
			await records.tried(partner, check, clock.now());
			const line = lines.line(partner);
			const context = this.#context(partner);
			if (line === undefined || context === undefined) return;
			const first = await challenge(line, check, context);
			await this.#conclude(line, first);
			if (first.kind !== 'passed' || first.check === check) return;
			await this.#conclude(line, await challenge(line, check, context));
		} catch (error) {
			meeting().log.write('warning', `check of ${partner.slice(0, 8)}: ${String(error)}`);
		}
	}

	#context(partner: PeerId): ChallengeContext | undefined {
		const { agreements, meeting, lines, question } = this.#options;
		const agreement = agreements.with(partner);
		if (agreement?.state !== 'active') return undefined;
		const { holdings, numbers, log, epoch, distribution } = meeting();
		return {
			...this.#options,
			log,
			epoch,
			holdings,
			agreement: agreement.id,
			settled: () => distribution.inFlight().size === 0,
			state: async () => {
				const { state } = await numbers.shelf(partner);
				return state === undefined ? undefined : decodeSignedShelf(state).state;
			},
			signShelf: async (anew) => {
				const line = lines.line(partner);
				if (line === undefined) return;
				const signed = await signShelf(line, meeting(), { anew });
				// What one of us lost or forgot to drop stands between the accounts.
				if (signed !== 'conflict' || distribution.inFlight().size > 0) return;
				await reconcileShelf(line, meeting());
				await signShelf(line, meeting());
			},
			question: (seed, live) => question(partner, seed, live)
		};
	}

	async #conclude(line: Session, outcome: ChallengeOutcome): Promise<void> {
		const { clock, checks: records, meeting } = this.#options;
		const partner = line.peer;
		switch (outcome.kind) {
			case 'nothing':
				return;
			case 'loss':
				return reconcileShelf(line, meeting());
			case 'passed':
				await records.passed(partner, outcome.check, clock.now());
				break;
			case 'failed':
				if (outcome.why === 'not-held') await this.#makeUp(line, outcome.lost);
				break;
			case 'unanswered':
		}
		this.#tell(partner, observationOf(outcome));
	}

	/** A challenge found blocks missing: they are owed from now on. */
	async #makeUp(line: Session, drawn: LiveBlock | undefined): Promise<void> {
		const { clock, meeting } = this.#options;
		const { holdings, onLost } = meeting();
		this.#foundLostAt.set(line.peer, clock.now());
		if (drawn === undefined) return reconcileShelf(line, meeting());
		await holdings.lose(line.peer, [drawn]);
		onLost(line.peer, 1);
	}

	/** Whether the drawn block, or with a proof some block, is not counted on any more. */
	#isGone(partner: PeerId, drawn: LiveBlock | undefined): boolean {
		if (drawn === undefined) return true;
		const holding = this.#options.meeting().holdings.get(drawn.stripe);
		return holding !== undefined && !holds(holding, { partner, number: drawn.number });
	}

	#tell(partner: PeerId, observation: Observation): void {
		this.#observed.tell(partner, { at: this.#options.clock.now(), observation });
		this.#changed.tell();
	}
}

function observationOf(
	outcome: Extract<ChallengeOutcome, { kind: 'passed' | 'failed' | 'unanswered' }>
): Observation {
	const { kind, check } = outcome;
	return kind === 'failed' ? { kind, check, why: outcome.why } : { kind, check };
}
