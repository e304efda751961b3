import { describe, expect, it } from 'vitest';
import { calendarDay } from '../../../src/lib/engine/calendar-day.ts';
import { nameOf, type AgreementId } from '../../../src/lib/engine/identifiers.ts';
import type { BudgetRecord } from '../../../src/lib/engine/records.ts';
import {
	draw,
	usualSchedule,
	type BudgetTerms,
	type Drawing
} from '../../../src/lib/engine/verify/budget.ts';

const dayMs = 86_400_000;
const now = 20_000 * dayMs;
const terms: BudgetTerms = {
	agreement: nameOf<AgreementId>(new Uint8Array(16).fill(1)),
	spaceBytes: 1_000,
	commitmentEndsAt: 0,
	schedule: usualSchedule
};

/** Draws until it is refused, and returns how often that went well. */
function drawAll(drawing: Drawing, at = now, before?: BudgetRecord, t = terms): number {
	let budget = before;
	for (let times = 0; ; times++) {
		const verdict = draw(budget, drawing, t, at);
		if (verdict.kind === 'refused' || times > 1_000) return times;
		budget = verdict.budget;
	}
}

const read = (purpose: 'restore' | 'repair' | 'rehearsal', restoring = false): Drawing => ({
	kind: 'read',
	purpose,
	bytes: 100,
	restoring
});

describe('a budget', () => {
	it('has 48 proofs and eight blocks a day', () => {
		expect(drawAll({ kind: 'check', check: 'proof' })).toBe(48);
		expect(drawAll({ kind: 'check', check: 'block' })).toBe(8);
	});

	it('has a full restore a year, another two for who lost everything, three repairs a month, and a sample', () => {
		expect(drawAll(read('restore'))).toBe(10);
		expect(drawAll(read('restore', true))).toBe(20);
		expect(drawAll(read('repair'))).toBe(30);
		expect(drawAll(read('rehearsal'))).toBe(1);
	});

	it('is filled again when its day, month or year is over', () => {
		const spent: BudgetRecord = {
			agreement: terms.agreement,
			day: 20_000,
			tossedBlocks: 99,
			proofs: 99,
			month: Math.floor(20_000 / 30),
			repairBytes: 1e9,
			rehearsalBytes: 1e9,
			year: Math.floor(20_000 / 365),
			restoreBytes: 1e9,
			reserveBytes: 1e9
		};
		const proof: Drawing = { kind: 'check', check: 'proof' };
		expect([0, 1].map((days) => drawAll(proof, now + days * dayMs, spent))).toEqual([0, 48]);
		const repairs = [0, 30].map((days) => drawAll(read('repair'), now + days * dayMs, spent));
		expect(repairs).toEqual([0, 30]);
		const restores = [0, 365].map((days) => drawAll(read('restore'), now + days * dayMs, spent));
		expect(restores).toEqual([0, 10]);
	});

	it('begins anew with another agreement', () => {
		const [one, other] = [1, 2].map((n) => nameOf<AgreementId>(new Uint8Array(16).fill(n)));
		const verdict = draw(undefined, read('restore'), { ...terms, agreement: one! }, now);
		if (verdict.kind === 'refused') throw new Error('refused');
		expect(drawAll(read('restore'), now, verdict.budget, { ...terms, agreement: other! })).toBe(10);
	});

	it('refuses every read until the commitment ends, and no challenge', () => {
		const committed = { ...terms, commitmentEndsAt: now + 1 };
		for (const purpose of ['restore', 'repair', 'rehearsal'] as const) {
			expect(draw(undefined, read(purpose, true), committed, now)).toMatchObject({
				reason: 'committed',
				detail: expect.stringContaining(calendarDay(now + dayMs)) as unknown
			});
		}
		expect(drawAll({ kind: 'check', check: 'block' }, now, undefined, committed)).toBe(8);
	});

	it('does not lock an owner out when the clock was ahead for a while', () => {
		const ahead = draw(undefined, read('restore'), terms, now + 4_000 * dayMs);
		if (ahead.kind === 'refused') throw new Error('refused');
		expect(drawAll(read('restore'), now, ahead.budget)).toBe(10);
	});
});

it('names days as a calendar does', () => {
	for (let day = -200_000; day < 200_000; day += 97) {
		const ms = day * dayMs + 3_600_000;
		expect(calendarDay(ms)).toBe(new Date(ms).toISOString().slice(0, 10));
	}
});
