/**
 * What must hold of standings whatever happens: who follows its schedule is never let go, whatever clocks, holidays and
 * outages do; nobody is let go without a warning before; and a peer that restarts at any moment judges the same.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { freshAccount, type Account } from '../../../src/lib/engine/verify/account.ts';
import type {
	Check,
	FailedCheck,
	Observation
} from '../../../src/lib/engine/verify/observation.ts';
import { observe, standingOf } from '../../../src/lib/engine/verify/standing.ts';
import { freshWatch, look, type Watch } from '../../../src/lib/engine/verify/watch.ts';
import { isDue, learn, unknownWeek } from '../../../src/lib/engine/partners/presence-week.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const graceMs = 14 * dayMs;
const start = Date.UTC(2026, 10, 2);

/** What happens in a stretch of hours at the peer that judges. */
type Stretch =
	| { readonly kind: 'running' | 'off' | 'own outage'; readonly hours: number }
	| { readonly kind: 'clock jump'; readonly ms: number };

const hours = fc.integer({ min: 1, max: 120 });
const stretch: fc.Arbitrary<Stretch> = fc.oneof(
	{ weight: 8, arbitrary: fc.record({ kind: fc.constant('running' as const), hours }) },
	{ weight: 2, arbitrary: fc.record({ kind: fc.constant('off' as const), hours }) },
	{ weight: 2, arbitrary: fc.record({ kind: fc.constant('own outage' as const), hours }) },
	{
		weight: 1,
		arbitrary: fc.record({
			kind: fc.constant('clock jump' as const),
			ms: fc.integer({ min: -400 * dayMs, max: 400 * dayMs })
		})
	}
);

interface Habits {
	/** It is there from this hour of the day, for so many hours; on how many days of the week. */
	readonly from: number;
	readonly length: number;
	readonly days: number;
	/** A holiday of so many days, every 60 days. */
	readonly holiday: number;
}

const habits: fc.Arbitrary<Habits> = fc.record({
	from: fc.integer({ min: 0, max: 23 }),
	length: fc.integer({ min: 6, max: 24 }),
	days: fc.integer({ min: 5, max: 7 }),
	holiday: fc.integer({ min: 0, max: 10 })
});

/** Whether an honest partner is there at a true hour, counted from a Monday 0:00. */
function isThere({ from, length, days, holiday }: Habits, hour: number): boolean {
	const day = Math.floor(hour / 24);
	if (day % 60 >= 60 - holiday) return false;
	if (day % 7 >= days) return false;
	return (hour - from + 24) % 24 < length;
}

/** The peer that judges, as it is stored. */
interface Judge {
	readonly account: Account;
	readonly watch: Watch;
	readonly told: readonly string[];
}

function judged(judge: Judge, at: number, observation: Observation, due: boolean): Judge {
	const sighting = { observed: { at, observation }, time: judge.watch.countedMs, due };
	const { account, news } = observe(judge.account, sighting, { graceMs });
	return { ...judge, account, told: [...judge.told, ...news.map(({ kind }) => kind)] };
}

it('never lets an honest partner go that follows its schedule', () => {
	let overdue = 0;
	fc.assert(
		fc.property(
			habits,
			fc.array(stretch, { minLength: 10, maxLength: 60 }),
			(partner, stretches) => {
				let judge: Judge = { account: freshAccount, watch: freshWatch, told: [] };
				let week = unknownWeek();
				let hour = 0;
				let skew = 0;
				for (const each of stretches) {
					if (each.kind === 'clock jump') {
						skew += each.ms;
						continue;
					}
					for (let i = 0; i < each.hours; i++, hour++) {
						if (each.kind === 'off') continue;
						const at = start + hour * hourMs + skew;
						const good = each.kind === 'running';
						judge = { ...judge, watch: look(judge.watch, { now: at, good, everyMs: hourMs }) };
						if (!good) continue;
						const there = isThere(partner, hour);
						const due = isDue(week, at);
						week = learn(week, at, there);
						const found: Observation = there
							? { kind: 'passed', check: 'proof' }
							: { kind: 'away' };
						judge = judged(judge, at, found, due);
					}
				}
				if (judge.told.includes('overdue')) overdue++;
				expect(standingOf(judge.account, { graceMs }).kind).not.toBe('reneged');
			}
		),
		{ numRuns: 150 }
	);
	expect(overdue).toBeGreaterThan(0);
});

const check = fc.constantFrom<Check>('proof', 'block');
const anything: fc.Arbitrary<Observation> = fc.oneof(
	fc.constant<Observation>({ kind: 'seen' }),
	fc.constant<Observation>({ kind: 'away' }),
	fc.record({ kind: fc.constant('passed' as const), check }),
	fc.record({ kind: fc.constant('unanswered' as const), check }),
	fc.record({
		kind: fc.constant('failed' as const),
		check,
		why: fc.constantFrom<FailedCheck>('wrong-answer', 'not-held', 'cheated-toss')
	}),
	fc.record({
		kind: fc.constant('loss-declared' as const),
		blocks: fc.integer({ min: 1, max: 99 })
	})
);

const history = fc.array(
	fc.record({
		observation: anything,
		afterMs: fc.integer({ min: 0, max: 3 * dayMs }),
		due: fc.boolean()
	}),
	{ minLength: 1, maxLength: 120 }
);

it('warns before every sanction, for the same reason', () => {
	let reneged = 0;
	fc.assert(
		fc.property(history, (steps) => {
			let account: Account = freshAccount;
			let time = 0;
			const warned = new Map<string, number>();
			for (const { observation, afterMs, due } of steps) {
				time += afterMs;
				const sighting = { observed: { at: start + time, observation }, time, due };
				const outcome = observe(account, sighting, { graceMs });
				account = outcome.account;
				for (const news of outcome.news) {
					if (news.kind === 'warned') warned.set(news.reason, time);
					if (news.kind !== 'reneged') continue;
					reneged++;
					expect(warned.get(news.account.reason)).toBeLessThan(time);
				}
			}
		}),
		{ numRuns: 300 }
	);
	expect(reneged).toBeGreaterThan(10);
});

it('judges the same when it restarts at any moment', () => {
	fc.assert(
		fc.property(history, fc.nat(), (steps, seed) => {
			const straight = run(steps, () => false);
			const restarted = run(steps, (step) => (seed >> (step % 30)) % 2 === 1);
			expect(restarted).toEqual(straight);
		})
	);
});

function run(
	steps: readonly { observation: Observation; afterMs: number; due: boolean }[],
	restarts: (step: number) => boolean
): unknown {
	let account: Account = freshAccount;
	let time = 0;
	return steps.map(({ observation, afterMs, due }, step) => {
		time += afterMs;
		const sighting = { observed: { at: start + time, observation }, time, due };
		const outcome = observe(account, sighting, { graceMs });
		account = restarts(step) ? structuredClone(outcome.account) : outcome.account;
		return outcome;
	});
}

it('stays small, however long it runs', () => {
	fc.assert(
		fc.property(anything, (observation) => {
			let account: Account = freshAccount;
			for (let hour = 0; hour < 3000; hour++) {
				const observed = { at: start + hour * hourMs, observation };
				account = observe(
					account,
					{ observed, time: hour * hourMs, due: true },
					{
						graceMs: Infinity
					}
				).account;
			}
			expect(JSON.stringify(account).length).toBeLessThan(2000);
		}),
		{ numRuns: 20 }
	);
});
