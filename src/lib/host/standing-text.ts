/** How a partner stands, in plain words: what happened, what it means, what follows. */
import type { Standing } from '../engine/verify/standing.ts';
import type { RenegeReason } from '../engine/verify/account.ts';
import type { Notice } from '../engine/verify/notice.ts';

const dayMs = 24 * 60 * 60_000;

export function many(number: number, one: string, more: string): string {
	return `${number.toLocaleString('en')} ${number === 1 ? one : more}`;
}

/** At least one day: less is not spoken of. */
export function days(ms: number): string {
	return many(Math.max(1, Math.round(ms / dayMs)), 'day', 'days');
}

/** What a partner did, as a sentence about it without its name: '… did not answer for 14 days'. */
export function deed(reason: RenegeReason, ms: number): string {
	switch (reason) {
		case 'silent':
			return `did not answer for ${days(ms)}`;
		case 'wrong-answers':
			return 'could not show what it should hold';
		case 'cheated-toss':
			return 'cheated in the draw of what it has to show';
		case 'missed-checks':
			return 'missed more than 40 % of its checks in 60 days';
		case 'losses':
			return 'lost what it held more than twice in half a year';
	}
}

/** What follows from a warning, for the person whose data lies there. */
export function warningOf(reason: RenegeReason): string {
	switch (reason) {
		case 'silent':
			return 'has been away for half of what is forgiven. Nothing is lost; if it stays away as long again, Holdfast asks somebody else.';
		case 'wrong-answers':
			return 'could not show what it should hold. Holdfast asks again; if it stays so, somebody else gets its part within a day.';
		case 'cheated-toss':
			return 'cheated in the draw of what it has to show. If it does so again, Holdfast asks somebody else.';
		case 'missed-checks':
			return 'misses more than 40 % of its checks. If it does not mend that in three days, Holdfast asks somebody else.';
		case 'losses':
			return 'lost what it held for the second time in half a year. After a third time Holdfast asks somebody else.';
	}
}

/** One line for the list of partners. */
export function standingLine(standing: Standing, connected: boolean): string | undefined {
	switch (standing.kind) {
		case 'held':
			return standing.warned === undefined ? undefined : `Warned: it ${warningOf(standing.warned)}`;
		case 'overdue':
			return connected
				? 'It is back, and still has to show what it holds.'
				: `Nothing is lost. If it is not back in ${days(standing.leftMs)}, Holdfast asks somebody else.`;
		case 'loss-declared':
			return `It said that it lost ${many(standing.blocks, 'block', 'blocks')} of yours. They are made again.`;
		case 'reneged':
			return undefined;
	}
}

/** What a partner blames this peer for, and what it means. */
export function noticeText(name: string, notice: Notice): string {
	const yours = own(notice.reason, notice.at - notice.since);
	return notice.kind === 'warning'
		? `${name} says that you ${yours}. Keep Holdfast open where you can; else it asks somebody else, and your part there goes to another partner.`
		: `${name} says that you ${yours}, and ended the partnership. Your files stay safe with the others; Holdfast looks for a new partner by itself.`;
}

function own(reason: RenegeReason, ms: number): string {
	switch (reason) {
		case 'wrong-answers':
			return 'could not show what you should hold for it';
		case 'losses':
			return 'lost what you held for it more than twice in half a year';
		case 'missed-checks':
			return 'missed more than 40 % of your checks in 60 days';
		default:
			return deed(reason, ms);
	}
}
