/** What a partner's standing becomes, case by case. Times are those of the watch; grace is the usual 14 days. */
import { describe, expect, it } from 'vitest';
import {
	freshAccount,
	withoutChecks,
	type Account,
	type StandingNews
} from '../../../src/lib/engine/verify/account.ts';
import type { Observation } from '../../../src/lib/engine/verify/observation.ts';
import { observe, standingOf } from '../../../src/lib/engine/verify/standing.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const policy = { graceMs: 14 * dayMs };
const began = Date.UTC(2026, 10, 2);

/** A partner, and what was told of it. */
class Story {
	account: Account = freshAccount;
	time = 0;
	due = true;
	readonly told: StandingNews[] = [];

	/** One observation an hour, for so long. */
	for(ms: number, observation: Observation): this {
		for (let passed = 0; passed < ms; passed += hourMs) {
			this.time += hourMs;
			this.once(observation);
		}
		return this;
	}

	once(observation: Observation): this {
		const observed = { at: began + this.time, observation };
		const outcome = observe(this.account, { observed, time: this.time, due: this.due }, policy);
		this.account = outcome.account;
		this.told.push(...outcome.news);
		return this;
	}

	pass(ms: number): this {
		this.time += ms;
		return this;
	}

	get standing() {
		return standingOf(this.account, policy);
	}

	kinds(): readonly string[] {
		return this.told.map((news) => ('reason' in news ? `${news.kind} ${news.reason}` : news.kind));
	}
}

const away: Observation = { kind: 'away' };
const seen: Observation = { kind: 'seen' };
const passed: Observation = { kind: 'passed', check: 'proof' };
const unanswered: Observation = { kind: 'unanswered', check: 'proof' };
const wrong: Observation = { kind: 'failed', check: 'proof', why: 'wrong-answer' };
const cheated: Observation = { kind: 'failed', check: 'block', why: 'cheated-toss' };
const loss: Observation = { kind: 'loss-declared', blocks: 12 };

describe('a partner that is away', () => {
	it('is not spoken of for a weekend', () => {
		const story = new Story().for(64 * hourMs, away).once(seen);
		expect(story.told).toEqual([]);
		expect(story.standing).toEqual({ kind: 'held', warned: undefined });
	});

	it('is overdue after a quarter of grace, warned after half, and reneges when grace is over', () => {
		const story = new Story().for(4 * dayMs, away);
		expect(story.standing).toMatchObject({ kind: 'overdue', warned: false });
		story.for(4 * dayMs, away);
		expect(story.standing).toMatchObject({ kind: 'overdue', warned: true });
		story.for(7 * dayMs, away);
		expect(story.kinds()).toEqual(['overdue', 'warned silent', 'reneged']);
		expect(story.standing).toEqual({
			kind: 'reneged',
			reason: 'silent',
			at: began + hourMs + 14 * dayMs,
			forMs: 14 * dayMs
		});
	});

	it('is forgiven a holiday of ten days, and told as returned', () => {
		const story = new Story()
			.for(30 * dayMs, passed)
			.for(10 * dayMs, away)
			.for(2 * hourMs, passed);
		expect(story.kinds()).toEqual(['overdue', 'warned silent', 'returned']);
		expect(story.standing).toEqual({ kind: 'held', warned: undefined });
	});

	it('is not let go by one look after a long time: the warning comes first', () => {
		const story = new Story()
			.once(away)
			.pass(20 * dayMs)
			.once(away);
		expect(story.kinds()).toEqual(['overdue', 'warned silent']);
		story.pass(3 * dayMs).once(away);
		expect(story.standing.kind).toBe('overdue');
		story.pass(dayMs).once(away);
		expect(story.standing.kind).toBe('reneged');
	});
});

describe('a check that waits for an answer', () => {
	it('counts as absence, however often the partner shows itself', () => {
		const story = new Story().once(unanswered);
		for (let day = 0; day < 15; day++) story.pass(dayMs).once(seen).once(unanswered);
		expect(story.standing).toMatchObject({ kind: 'reneged', reason: 'silent' });
	});

	it('is not answered by passing the other one', () => {
		const story = new Story().once({ kind: 'unanswered', check: 'block' });
		for (let day = 0; day < 8; day++) {
			story.pass(dayMs).once(passed).once({ kind: 'unanswered', check: 'block' });
		}
		expect(story.standing).toMatchObject({ kind: 'overdue', warned: true });
		story.once({ kind: 'passed', check: 'block' });
		expect(story.standing.kind).toBe('held');
	});

	it('is held against nobody while it is not asked again', () => {
		const story = new Story()
			.once(unanswered)
			.pass(30 * dayMs)
			.once(seen);
		expect(story.standing.kind).toBe('held');
	});

	it('is gone when nothing of ours lies there any more', () => {
		const story = new Story().once(unanswered).for(5 * dayMs, away);
		story.account = withoutChecks(story.account);
		story.once(seen);
		expect(story.standing.kind).toBe('held');
	});
});

describe('a partner that answers wrongly', () => {
	it('is warned at the first, and let go within a day when its answers stay wrong', () => {
		const story = new Story().once(wrong);
		expect(story.kinds()).toEqual(['warned wrong-answers']);
		story.for(11 * hourMs, wrong);
		expect(story.standing).toMatchObject({ kind: 'held', warned: 'wrong-answers' });
		story.for(hourMs, wrong);
		expect(story.standing).toMatchObject({ kind: 'reneged', reason: 'wrong-answers' });
	});

	it('is not cleared by passing now and then', () => {
		const story = new Story();
		for (let i = 0; i < 3; i++) story.for(6 * hourMs, passed).once(wrong);
		expect(story.standing).toMatchObject({ kind: 'reneged', reason: 'wrong-answers' });
	});

	it('is refilled instead when it declares the loss after the warning', () => {
		const story = new Story().once(wrong).pass(hourMs).once(wrong).once(loss);
		expect(story.standing).toEqual({ kind: 'loss-declared', at: began + hourMs, blocks: 12 });
		story.for(2 * dayMs, passed);
		expect(story.standing).toEqual({ kind: 'held', warned: undefined });
	});

	it('is forgiven one wrong answer after two weeks without another', () => {
		const story = new Story().once(wrong).for(15 * dayMs, passed);
		expect(story.standing).toEqual({ kind: 'held', warned: undefined });
	});
});

describe('a partner that cheats in the toss', () => {
	it('is warned once', () => {
		const story = new Story().once(cheated).for(6 * hourMs, cheated);
		expect(story.kinds()).toEqual(['warned cheated-toss']);
	});

	it('is let go when it does it again, weeks later and in spite of passing', () => {
		const story = new Story().once(cheated).for(21 * dayMs, {
			kind: 'passed',
			check: 'block'
		});
		expect(story.once(cheated).standing).toMatchObject({ kind: 'reneged', reason: 'cheated-toss' });
	});
});

describe('a partner that declares loss', () => {
	it('is refilled twice, warned at the second, and let go at the third', () => {
		const story = new Story().once(loss).for(40 * dayMs, passed);
		expect(story.kinds()).toEqual(['loss-declared']);
		story.once(loss).for(40 * dayMs, passed);
		expect(story.kinds()).toEqual(['loss-declared', 'loss-declared', 'warned losses']);
		story.once(loss);
		expect(story.standing).toMatchObject({ kind: 'reneged', reason: 'losses' });
	});

	it('may say it several times on one day', () => {
		const story = new Story().once(loss).pass(hourMs).once(loss).pass(hourMs).once(loss);
		expect(story.standing).toMatchObject({ kind: 'loss-declared', blocks: 36 });
	});

	it('begins anew after half a year', () => {
		const story = new Story()
			.once(loss)
			.for(100 * dayMs, passed)
			.once(loss)
			.for(100 * dayMs, passed);
		expect(story.once(loss).standing.kind).toBe('loss-declared');
	});
});

describe('a partner that misses its checks', () => {
	/** So many days on which it answers in some of the due hours. */
	function days(story: Story, count: number, kept: number, missed: number): Story {
		for (let day = 0; day < count; day++) {
			story.for(missed * hourMs, away).for(kept * hourMs, passed);
			story.pass((24 - kept - missed) * hourMs);
		}
		return story;
	}

	it('is warned after 40 days of missing more than 40 %, and let go when it goes on', () => {
		const story = days(new Story(), 39, 4, 6);
		expect(story.told).toEqual([]);
		days(story, 3, 4, 6);
		expect(story.kinds()).toEqual(['warned missed-checks']);
		days(story, 3, 4, 6);
		expect(story.standing).toMatchObject({ kind: 'reneged', reason: 'missed-checks' });
	});

	it('is cleared when it mends its ways after the warning', () => {
		const story = days(new Story(), 42, 5, 4);
		expect(story.standing).toMatchObject({ kind: 'held', warned: 'missed-checks' });
		days(story, 8, 9, 0);
		expect(story.standing).toEqual({ kind: 'held', warned: undefined });
	});

	it('is held to the hours only in which it is due', () => {
		const story = new Story();
		for (let day = 0; day < 60; day++) {
			story.due = false;
			story.for(20 * hourMs, away);
			story.due = true;
			story.for(4 * hourMs, passed);
		}
		expect(story.told).toEqual([]);
	});

	it('that answers one check every 13 days is let go', () => {
		const story = new Story();
		for (let i = 0; i < 5; i++) story.for(13 * dayMs, away).for(hourMs, passed);
		expect(story.standing).toMatchObject({ kind: 'reneged', reason: 'missed-checks' });
	});
});

it('nothing changes once a partner has reneged', () => {
	const story = new Story().for(15 * dayMs, away);
	const { account } = story;
	story.once(passed).once(wrong).once(loss);
	expect(story.account).toBe(account);
});
