/**
 * When a peer is usually on line: one number for each of the 168 hours of a week, learned from what is seen (patent step
 * 272: the on-line schedule). Hours are those of UTC, beginning with Monday 0:00, so that two peers mean the same.
 * Pure and small: 336 bytes a peer, whatever the years.
 */

export const hoursOfWeek = 168;
const hourMs = 60 * 60_000;
/** 1 January 1970 was a Thursday: three days after a Monday. */
const epochHour = 3 * 24;

export interface PresenceWeek {
	/** For each hour how likely the peer is there: 0 never, 255 always. */
	readonly share: Uint8Array;
	/** For each hour how many weeks were seen, at most `weeksMax`. */
	readonly weeks: Uint8Array;
	/** The hour that was learned last, since the Unix epoch: an hour is learned once. */
	readonly lastHour: number;
}

/** A week weighs an eighth at least, so that habits are learned anew within two months. */
const weeksMax = 8;
/** An hour is known when it was seen in so many weeks. */
const weeksKnown = 2;
/** Hours in which a peer is there more often than not are usual. */
const usualShare = 128;
/** A partner is expected for 4 hours a day at least, whatever it is used to. */
export const dueHoursMin = 28;

export function unknownWeek(): PresenceWeek {
	const share = new Uint8Array(hoursOfWeek);
	return { share, weeks: new Uint8Array(hoursOfWeek), lastHour: -1 };
}

/** The hour of the week that contains `at`, 0 to 167. */
export function hourOfWeek(at: number): number {
	const hour = (Math.floor(at / hourMs) + epochHour) % hoursOfWeek;
	return hour < 0 ? hour + hoursOfWeek : hour;
}

/** The week after a look at the hour that contains `at`; of several looks in one hour the first counts. */
export function learn(week: PresenceWeek, at: number, there: boolean): PresenceWeek {
	const lastHour = Math.floor(at / hourMs);
	if (lastHour === week.lastHour) return week;
	const hour = hourOfWeek(at);
	const seen = Math.min((week.weeks[hour] ?? 0) + 1, weeksMax);
	const before = week.share[hour] ?? 0;
	const share = week.share.slice();
	const weeks = week.weeks.slice();
	share[hour] = Math.round(before + ((there ? 255 : 0) - before) / seen);
	weeks[hour] = seen;
	return { share, weeks, lastHour };
}

/** How likely the peer is there at this hour, 0 to 1; undefined while that is not known. */
export function likelihood(week: PresenceWeek, at: number): number | undefined {
	const hour = hourOfWeek(at);
	return isKnown(week, hour) ? (week.share[hour] ?? 0) / 255 : undefined;
}

/** The whole week, 0 to 1 an hour; hours that are not known are 0. */
export function hoursOf(week: PresenceWeek): readonly number[] {
	return Array.from(week.share, (share, hour) => (isKnown(week, hour) ? share / 255 : 0));
}

/** How many hours of the week are known. */
export function knownHours(week: PresenceWeek): number {
	return week.weeks.reduce((sum, weeks) => sum + (weeks >= weeksKnown ? 1 : 0), 0);
}

/**
 * Whether the peer is due on line at this hour: one that is usual for it. Of a peer that is usually there for less
 * than 28 hours a week, its 28 likeliest are taken, but never more than half of those that are known, so that nobody
 * escapes judgement by hardly ever coming.
 */
export function isDue(week: PresenceWeek, at: number): boolean {
	const hour = hourOfWeek(at);
	if (!isKnown(week, hour)) return false;
	const share = week.share[hour] ?? 0;
	if (share >= usualShare) return true;
	const least = Math.min(dueHoursMin, Math.floor(knownHours(week) / 2));
	return likelierHours(week, hour, share) < least;
}

/** How many known hours go before this one when the likeliest are chosen; of equal ones the earlier. */
function likelierHours(week: PresenceWeek, hour: number, share: number): number {
	let before = 0;
	for (let other = 0; other < hoursOfWeek; other++) {
		if (other === hour || !isKnown(week, other)) continue;
		const its = week.share[other] ?? 0;
		if (its > share || (its === share && other < hour)) before++;
	}
	return before;
}

function isKnown(week: PresenceWeek, hour: number): boolean {
	return (week.weeks[hour] ?? 0) >= weeksKnown;
}

/** The hours between two looks, the first not included: for the week of a peer itself, which was off then. At most one week. */
export function hoursBetween(from: number, to: number): readonly number[] {
	const first = Math.max(Math.floor(from / hourMs) + 1, Math.floor(to / hourMs) - hoursOfWeek);
	const hours: number[] = [];
	for (let hour = first; hour < Math.floor(to / hourMs); hour++) hours.push(hour * hourMs);
	return hours;
}
