/** Days as people write them, for what a partner is told: "2026-12-13". */

const dayMs = 24 * 60 * 60_000;
const daysPer400Years = 146_097;
/** Days from 0000-03-01, where the count begins, to 1970-01-01. */
const daysBefore1970 = 719_468;

/**
 * The day of a time in UTC, ISO 8601. Years begin with March, so that the leap day is the last of them (H. Hinnant,
 * "chrono-compatible low-level date algorithms", civil_from_days).
 */
export function calendarDay(ms: number): string {
	const days = Math.floor(ms / dayMs) + daysBefore1970;
	const era = Math.floor(days / daysPer400Years);
	const dayOfEra = days - era * daysPer400Years;
	const leaps =
		Math.floor(dayOfEra / 1_460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
	const yearOfEra = Math.floor((dayOfEra - leaps) / 365);
	const yearDays = 365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
	const dayOfYear = dayOfEra - yearDays;
	const month = Math.floor((5 * dayOfYear + 2) / 153);
	const day = dayOfYear - Math.floor((153 * month + 2) / 5) + 1;
	const year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0);
	const digits = (value: number, length: number): string => String(value).padStart(length, '0');
	return `${digits(year, 4)}-${digits(month >= 10 ? month - 9 : month + 3, 2)}-${digits(day, 2)}`;
}
