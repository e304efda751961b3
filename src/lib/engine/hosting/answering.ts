/**
 * Answers the challenges of owners (patent figure 4 from the partner's side; docs/protocol/challenges.md): tosses, and
 * the block or the proof that they draw. What was tossed is on disk before the owner hears of it, and what was drawn
 * before it is answered, so that neither a crash nor a repetition gives another draw.
 */
import { deriveKey } from '../keys/keyring.ts';
import type { AgreementId, PeerId } from '../identifiers.ts';
import type { Agreement } from '../partners/agreement.ts';
import type { BlockStore, HeldBlock, Log, RecordChange, Records } from '../ports.ts';
import type { HeldTossRecord } from '../records.ts';
import { Turns } from '../turns.ts';
import { liveList } from '../verify/live-list.ts';
import type { ProofAnswer } from '../verify/proof.ts';
import {
	answeringCoin,
	brokenReveal,
	drawOf,
	epochOf,
	judgeToss,
	rank,
	type TossContext,
	type TossMisdeed
} from '../verify/toss.ts';
import type { Reply, Request } from '../wire/messages.ts';
import type { Session } from '../wire/session.ts';
import type { Budgets, Refusal } from './budgets.ts';
import type { HeldHeads } from './held-heads.ts';
import { signedState, wholeShelf } from './held-shelf.ts';

export type TossRequest = Extract<Request, { type: 'toss' }>;
export type RevealRequest = Extract<Request, { type: 'reveal' }>;

/** Proves a shelf to its owner (engine/verify/proof.ts). */
export type ProveShelf = (question: {
	readonly owner: PeerId;
	readonly seed: Uint8Array;
	readonly live: readonly HeldBlock[];
	readonly salts: boolean;
}) => Promise<ProofAnswer>;

export interface AnsweringOptions {
	readonly self: PeerId;
	/** Parent of the secret that the coins of this partner come from (Keyring.proof). */
	readonly proofKey: Uint8Array;
	readonly blocks: Pick<BlockStore, 'get' | 'list'>;
	readonly records: Records;
	readonly heads: Pick<HeldHeads, 'newest' | 'mayWrite'>;
	readonly budgets: Budgets;
	/** The agreement with an owner that is in force. */
	readonly agreementWith: (owner: PeerId) => Agreement | undefined;
	readonly prove: ProveShelf;
	/** Blocks of an owner are gone from this disk; those named are listed, and cannot be read. */
	readonly onLoss: (owner: PeerId, unreadable: readonly number[]) => void;
	readonly log: Log;
}

type From = Pick<Session, 'peer' | 'instance'>;
type Declined = Extract<Reply, { type: 'declined' }>;

export class Answering {
	readonly #options: AnsweringOptions;
	readonly #secret: Uint8Array;
	readonly #turns = new Turns<PeerId>();
	readonly #misdeeds = new Map<PeerId, Map<TossMisdeed, number>>();

	constructor(options: AnsweringOptions) {
		this.#options = options;
		this.#secret = deriveKey(options.proofKey, 'toss');
	}

	/** How often an owner broke a toss, or gave one up, since the start. */
	misdeeds(owner: PeerId): ReadonlyMap<TossMisdeed, number> {
		return this.#misdeeds.get(owner) ?? new Map();
	}

	/** Answers a toss or a reveal. Never throws for what the owner sent. */
	serve(request: TossRequest | RevealRequest, from: From): Promise<Reply> {
		return this.#turns.take(from.peer, async () => {
			const agreement = this.#options.agreementWith(from.peer);
			if (agreement === undefined) return declined('no-agreement', 'no agreement is in force');
			if (!this.#options.heads.mayWrite(from.peer, from.instance)) {
				return declined('fenced', 'a newer instance of you has taken over');
			}
			return request.type === 'toss'
				? this.#toss(request, from.peer, agreement.id)
				: this.#reveal(request, from.peer, agreement.id);
		});
	}

	async #toss(request: TossRequest, owner: PeerId, agreement: AgreementId): Promise<Reply> {
		const { records, heads, budgets } = this.#options;
		const { check, counter, shelfVersion, commitment } = request;
		const epoch = heads.newest(owner)?.head.epoch;
		if (epoch !== undefined && epochOf(counter) !== epoch) {
			return declined('conflict', `a toss of another epoch than ${epoch}`);
		}
		const held = await records.get('heldTosses', owner);
		const offer = { agreement, check, counter, shelfVersion, commitment };
		const verdict = judgeToss(held, offer);
		if (verdict.kind === 'broken') return this.#broken(owner, verdict.misdeed);
		if (verdict.kind === 'fresh') {
			const live = await this.#liveAt(owner, shelfVersion);
			if (live === 'other-state') return otherState();
			if (live === 'incomplete') return this.#lost(owner);
			if (verdict.aborted) this.#count(owner, 'aborted');
			const refusal = await budgets.check(owner, check, [keep(owner, verdict.toss)]);
			if (refusal !== undefined) return refused(refusal);
		}
		const context = this.#context(owner, offer);
		return { type: 'tossed', coin: answeringCoin(this.#secret, commitment, context) };
	}

	async #reveal(request: RevealRequest, owner: PeerId, agreement: AgreementId): Promise<Reply> {
		const { records, budgets } = this.#options;
		const held = await records.get('heldTosses', owner);
		if (held?.agreement !== agreement) return this.#broken(owner, 'unknown-reveal');
		const context = this.#context(owner, held);
		const misdeed = brokenReveal(held, request, context);
		if (misdeed !== undefined) return this.#broken(owner, misdeed);
		const { coin } = request;
		const ours = answeringCoin(this.#secret, held.commitment, context);
		const draw = drawOf(coin, ours, context);
		if (held.stage === 'revealed') {
			// Given once more, because the answer was lost or was wrong: as dear as another toss.
			const refusal = await budgets.check(owner, held.check);
			if (refusal !== undefined) return refused(refusal);
			return this.#answer(owner, held, draw, request.salts);
		}
		const live = await this.#liveAt(owner, held.shelfVersion);
		if (live === 'other-state') return otherState();
		if (live === 'incomplete') return this.#lost(owner);
		const drawn = held.check === 'block' ? live[rank(draw, live.length)]?.number : undefined;
		const toss = { ...held, stage: 'revealed' as const, ...(drawn === undefined ? {} : { drawn }) };
		await records.write([keep(owner, toss)]);
		return this.#answer(owner, toss, draw, request.salts);
	}

	async #answer(
		owner: PeerId,
		toss: HeldTossRecord,
		draw: Uint8Array,
		salts: boolean
	): Promise<Reply> {
		const { blocks, prove, log } = this.#options;
		if (toss.drawn !== undefined) {
			const record = await blocks.get(owner, toss.drawn).catch((error: unknown) => {
				log.write('error', `block ${String(toss.drawn)}: ${String(error)}`);
				return undefined;
			});
			return record === undefined ? this.#lost(owner, [toss.drawn]) : { type: 'block', record };
		}
		const live = await this.#liveAt(owner, toss.shelfVersion);
		if (live === 'other-state') return otherState();
		if (live === 'incomplete') return this.#lost(owner);
		const proven = await prove({ owner, seed: draw, live, salts });
		if (proven.kind === 'not-held') return this.#lost(owner, proven.numbers);
		return { type: 'proof', proof: proven.proof, salts: proven.salts ?? [] };
	}

	/** The live list of the state that both signed, if it is of this version and all of it is here. */
	async #liveAt(
		owner: PeerId,
		version: number
	): Promise<readonly HeldBlock[] | 'other-state' | 'incomplete'> {
		const { records, blocks } = this.#options;
		const state = await signedState(records, owner);
		if (state?.version !== version || state.liveCount === 0) return 'other-state';
		return liveList(state, await wholeShelf(blocks, owner)) ?? 'incomplete';
	}

	#context(owner: PeerId, toss: Omit<TossContext, 'owner' | 'partner'>): TossContext {
		return { ...toss, owner, partner: this.#options.self };
	}

	#broken(owner: PeerId, misdeed: TossMisdeed): Reply {
		this.#count(owner, misdeed);
		return declined('conflict', misdeedTexts[misdeed]);
	}

	#count(owner: PeerId, misdeed: TossMisdeed): void {
		const counts = this.#misdeeds.get(owner) ?? new Map<TossMisdeed, number>();
		counts.set(misdeed, (counts.get(misdeed) ?? 0) + 1);
		this.#misdeeds.set(owner, counts);
	}

	#lost(owner: PeerId, unreadable: readonly number[] = []): Reply {
		this.#options.onLoss(owner, unreadable);
		return declined('not-held', 'blocks of this shelf are lost here');
	}
}

const misdeedTexts: Readonly<Record<TossMisdeed, string>> = {
	'wrong-reveal': 'the coin is not the one committed to',
	'other-commitment': 'this counter was tossed with another commitment',
	'replayed-counter': 'a later counter was tossed already',
	'unknown-reveal': 'this was never tossed, or is over',
	aborted: 'a toss was given up'
};

function keep(owner: PeerId, put: HeldTossRecord): RecordChange {
	return { table: 'heldTosses', key: owner, put };
}

function otherState(): Reply {
	return declined('conflict', 'another state of the shelf is signed here');
}

function refused({ reason, detail }: Refusal): Reply {
	return declined(reason, detail);
}

function declined(reason: Declined['reason'], detail: string): Declined {
	return { type: 'declined', reason, detail };
}
