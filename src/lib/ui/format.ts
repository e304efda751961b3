/**
 * How numbers, sizes and times read. Pure: the present moment is always an argument. English throughout, with
 * decimal units (a disk sold as 100 GB holds 100 GB here).
 */

const locale = 'en-GB';
const whole = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
const oneDigit = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
const relativeTime = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
const dayAndTime = new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeStyle: 'short' });
const dayOnly = new Intl.DateTimeFormat(locale, { dateStyle: 'long' });
const timeOnly = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' });
const shortMoment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });

const sizeUnits = ['kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Bytes as people say them: '0 bytes', '812 bytes', '1.2 MB', '50 GB'. */
export function size(bytes: number): string {
	if (bytes < 1000) return count(Math.max(0, Math.round(bytes)), 'byte');
	let value = bytes;
	let unit = -1;
	// Stops where rounding would print '1,000 MB' for what is 1 GB.
	while (value >= 999.5 && unit < sizeUnits.length - 1) {
		value /= 1000;
		unit++;
	}
	return `${(value < 9.95 ? oneDigit : whole).format(value)} ${sizeUnits[unit] ?? 'kB'}`;
}

/** Bytes a second: '3.4 MB/s'. */
export function rate(bytesPerSecond: number): string {
	if (bytesPerSecond < 1000) return `${whole.format(Math.max(0, bytesPerSecond))} bytes/s`;
	return `${size(bytesPerSecond)}/s`;
}

/** A whole number with its noun: '1 file', '1,204 files'. */
export function count(amount: number, singular: string, plural = `${singular}s`): string {
	return `${whole.format(amount)} ${amount === 1 ? singular : plural}`;
}

/** A whole number with grouping: '50,000'. */
export function number(amount: number): string {
	return whole.format(amount);
}

/** A number with one digit behind the point where it needs one: '2', '2.3'. */
export function decimal(amount: number): string {
	return oneDigit.format(amount);
}

/** A span as one would say it: 'less than a minute', '5 minutes', '2 hours', '3 days'. */
export function duration(seconds: number): string {
	if (seconds < 50) return 'less than a minute';
	const minutes = seconds / 60;
	if (minutes < 55) return count(Math.max(1, Math.round(minutes)), 'minute');
	const hours = minutes / 60;
	if (hours < 36) {
		return hours < 9.75 ? halves(hours, 'hour') : count(Math.round(hours), 'hour');
	}
	const days = hours / 24;
	if (days < 60) return count(Math.round(days), 'day');
	return count(Math.round(days / 30), 'month');
}

/** '1 hour', '1½ hours', '2 hours': finer would claim more than an estimate knows. */
function halves(value: number, noun: string): string {
	const twice = Math.max(2, Math.round(value * 2));
	const fraction = twice % 2 === 1 ? '½' : '';
	return `${Math.floor(twice / 2)}${fraction} ${twice === 2 ? noun : `${noun}s`}`;
}

/** 'about 2 hours left', or what to say while that cannot be known. */
export function timeLeft(seconds: number | undefined): string {
	if (seconds === undefined) return 'working out how long it takes';
	if (seconds < 50) return 'less than a minute left';
	return `about ${duration(seconds)} left`;
}

/** How long something took, exactly enough for a report: '8 seconds', '4 minutes 10 seconds'. */
export function took(milliseconds: number): string {
	const seconds = Math.round(milliseconds / 1000);
	if (seconds < 1) return 'less than a second';
	if (seconds < 60) return count(seconds, 'second');
	const minutes = Math.floor(seconds / 60);
	if (minutes < 60) {
		const rest = seconds % 60;
		const said = count(minutes, 'minute');
		return rest === 0 || minutes >= 10 ? said : `${said} ${count(rest, 'second')}`;
	}
	const rest = minutes % 60;
	const said = count(Math.floor(minutes / 60), 'hour');
	return rest === 0 ? said : `${said} ${count(rest, 'minute')}`;
}

const relativeSteps = [
	{ unit: 'minute', milliseconds: 60_000, below: 55 * 60_000 },
	{ unit: 'hour', milliseconds: 3_600_000, below: 22 * 3_600_000 },
	{ unit: 'day', milliseconds: 86_400_000, below: 28 * 86_400_000 },
	{ unit: 'month', milliseconds: 30.4375 * 86_400_000, below: 330 * 86_400_000 },
	{ unit: 'year', milliseconds: 365.25 * 86_400_000, below: Infinity }
] as const;

/** 'just now', '5 minutes ago', 'yesterday', 'in 3 days'. */
export function relative(at: number, now: number): string {
	const distance = at - now;
	const span = Math.abs(distance);
	if (span < 45_000) return 'just now';
	const step = relativeSteps.find(({ below }) => span < below) ?? relativeSteps[4];
	const amount = Math.max(1, Math.round(span / step.milliseconds));
	return relativeTime.format(distance < 0 ? -amount : amount, step.unit);
}

/** 'Sunday, 22 November 2026 at 13:45'. */
export function exact(at: number): string {
	return dayAndTime.format(at);
}

/** '22 Nov 2026, 13:45'. */
export function moment(at: number): string {
	return shortMoment.format(at);
}

/** '22 November 2026'. */
export function day(at: number): string {
	return dayOnly.format(at);
}

/** '13:45:02', for the log. */
export function clockTime(at: number): string {
	return timeOnly.format(at);
}

/** A share between 0 and 1 as whole per cent; only what is complete says 100. */
export function percent(share: number): number {
	if (share >= 1) return 100;
	return Math.min(99, Math.max(0, Math.floor(share * 100)));
}

/** Names in a sentence: 'a', 'a and b', 'a, b and c'. */
export function list(names: readonly string[]): string {
	if (names.length < 2) return names.join('');
	return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
