/** When a partner is due on line: what was seen of it goes before what it said. */
import { expect, it } from 'vitest';
import { expectationOf } from '../../../src/lib/engine/partners/due-hours.ts';
import { learn, unknownWeek } from '../../../src/lib/engine/partners/presence-week.ts';
import { statedWeek } from '../../../src/lib/engine/partners/schedule.ts';
import { agreement, high, low } from './people.ts';

const hourMs = 60 * 60_000;
const monday = Date.UTC(2026, 10, 2);
const nine = monday + 9 * hourMs;

/** An agreement in which the acceptor states Monday 9 to 10. */
const terms = agreement();
const { proposer, acceptor } = terms.sides;
const week = statedWeek(Array.from({ length: 168 }, (_, hour) => (hour === 9 ? 1 : 0)));
const stated = { ...terms, sides: { proposer, acceptor: { ...acceptor, week } } };

it('is not known of a partner that has neither stated nor shown its hours', () => {
	const about = { learned: unknownWeek(), agreement: agreement() };
	expect(expectationOf(high.peer, about, nine)).toBe('unknown');
});

it('is what the partner stated, while its habits are not known', () => {
	const about = { learned: unknownWeek(), agreement: stated };
	expect(expectationOf(high.peer, about, nine)).toBe('due');
	expect(expectationOf(high.peer, about, nine + hourMs)).toBe('free');
	expect(expectationOf(low.peer, about, nine)).toBe('unknown');
});

it('is what was seen, once it was', () => {
	let learned = unknownWeek();
	for (let hour = 0; hour < 3 * 168; hour++) {
		learned = learn(learned, monday + hour * hourMs, hour % 24 >= 12);
	}
	const about = { learned, agreement: stated };
	expect(expectationOf(high.peer, about, nine)).toBe('free');
	expect(expectationOf(high.peer, about, nine + 4 * hourMs)).toBe('due');
});
