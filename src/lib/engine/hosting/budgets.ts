/**
 * Keeps account of what each owner draws from this partner (engine/verify/budget.ts decides). A draw is on disk before
 * it is honoured. Reads are drawn ahead in pieces of 16 MiB, so that a restore does not wait for a record at each
 * block; what a crash leaves of a piece is lost to the owner.
 */
import type { PeerId } from '../identifiers.ts';
import type { Clock, RecordChange, Records } from '../ports.ts';
import type { Agreement } from '../partners/agreement.ts';
import { Turns } from '../turns.ts';
import {
	draw,
	type BudgetTerms,
	type CheckSchedule,
	type Drawing,
	type DrawVerdict
} from '../verify/budget.ts';
import type { Check } from '../verify/observation.ts';

export interface BudgetsOptions {
	readonly clock: Pick<Clock, 'now'>;
	readonly records: Records;
	/** The agreement with an owner, in force or ended; undefined when this disk has lost it. */
	readonly agreementWith: (owner: PeerId) => Agreement | undefined;
	readonly schedule: CheckSchedule;
}

type ReadDrawing = Extract<Drawing, { kind: 'read' }>;
export type Refusal = Extract<DrawVerdict, { kind: 'refused' }>;

const aheadBytes = 16 * 1024 * 1024;

export class Budgets {
	readonly #options: BudgetsOptions;
	/** Bytes that were drawn ahead, by owner and account. */
	readonly #ahead = new Map<string, number>();
	readonly #turns = new Turns<PeerId>();

	constructor(options: BudgetsOptions) {
		this.#options = options;
	}

	/** Draws the bytes of one block to be read. Undefined when they may be read, else why not. */
	read(owner: PeerId, read: Omit<ReadDrawing, 'kind'>): Promise<Refusal | undefined> {
		return this.#turns.take(owner, () => this.#read(owner, { kind: 'read', ...read }));
	}

	/** Draws one challenge, together with what else must be on disk before it is answered. */
	check(
		owner: PeerId,
		check: Check,
		changes: readonly RecordChange[] = []
	): Promise<Refusal | undefined> {
		return this.#turns.take(owner, async () => {
			const verdict = await this.#judge(owner, { kind: 'check', check });
			if (verdict?.kind === 'refused') return verdict;
			await this.#write(owner, verdict, changes);
			return undefined;
		});
	}

	async #read(owner: PeerId, drawing: ReadDrawing): Promise<Refusal | undefined> {
		const { purpose, restoring, bytes } = drawing;
		const account = `${owner}/${purpose}/${String(restoring)}`;
		const ahead = this.#ahead.get(account) ?? 0;
		if (ahead >= bytes) {
			this.#ahead.set(account, ahead - bytes);
			return undefined;
		}
		const generous = Math.max(bytes, aheadBytes);
		let verdict = await this.#judge(owner, { ...drawing, bytes: generous });
		const drawn = verdict?.kind === 'refused' ? bytes : generous;
		if (verdict?.kind === 'refused') verdict = await this.#judge(owner, drawing);
		if (verdict?.kind === 'refused') return verdict;
		await this.#write(owner, verdict, []);
		this.#ahead.set(account, ahead + drawn - bytes);
		return undefined;
	}

	/** Undefined without an agreement: what lies here is a leftover, and its owner may have it back. */
	async #judge(owner: PeerId, drawing: Drawing): Promise<DrawVerdict | undefined> {
		const { clock, records, agreementWith, schedule } = this.#options;
		const agreement = agreementWith(owner);
		if (agreement === undefined) return undefined;
		const before = await records.get('budgets', owner);
		return draw(before, drawing, termsOf(agreement, schedule), clock.now());
	}

	async #write(
		owner: PeerId,
		verdict: Exclude<DrawVerdict, Refusal> | undefined,
		changes: readonly RecordChange[]
	): Promise<void> {
		const drawn: readonly RecordChange[] =
			verdict === undefined ? [] : [{ table: 'budgets', key: owner, put: verdict.budget }];
		const all = [...drawn, ...changes];
		if (all.length > 0) await this.#options.records.write(all);
	}
}

/** The budgets that an agreement gives. */
export function termsOf(agreement: Agreement, schedule: CheckSchedule): BudgetTerms {
	return {
		agreement: agreement.id,
		spaceBytes: agreement.spaceBytes,
		commitmentEndsAt: agreement.createdAt + agreement.commitmentMs,
		schedule
	};
}
