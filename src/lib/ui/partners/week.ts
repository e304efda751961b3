/** When a partner is usually on line, as it is drawn and said. Pure; the zone of the person is an argument. */

const hoursOfDay = 24;
const dayNames = [
	'Monday',
	'Tuesday',
	'Wednesday',
	'Thursday',
	'Friday',
	'Saturday',
	'Sunday'
] as const;
/** Hours in which it is there more often than not. */
const usual = 0.5;

/** The week as the person's clock has it: 7 days of 24 hours. `offsetMinutes` is what that clock is ahead of UTC. */
export function localWeek(
	hours: readonly number[],
	offsetMinutes: number
): readonly (readonly number[])[] {
	const ahead = Math.round(offsetMinutes / 60);
	const local = hours.map((_, hour) => hours.at((hour - ahead) % hours.length) ?? 0);
	return dayNames.map((_, day) => local.slice(day * hoursOfDay, (day + 1) * hoursOfDay));
}

/** 'Monday to Friday 9–18, Saturday 10–12; otherwise hardly ever.' */
export function weekSentence(days: readonly (readonly number[])[]): string {
	const said: { from: number; to: number; times: string }[] = [];
	for (const [day, hours] of days.entries()) {
		const times = ranges(hours);
		const last = said.at(-1);
		if (last?.times === times) last.to = day;
		else said.push({ from: day, to: day, times });
	}
	const there = said.filter(({ times }) => times !== '');
	if (there.length === 0) return 'Hardly ever at the same hours.';
	const parts = there.map(({ from, to, times }) => `${span(from, to)} ${times}`);
	return `Usually on line ${parts.join(', ')}${there.length < said.length ? '; otherwise hardly ever' : ''}.`;
}

function ranges(hours: readonly number[]): string {
	const found: string[] = [];
	let from: number | undefined;
	for (let hour = 0; hour <= hoursOfDay; hour++) {
		const there = (hours[hour] ?? 0) >= usual;
		if (there) from ??= hour;
		else if (from !== undefined) {
			found.push(from === 0 && hour === hoursOfDay ? 'all day' : `${from}–${hour}`);
			from = undefined;
		}
	}
	return found.join(' and ');
}

function span(from: number, to: number): string {
	const [first, last] = [dayNames[from] ?? '', dayNames[to] ?? ''];
	if (from === to) return first;
	return from === 0 && to === 6 ? 'every day' : `${first} to ${last}`;
}
