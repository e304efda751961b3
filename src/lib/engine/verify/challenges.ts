/**
 * One challenge of one partner from the owner's side (patent figure 4; docs/protocol/challenges.md): the toss, the
 * reveal, and the check of what comes back. A toss that was revealed and not answered rightly is taken up again by
 * the next challenge, whatever that was to be: no other draw takes its place.
 */
import type { LiveBlock, ShelfState } from '../archive/head.ts';
import { openBlock } from '../coding/block.ts';
import type { SealingTools } from '../coding/tools.ts';
import { LinkClosed } from '../failures.ts';
import type { AgreementId, PeerId } from '../identifiers.ts';
import { holds } from '../partners/holding.ts';
import type { Holdings } from '../partners/holdings.ts';
import type { Clock, Log, Random } from '../ports.ts';
import { RequestTimedOut } from '../wire/failures.ts';
import type { ReplyTo, Request } from '../wire/messages.ts';
import type { Session } from '../wire/session.ts';
import { liveList } from './live-list.ts';
import type { Check, FailedCheck } from './observation.ts';
import {
	coinBytes,
	commitmentTo,
	drawOf,
	epochOf,
	leapt,
	nextCounter,
	revealed,
	type OwnToss,
	type PendingToss,
	type RevealedToss,
	type TossContext
} from './toss.ts';
import type { Tosses } from './tosses.ts';

/** A proof that is about to be asked for: what of it the owner must be told, and how the answer is judged. */
export interface ProofQuestion {
	/** Whether the partner has to send salts along. */
	readonly salts: boolean;
	/** 'salts-missing' counts as wrong once they were asked for. */
	judge(reply: {
		readonly proof: Uint8Array;
		readonly salts: readonly Uint8Array[];
	}): Promise<'right' | 'wrong' | 'salts-missing'>;
}

export interface ChallengeContext {
	readonly tools: SealingTools;
	readonly clock: Pick<Clock, 'now'>;
	readonly random: Random;
	readonly log: Log;
	readonly tosses: Tosses;
	readonly holdings: Pick<Holdings, 'shelf' | 'get'>;
	/** The agreement that is in force. */
	readonly agreement: AgreementId;
	readonly epoch: number;
	/** The state of the shelf that both signed last. */
	readonly state: () => Promise<ShelfState | undefined>;
	/** Has the partner sign the shelf as it stands now; `anew` also when it signed the same before. */
	readonly signShelf: (anew: boolean) => Promise<void>;
	/** False while blocks are on their way, which the partner may count already, and we do not. */
	readonly settled: () => boolean;
	readonly question: (seed: Uint8Array, live: readonly LiveBlock[]) => Promise<ProofQuestion>;
}

export type ChallengeOutcome =
	| { readonly kind: 'passed'; readonly check: Check }
	/** A lost block that was drawn is named, so that it can be made up. */
	| {
			readonly kind: 'failed';
			readonly check: Check;
			readonly why: FailedCheck;
			readonly lost?: LiveBlock;
	  }
	| { readonly kind: 'unanswered'; readonly check: Check }
	/** The partner says, before the draw, that blocks are lost. */
	| { readonly kind: 'loss' }
	/** Nothing lies there that could be checked, or we changed the shelf meanwhile. */
	| { readonly kind: 'nothing' };

type Line = Pick<Session, 'peer' | 'request'>;
type Answer = ChallengeOutcome | { readonly kind: 'wrong'; readonly check: Check };

/** A wrong answer may be a mishap on the way: it counts when it comes so often. */
const attemptsMax = 3;

/** Rejects only for failures of this machine. One challenge of one partner runs at a time. */
export async function challenge(
	line: Line,
	check: Check,
	context: ChallengeContext
): Promise<ChallengeOutcome> {
	const asked: { check: Check } = { check };
	try {
		for (let attempt = 1; ; attempt++) {
			const toss = await pendingToss(line, check, context);
			if (typeof toss === 'string') return { kind: toss, check };
			asked.check = toss.check;
			const answer = await answerTo(line, toss, context);
			if (answer.kind !== 'wrong') return answer;
			if (attempt === attemptsMax) {
				return { kind: 'failed', check: toss.check, why: 'wrong-answer' };
			}
		}
	} catch (error) {
		if (!(error instanceof LinkClosed || error instanceof RequestTimedOut)) throw error;
		return { kind: 'unanswered', ...asked };
	}
}

/** The toss that is pending, or a fresh one on disk; else why there is none. */
async function pendingToss(
	line: Line,
	check: Check,
	context: ChallengeContext
): Promise<PendingToss | 'unanswered' | 'nothing'> {
	const { tosses, holdings, random, clock, agreement, epoch } = context;
	const partner = line.peer;
	const last = tosses.of(partner);
	const standing = await standingToss(last, partner, context);
	if (standing !== undefined) return standing;
	if (holdings.shelf(partner).length === 0) return 'nothing';
	await context.signShelf(false);
	const state = await context.state();
	const live = state && liveList(state, holdings.shelf(partner));
	if (state === undefined || live === undefined || live.length === 0) {
		return context.settled() ? 'unanswered' : 'nothing';
	}
	const fresh: OwnToss = {
		stage: 'committed',
		agreement,
		counter: nextCounter(last, epoch),
		check,
		shelfVersion: state.version,
		coin: random.bytes(coinBytes),
		begunAt: clock.now()
	};
	await tosses.keep(partner, fresh);
	return fresh;
}

/** The toss, if it is still to be answered: begun under this agreement, about a shelf that we did not change. */
async function standingToss(
	toss: OwnToss | undefined,
	partner: PeerId,
	context: ChallengeContext
): Promise<PendingToss | undefined> {
	if (toss === undefined || toss.stage === 'over') return undefined;
	if (toss.agreement !== context.agreement || epochOf(toss.counter) !== context.epoch) {
		return undefined;
	}
	return (await liveAt(toss, partner, context)) === undefined ? undefined : toss;
}

/**
 * What the toss is about, by our account: the drawn block, or the live list. Undefined when we dropped some of it, or
 * it is known to be lost.
 */
async function liveAt(
	toss: PendingToss,
	partner: PeerId,
	{ holdings, state }: ChallengeContext
): Promise<readonly LiveBlock[] | undefined> {
	if (toss.stage === 'revealed' && toss.drawn !== undefined) {
		const { stripe, number } = toss.drawn;
		const holding = holdings.get(stripe);
		const there = holding !== undefined && holds(holding, { partner, number });
		return there ? [toss.drawn] : undefined;
	}
	const signed = await state();
	if (signed?.version !== toss.shelfVersion) return undefined;
	return liveList(signed, holdings.shelf(partner));
}

async function answerTo(line: Line, toss: PendingToss, context: ChallengeContext): Promise<Answer> {
	const { tosses, tools } = context;
	const { check, counter, shelfVersion, agreement, coin } = toss;
	const partner = line.peer;
	const about: TossContext = {
		owner: tools.keyring.peer,
		partner,
		agreement,
		counter,
		check,
		shelfVersion
	};
	const commitment = commitmentTo(coin, about);
	const tossed = await line.request({ type: 'toss', check, counter, shelfVersion, commitment });
	if (tossed.type === 'declined') return notTossed(tossed, partner, toss, context);
	const live = await liveAt(toss, partner, context);
	if (live === undefined) return over(partner, toss, context);
	const seen = revealed(toss, tossed.coin, live, about);
	if (seen === 'changed') return { kind: 'failed', check, why: 'cheated-toss' };
	if (toss.stage === 'committed') await tosses.keep(partner, seen);
	return revealTo(line, seen, drawOf(coin, seen.partnerCoin, about), context);
}

/** The partner did not toss. Nothing was drawn yet, unless it tossed before. */
async function notTossed(
	{ reason, detail }: ReplyTo<Request> & { type: 'declined' },
	partner: PeerId,
	toss: PendingToss,
	context: ChallengeContext
): Promise<Answer> {
	const { tosses, log } = context;
	const { check } = toss;
	log.write('info', `${partner.slice(0, 8)} does not toss: ${detail}`);
	if (toss.stage === 'revealed') return { kind: 'unanswered', check };
	if (reason === 'not-held') {
		await tosses.end(partner, toss);
		return { kind: 'loss' };
	}
	if (reason === 'conflict') {
		// It knows of a later toss, or lost the state that both signed.
		await tosses.keep(partner, leapt(toss.counter));
		await context.signShelf(true);
	}
	return { kind: 'unanswered', check };
}

async function revealTo(
	line: Line,
	toss: RevealedToss,
	draw: Uint8Array,
	context: ChallengeContext
): Promise<Answer> {
	const { check, counter, coin, drawn } = toss;
	const partner = line.peer;
	const live = await liveAt(toss, partner, context);
	if (live === undefined) return over(partner, toss, context);
	const question = drawn === undefined ? await context.question(draw, live) : undefined;
	const salts = question?.salts ?? false;
	const priority = check === 'block' ? 'bulk' : 'control';
	const reply = await line.request({ type: 'reveal', counter, coin, salts }, { priority });
	// While it answered we may have dropped what was asked for, or heard that it is lost.
	if ((await liveAt(toss, partner, context)) === undefined) return over(partner, toss, context);
	if (reply.type === 'declined') {
		context.log.write('info', `${partner.slice(0, 8)} does not answer: ${reply.detail}`);
		if (reply.reason !== 'not-held') return { kind: 'unanswered', check };
		await context.tosses.end(partner, toss);
		const lost = drawn === undefined ? {} : { lost: drawn };
		return { kind: 'failed', check, why: 'not-held', ...lost };
	}
	if (!(await isRight(reply, partner, toss, question, context))) return { kind: 'wrong', check };
	await context.tosses.end(partner, toss);
	return { kind: 'passed', check };
}

async function isRight(
	reply: Exclude<ReplyTo<Extract<Request, { type: 'reveal' }>>, { type: 'declined' }>,
	partner: PeerId,
	{ drawn }: RevealedToss,
	question: ProofQuestion | undefined,
	{ tools }: ChallengeContext
): Promise<boolean> {
	if (reply.type === 'proof') return (await question?.judge(reply)) === 'right';
	if (drawn === undefined) return false;
	const { stripe, position, number } = drawn;
	const expected = { owner: tools.keyring.peer, partner, stripe, position, number };
	return (await openBlock(tools, expected, reply.record)) !== undefined;
}

/** What the toss was about is not there any more, and we know why: it is void. */
async function over(
	partner: PeerId,
	toss: OwnToss,
	{ tosses }: ChallengeContext
): Promise<ChallengeOutcome> {
	await tosses.end(partner, toss);
	return { kind: 'nothing' };
}
