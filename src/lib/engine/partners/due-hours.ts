/**
 * Whether a partner is due on line: by what was learned of its week, and by what it stated in the agreement until
 * that is known. Habits change and agreements stand for years, so what was seen goes first. Pure.
 */
import type { PeerId } from '../identifiers.ts';
import type { Agreement } from './agreement.ts';
import { hourOfWeek, isDue, likelihood, type PresenceWeek } from './presence-week.ts';
import { hoursOf, statesHour } from './schedule.ts';

export type Expectation = 'due' | 'free' | 'unknown';

export function expectationOf(
	partner: PeerId,
	{ learned, agreement }: { readonly learned: PresenceWeek; readonly agreement: Agreement },
	at: number
): Expectation {
	if (likelihood(learned, at) !== undefined) return isDue(learned, at) ? 'due' : 'free';
	const side = agreement.proposer === partner ? 'proposer' : 'acceptor';
	const { week } = agreement.sides[side];
	if (hoursOf(week) === 0) return 'unknown';
	return statesHour(week, hourOfWeek(at)) ? 'due' : 'free';
}
