/**
 * What an owner may draw from a partner (design section 6; docs/protocol/challenges.md): challenges, and reads of
 * blocks by their purpose. Budgets make a partner useless as a file server, and a relay expensive: it would have to
 * draw half a shelf to answer for one block of somebody else's choice. Pure.
 */
import { calendarDay } from '../calendar-day.ts';
import type { AgreementId } from '../identifiers.ts';
import type { BudgetRecord } from '../records.ts';
import type { ReadPurpose } from '../wire/messages.ts';
import type { Check } from './observation.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const monthMs = 30 * dayMs;
const yearMs = 365 * dayMs;

/** How often each check is made. */
export interface CheckSchedule {
	readonly proofEveryMs: number;
	readonly blockEveryMs: number;
}

/** Proofs hourly, retrieve-and-check daily. */
export const usualSchedule: CheckSchedule = { proofEveryMs: hourMs, blockEveryMs: dayMs };

/** What an owner may draw: the agreement's terms, as one side sees them. */
export interface BudgetTerms {
	readonly agreement: AgreementId;
	/** Space that was agreed. */
	readonly spaceBytes: number;
	/** When nothing but challenges stops to be honoured. Milliseconds since the Unix epoch. */
	readonly commitmentEndsAt: number;
	readonly schedule: CheckSchedule;
}

export type Drawing =
	| { readonly kind: 'check'; readonly check: Check }
	| {
			readonly kind: 'read';
			readonly purpose: ReadPurpose;
			readonly bytes: number;
			/** By an instance that has not taken over: it has lost its disk. */
			readonly restoring: boolean;
	  };

export type DrawVerdict =
	| { readonly kind: 'drawn'; readonly budget: BudgetRecord }
	| { readonly kind: 'refused'; readonly reason: 'committed' | 'spent'; readonly detail: string };

/** Proofs that are answered, in multiples of those that are due: 48 a day. More of them would leak content in time. */
const proofsFactor = 2;
/** Blocks that are tossed for, in multiples of those that are due: repetitions and aborted tosses count too. */
const blocksFactor = 8;
/** Reads, in multiples of the agreed space. The owner at its own machine restores everything once a year ... */
const restoresAYear = 1;
/** ... and one that lost its disk once more, and again where the first attempt broke off. Nothing else draws on it. */
const reserveRestores = 2;
/** To make up the blocks of lost partners: the paper's quota (section 3.3), three times the space. */
const repairsAMonth = 3;
const rehearsalsAMonth = 1 / 8;

/** Draws from what is left, or says from when on it is honoured. */
export function draw(
	before: BudgetRecord | undefined,
	drawing: Drawing,
	terms: BudgetTerms,
	now: number
): DrawVerdict {
	const budget = current(before, terms.agreement, now);
	return drawing.kind === 'check'
		? drawCheck(budget, drawing.check, terms)
		: drawRead(budget, drawing, terms, now);
}

function drawCheck(budget: BudgetRecord, check: Check, { schedule }: BudgetTerms): DrawVerdict {
	const { proofEveryMs, blockEveryMs } = schedule;
	if (check === 'proof') {
		const proofs = budget.proofs + 1;
		const spent = proofs > (proofsFactor * dayMs) / proofEveryMs;
		return spent ? tomorrow(budget) : { kind: 'drawn', budget: { ...budget, proofs } };
	}
	const tossedBlocks = budget.tossedBlocks + 1;
	const spent = tossedBlocks > (blocksFactor * dayMs) / blockEveryMs;
	return spent ? tomorrow(budget) : { kind: 'drawn', budget: { ...budget, tossedBlocks } };
}

function drawRead(
	budget: BudgetRecord,
	{ purpose, bytes, restoring }: Extract<Drawing, { kind: 'read' }>,
	{ spaceBytes, commitmentEndsAt }: BudgetTerms,
	now: number
): DrawVerdict {
	if (now < commitmentEndsAt) {
		const from = calendarDay(commitmentEndsAt + dayMs - 1);
		return {
			kind: 'refused',
			reason: 'committed',
			detail: `nothing but challenges is answered before ${from}`
		};
	}
	const { account, factor, nextAt } = accountFor(purpose, restoring, budget);
	const drawn = budget[account] + bytes;
	if (drawn > factor * spaceBytes) return spentUntil(nextAt, `${purpose}s`);
	return { kind: 'drawn', budget: { ...budget, [account]: drawn } };
}

interface Account {
	readonly account: 'restoreBytes' | 'reserveBytes' | 'repairBytes' | 'rehearsalBytes';
	readonly factor: number;
	/** When it is filled again. */
	readonly nextAt: number;
}

function accountFor(purpose: ReadPurpose, restoring: boolean, budget: BudgetRecord): Account {
	const nextMonth = (budget.month + 1) * monthMs;
	const nextYear = (budget.year + 1) * yearMs;
	switch (purpose) {
		case 'restore':
			return restoring
				? { account: 'reserveBytes', factor: reserveRestores, nextAt: nextYear }
				: { account: 'restoreBytes', factor: restoresAYear, nextAt: nextYear };
		case 'repair':
			return { account: 'repairBytes', factor: repairsAMonth, nextAt: nextMonth };
		case 'rehearsal':
			return { account: 'rehearsalBytes', factor: rehearsalsAMonth, nextAt: nextMonth };
	}
}

function tomorrow({ day }: BudgetRecord): DrawVerdict {
	return spentUntil((day + 1) * dayMs, 'challenges of the day');
}

function spentUntil(at: number, what: string): DrawVerdict {
	const detail = `the budget for ${what} is used up until ${calendarDay(at)}`;
	return { kind: 'refused', reason: 'spent', detail };
}

/** A window that is over begins anew; so does one that lies ahead, because the clock was wrong. */
function current(
	before: BudgetRecord | undefined,
	agreement: AgreementId,
	now: number
): BudgetRecord {
	const day = Math.floor(now / dayMs);
	const month = Math.floor(now / monthMs);
	const year = Math.floor(now / yearMs);
	const kept = before?.agreement === agreement ? before : undefined;
	return {
		agreement,
		day,
		tossedBlocks: kept?.day === day ? kept.tossedBlocks : 0,
		proofs: kept?.day === day ? kept.proofs : 0,
		month,
		repairBytes: kept?.month === month ? kept.repairBytes : 0,
		rehearsalBytes: kept?.month === month ? kept.rehearsalBytes : 0,
		year,
		restoreBytes: kept?.year === year ? kept.restoreBytes : 0,
		reserveBytes: kept?.year === year ? kept.reserveBytes : 0
	};
}
