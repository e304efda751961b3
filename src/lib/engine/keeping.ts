/**
 * Keeps the partnerships (patent figure 4, steps 216 to 232): looks who is there, turns what is observed of partners into
 * their standing, warns and lets go, and tells everybody concerned. What follows from what is decided in verify/standing.ts;
 * here it is carried out, and every step is durable before it is told.
 */
import { readHead, type Head } from './archive/head.ts';
import { Listeners } from './doorbell.ts';
import type { Events } from './events.ts';
import { Malformed } from './failures.ts';
import type { HeldHeads } from './hosting/held-heads.ts';
import type { PeerId } from './identifiers.ts';
import type { Keyring } from './keys/keyring.ts';
import { decodeAgreement } from './partners/agreement.ts';
import type { Agreements } from './partners/agreements.ts';
import type { Lines } from './partners/lines.ts';
import { expectationOf } from './partners/due-hours.ts';
import { likelihood, type PresenceWeek } from './partners/presence-week.ts';
import type { PresenceWeeks } from './partners/presence-weeks.ts';
import { hasLasted } from './partners/statement.ts';
import type { Statements } from './partners/statements.ts';
import type { Clock, Log, RecordChange, Unsubscribe } from './ports.ts';
import type { AgreementRecord, StandingRecord } from './records.ts';
import { Turns } from './turns.ts';
import { withoutChecks, type RenegedAccount, type StandingNews } from './verify/account.ts';
import { connectionIsGood } from './verify/connectivity.ts';
import { signNotice, type Notice, type SignedDocument } from './verify/notice.ts';
import type { Notices } from './verify/notices.ts';
import type { Observed } from './verify/observation.ts';
import { observe, standingOf, type Standing } from './verify/standing.ts';
import type { Standings } from './verify/standings.ts';
import { look, type Watch } from './verify/watch.ts';
import type { Reply, Request } from './wire/messages.ts';
import type { Session } from './wire/session.ts';

export interface KeepingOptions {
	readonly keyring: Keyring;
	readonly clock: Clock;
	readonly log: Log;
	readonly events: Events;
	readonly agreements: Agreements;
	readonly lines: Pick<Lines, 'line' | 'onOpened' | 'onChange'>;
	readonly heldHeads: HeldHeads;
	readonly standings: Standings;
	readonly weeks: PresenceWeeks;
	readonly statements: Statements;
	readonly notices: Notices;
	/** Whether a partner holds blocks of ours: else there is nothing to check there. */
	readonly holdsBlocks: (partner: PeerId) => boolean;
	readonly mayWrite: () => boolean;
	/** How often this peer looks who is there; hourly unless a test says otherwise. */
	readonly lookEveryMs: number;
}

/** What pages show of one partner. */
export interface PartnerStanding {
	readonly standing: Standing;
	/** When the presence week of the partner says that it is there. */
	readonly week: PresenceWeek;
	/** The last that the partner blamed us for. */
	readonly notice: Notice | undefined;
}

/** As often as proofs are due. */
export const hourlyMs = 60 * 60_000;
/** From a start to the first look: lines stand by then. */
const firstLookMs = 5 * 60_000;
/** Whoever was there so shortly ago is not away: it hung up when it was asked. */
const hangUpMs = 10 * 60_000;
/** Partners are asked for statements once a day. */
const hearEveryMs = 24 * 60 * 60_000;
const dayMs = 24 * 60 * 60_000;
/** Who was only absent may come back after a day. */
const absentRefusedMs = dayMs;
/** Who cheated or lost too much is not asked again while its record counts. */
const cheatRefusedMs = 180 * dayMs;

/** One partner's next record, and what it brings. */
interface Step {
	readonly agreement: AgreementRecord;
	readonly record: StandingRecord;
	readonly news: readonly StandingNews[];
}

export class Keeping {
	readonly #options: KeepingOptions;
	readonly #changed = new Listeners();
	readonly #warned = new Listeners<[Notice]>();
	/** Looks and observations are taken in one after the other. */
	readonly #turns = new Turns<'keep'>();
	/** When a session with a partner last stood, in this run. */
	readonly #there = new Map<PeerId, number>();
	readonly #heard = new Map<PeerId, number>();

	constructor(options: KeepingOptions) {
		this.#options = options;
	}

	onChange(listener: () => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	/** A partner blamed this peer: time to look after one's own disk. */
	onNotice(listener: (notice: Notice) => void): Unsubscribe {
		return this.#warned.add(listener);
	}

	/** How a partner stands; undefined for a peer that nothing was ever agreed with. */
	of(partner: PeerId): PartnerStanding | undefined {
		const { agreements, standings, weeks, notices } = this.#options;
		const agreement = agreements.with(partner);
		if (agreement === undefined || agreement.document.length === 0) return undefined;
		const { account } = standings.in(partner, agreement.id);
		return {
			standing: standingOf(account, decodeAgreement(agreement.document)),
			week: weeks.of(partner),
			notice: notices.of(partner)
		};
	}

	/** When this peer itself is usually on line. */
	ownWeek(): PresenceWeek {
		return this.#options.weeks.of(this.#options.keyring.peer);
	}

	/** Whether partners may be blamed now. */
	get connectionIsGood(): boolean {
		const { lines, weeks, clock } = this.#options;
		const now = clock.now();
		const partners = this.#partners().map(({ partner }) => partner);
		return connectionIsGood({
			expectedPartners: partners.reduce((sum, p) => sum + (likelihood(weeks.of(p), now) ?? 1), 0),
			reachedPartners: partners.filter((p) => lines.line(p) !== undefined).length
		});
	}

	/** Starts to look, until the signal is aborted. */
	start(signal: AbortSignal): void {
		const { lines, clock, agreements } = this.#options;
		const subscriptions = [
			lines.onOpened((session) => void this.#greet(session)),
			lines.onChange(() => {
				for (const { partner } of agreements.all()) {
					if (lines.line(partner) !== undefined) this.#there.set(partner, clock.now());
				}
			})
		];
		signal.addEventListener('abort', () => {
			for (const unsubscribe of subscriptions) unsubscribe();
		});
		void this.#run(signal);
	}

	/** Takes an observation in: what challenges found. Never rejects; what the disk does not take did not happen. */
	observe(partner: PeerId, observed: Observed): Promise<void> {
		return this.#turn(() => this.#take([[partner, observed]]));
	}

	/** Looks who is there, learns from it, and counts the time. Never rejects. */
	look(): Promise<void> {
		return this.#turn(() => this.#look());
	}

	/** Asks the partners that are there what they know of others, each once a day. Never rejects. */
	async hear(): Promise<void> {
		const { lines, clock, statements, log } = this.#options;
		for (const { partner } of this.#partners()) {
			const line = lines.line(partner);
			const agoMs = clock.now() - (this.#heard.get(partner) ?? -Infinity);
			if (line === undefined || (agoMs >= 0 && agoMs < hearEveryMs)) continue;
			try {
				const reply = await line.request({ type: 'get-statements' });
				if (reply.type !== 'statements') continue;
				this.#heard.set(partner, clock.now());
				await statements.hear(reply.statements, partner);
			} catch (error) {
				log.write('info', `statements of ${partner.slice(0, 8)}: ${String(error)}`);
			}
		}
	}

	/** Answers what partners say of standings. */
	async serve(
		request: Extract<Request, { type: 'notice' | 'get-statements' }>,
		{ peer }: Pick<Session, 'peer'>
	): Promise<Reply> {
		const { agreements, statements } = this.#options;
		if (request.type === 'notice') return this.#receive(request, peer);
		if (agreements.with(peer)?.state !== 'active') {
			return { type: 'declined', reason: 'no-agreement', detail: 'statements are for partners' };
		}
		return { type: 'statements', statements: statements.told() };
	}

	/**
	 * A peer brings a head. Where it was blamed for being away, and a restored instance of it speaks now, its machine had
	 * died: what was said of it is taken back.
	 */
	headBrought(bytes: Uint8Array, from: PeerId): void {
		const { statements, heldHeads, log } = this.#options;
		if (!statements.accuses(from) || !isOfLaterEpoch(bytes, heldHeads.newest(from)?.head)) return;
		statements.retract(from).catch((error: unknown) => {
			log.write('warning', `a statement was not taken back: ${String(error)}`);
		});
	}

	#partners(): readonly AgreementRecord[] {
		return this.#options.agreements.all().filter(({ state }) => state === 'active');
	}

	async #turn(work: () => Promise<void>): Promise<void> {
		if (!this.#options.mayWrite()) return;
		try {
			await this.#turns.take('keep', work);
		} catch (error) {
			this.#options.log.write('warning', `standings: ${String(error)}`);
		}
		this.#changed.tell();
	}

	async #run(signal: AbortSignal): Promise<void> {
		const { clock } = this.#options;
		try {
			await this.#turn(() => this.#finish());
			await clock.sleep(Math.min(firstLookMs, this.#options.lookEveryMs), signal);
			while (!signal.aborted) {
				await this.look();
				void this.hear();
				await clock.sleep(this.#options.lookEveryMs, signal);
			}
		} catch (error) {
			if (!signal.aborted) throw error;
		}
	}

	/** Carries out what a crash interrupted: who reneged is let go. */
	async #finish(): Promise<void> {
		for (const agreement of this.#partners()) {
			const { account } = this.#options.standings.in(agreement.partner, agreement.id);
			if (account.kind === 'reneged') await this.#letGo(agreement, account);
		}
	}

	async #look(): Promise<void> {
		const { clock, lines, standings } = this.#options;
		const partners = this.#partners().map(({ partner }) => partner);
		if (partners.length === 0) return;
		const now = clock.now();
		const before = standings.watch;
		const good = this.connectionIsGood;
		const watch = look(before, { now, good, everyMs: this.#options.lookEveryMs });
		const seen = partners.flatMap((partner): [PeerId, Observed][] => {
			const there = lines.line(partner) !== undefined;
			if (there) this.#there.set(partner, now);
			if (!there && !good) return [];
			return [[partner, { at: now, observation: { kind: there ? 'seen' : 'away' } }]];
		});
		await this.#take(seen, watch, this.#learned(seen, before, now));
	}

	/** What the look taught of the weeks: who was there since the last one was there in this hour. */
	#learned(
		seen: readonly (readonly [PeerId, Observed])[],
		{ lookedAt }: Watch,
		now: number
	): readonly RecordChange[] {
		const { weeks, keyring } = this.#options;
		const since = lookedAt ?? now;
		return [
			weeks.learnSelf(keyring.peer, since, now),
			...seen.map(([partner]) =>
				weeks.learn(partner, now, (this.#there.get(partner) ?? -Infinity) >= since)
			)
		];
	}

	async #take(
		seen: readonly (readonly [PeerId, Observed])[],
		watch: Watch = this.#options.standings.watch,
		others: readonly RecordChange[] = []
	): Promise<void> {
		const { connectionIsGood: good } = this;
		const steps = seen.flatMap(([partner, observed]) => {
			const counted = this.#counted(partner, observed, good);
			return (counted && this.#step(partner, counted, watch)) ?? [];
		});
		const records = steps.map(({ agreement, record }) => [agreement.partner, record] as const);
		await this.#options.standings.keep(records, watch, others);
		for (const step of steps) await this.#tell(step);
	}

	#step(partner: PeerId, observed: Observed, watch: Watch): Step | undefined {
		const { agreements, standings, weeks, holdsBlocks } = this.#options;
		const agreement = agreements.with(partner);
		if (agreement?.state !== 'active') return undefined;
		const before = standings.in(partner, agreement.id);
		const known = holdsBlocks(partner) ? before.account : withoutChecks(before.account);
		const terms = decodeAgreement(agreement.document);
		const about = { learned: weeks.of(partner), agreement: terms };
		const due = expectationOf(partner, about, observed.at) === 'due';
		const { account, news } = observe(known, { observed, time: watch.countedMs, due }, terms);
		const notice = this.#noticeOf(agreement, news, observed.at);
		const record = { ...before, account, ...(notice === undefined ? {} : { notice }) };
		return { agreement, record, news };
	}

	/**
	 * The observation as it counts: misses are set aside while the own connection is in doubt, and no check can be pending
	 * at a partner that was not there to be asked.
	 */
	#counted(partner: PeerId, observed: Observed, good: boolean): Observed | undefined {
		const { kind } = observed.observation;
		if (kind !== 'away' && kind !== 'unanswered') return observed;
		if (!good) return undefined;
		if (kind === 'away' || this.#wasThere(partner)) return observed;
		return { ...observed, observation: { kind: 'away' } };
	}

	#wasThere(partner: PeerId): boolean {
		const { lines, clock } = this.#options;
		if (lines.line(partner) !== undefined) return true;
		const agoMs = clock.now() - (this.#there.get(partner) ?? -Infinity);
		return agoMs <= hangUpMs;
	}

	/** The last word of an observation, as the partner is told. */
	#noticeOf(
		{ partner, id }: AgreementRecord,
		news: readonly StandingNews[],
		at: number
	): SignedDocument | undefined {
		const { keyring } = this.#options;
		const said = news.findLast(({ kind }) => kind === 'warned' || kind === 'reneged');
		if (said?.kind !== 'warned' && said?.kind !== 'reneged') return undefined;
		const between = { from: keyring.peer, to: partner, agreement: id, at };
		if (said.kind === 'warned') {
			const { reason, since, kept, missed } = said;
			return signNotice(keyring.identity, {
				kind: 'warning',
				...between,
				reason,
				since,
				kept,
				missed
			});
		}
		const { reason, from: since, kept, missed } = said.account;
		return signNotice(keyring.identity, {
			kind: 'reneged',
			...between,
			reason,
			since,
			kept,
			missed
		});
	}

	async #tell({ agreement, record, news }: Step): Promise<void> {
		const { partner } = agreement;
		for (const item of news) await this.#tellOne(agreement, item);
		const line = this.#options.lines.line(partner);
		if (record.notice !== undefined && line !== undefined) void this.#deliver(line);
	}

	async #tellOne(agreement: AgreementRecord, news: StandingNews): Promise<void> {
		const { events } = this.#options;
		const { partner } = agreement;
		switch (news.kind) {
			case 'overdue':
				return events.add('partner-overdue', { partner, forMs: news.forMs, leftMs: news.leftMs });
			case 'returned':
				return events.add('partner-returned', { partner, forMs: news.forMs });
			case 'loss-declared':
				return events.add('partner-declared-loss', { partner, blocks: news.blocks });
			case 'warned':
				return events.add('partner-warned', { partner, reason: news.reason });
			case 'reneged':
				return this.#letGo(agreement, news.account);
		}
	}

	/** The agreement is over: others are told what can be proven, the person, and the search finds a successor. */
	async #letGo(agreement: AgreementRecord, account: RenegedAccount): Promise<void> {
		const { agreements, events, clock } = this.#options;
		const { partner, id } = agreement;
		const { reason, from, at } = account;
		await this.#accuse(agreement, account);
		const absent = reason === 'silent' || reason === 'missed-checks';
		const refusedMs = absent ? absentRefusedMs : cheatRefusedMs;
		await events.add('partner-reneged', { partner, reason, forMs: at - from });
		await agreements.letGo(partner, id, {
			endedFor: 'reneged',
			refusedUntil: clock.now() + refusedMs
		});
	}

	async #accuse(agreement: AgreementRecord, account: RenegedAccount): Promise<void> {
		const { document, mySignature, theirSignature, partner } = agreement;
		const terms = decodeAgreement(document);
		if (theirSignature === undefined || !hasLasted(terms, account.at)) return;
		await this.#options.statements.accuse({
			accused: partner,
			reason: account.reason,
			from: Math.max(account.from, terms.createdAt),
			to: account.at,
			at: account.at,
			agreement: document,
			accuserAgreed: mySignature,
			accusedAgreed: theirSignature
		});
	}

	async #greet(session: Session): Promise<void> {
		const { clock, agreements } = this.#options;
		this.#there.set(session.peer, clock.now());
		void this.#deliver(session);
		if (agreements.with(session.peer)?.state !== 'active') return;
		await this.observe(session.peer, { at: clock.now(), observation: { kind: 'seen' } });
	}

	/** Brings the last notice, also to a peer that is no partner any more. It waits until it is acknowledged. */
	async #deliver(line: Session): Promise<void> {
		const { standings, log } = this.#options;
		const notice = standings.of(line.peer)?.notice;
		if (notice === undefined || !this.#options.mayWrite()) return;
		try {
			const reply = await line.request({ type: 'notice', ...notice });
			if (reply.type === 'declined' && reply.reason === 'busy') return;
			await this.#turns.take('keep', async () => {
				const record = standings.of(line.peer);
				if (record?.notice !== notice) return;
				const { notice: _delivered, ...rest } = record;
				await standings.keep([[line.peer, rest]]);
			});
		} catch (error) {
			log.write('info', `notice to ${line.peer.slice(0, 8)}: ${String(error)}`);
		}
	}

	async #receive(request: SignedDocument, from: PeerId): Promise<Reply> {
		const { notices, events, agreements, clock } = this.#options;
		const { reply, news } = await notices.receive(request, from);
		if (news === undefined) return reply;
		const { kind, reason, since, at, agreement } = news;
		if (kind === 'reneged') {
			const refusedUntil = clock.now();
			await agreements.letGo(from, agreement, { endedFor: 'let-go', refusedUntil });
		}
		await events.add(kind === 'reneged' ? 'let-go-by-partner' : 'warned-by-partner', {
			partner: from,
			reason,
			forMs: at - since
		});
		this.#warned.tell(news);
		this.#changed.tell();
		return reply;
	}
}

/** Whether these are bytes of a head that an owner signed after a take-over. */
function isOfLaterEpoch(bytes: Uint8Array, before: Head | undefined): boolean {
	try {
		const head = readHead(bytes);
		return head.owner === before?.owner && head.epoch > before.epoch;
	} catch (error) {
		if (error instanceof Malformed) return false;
		throw error;
	}
}
