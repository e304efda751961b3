/** Who takes part: which computers, where they stand, and when their people have them on. */
import type { SeededRandom } from '../doubles/random.ts';
import type { Hardware, Kind } from './machine.ts';

/** A span of a day, in milliseconds from its midnight. `end` may lie beyond the next one. */
export interface Span {
	readonly start: number;
	readonly end: number;
}

/** Parts of 100 of the population. */
export type Mix = Readonly<Partial<Record<Kind, number>>>;

const hourMs = 60 * 60_000;
const minuteMs = 60_000;

/** The regions with what their clocks show at midnight UTC, in hours. */
const regions = [
	['europe', 1],
	['america', -5],
	['asia', 8]
] as const;
const systems = [
	['windows', 60],
	['macos', 20],
	['linux', 12],
	['android', 8]
] as const;
const engines = [
	['chromium', 75],
	['firefox', 20],
	['webkit', 5]
] as const;

/** Draws a machine. Offices share a network prefix; most homes have one of their own. */
export function drawHardware(mix: Mix, random: SeededRandom): Omit<Hardware, 'machine'> {
	const kind = weighted(Object.entries(mix) as [Kind, number][], random);
	const [region] = regions[random.below(regions.length)] ?? regions[0];
	const site = kind === 'office' ? random.below(12) : random.below(4_000);
	return {
		kind,
		region,
		prefix: `${region}/${kind === 'office' ? 'office' : 'home'}-${String(site)}`,
		os: weighted(systems, random),
		engine: weighted(engines, random),
		strictNat: random.below(100) < 15,
		// 2 to 50 Mbit/s.
		bytesPerMs: 250 + random.below(6_000)
	};
}

/** When a machine is on during the day with this number since Monday the first, in UTC. */
export function spansOfDay(
	{ kind, region }: Pick<Hardware, 'kind' | 'region'>,
	day: number,
	random: SeededRandom
): readonly Span[] {
	const offset = (regions.find(([name]) => name === region)?.[1] ?? 0) * hourMs;
	const shift = ({ start, end }: Span): Span => ({ start: start - offset, end: end - offset });
	return localSpans(kind, day % 7 >= 5, random).map(shift);
}

function localSpans(kind: Kind, isWeekend: boolean, random: SeededRandom): readonly Span[] {
	const around = (hour: number, spreadMinutes: number): number =>
		hour * hourMs + (random.below(2 * spreadMinutes + 1) - spreadMinutes) * minuteMs;
	const happens = (percent: number): boolean => random.below(100) < percent;
	switch (kind) {
		case 'server':
			return [{ start: 0, end: 24 * hourMs }];
		case 'office':
			if (isWeekend || !happens(95)) return [];
			return [{ start: around(8.5, 45), end: around(17.25, 45) }];
		case 'home':
			if (isWeekend) return happens(85) ? [{ start: around(10, 90), end: around(22.5, 60) }] : [];
			return happens(85) ? [{ start: around(18, 60), end: around(22.5, 60) }] : [];
		case 'laptop':
			return laptopSpans(random);
	}
}

/** Two to five short spans between 8 and 23 o'clock, apart from each other. */
function laptopSpans(random: SeededRandom): readonly Span[] {
	const count = 2 + random.below(4);
	const slot = (15 * hourMs) / count;
	return Array.from({ length: count }, (_, i) => {
		const start = 8 * hourMs + i * slot + random.below(Math.floor(slot / 3));
		return { start, end: start + 20 * minuteMs + random.below(Math.floor(slot / 2)) };
	});
}

function weighted<T>(choices: readonly (readonly [T, number])[], random: SeededRandom): T {
	const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
	let left = random.below(total);
	for (const [choice, weight] of choices) {
		if (left < weight) return choice;
		left -= weight;
	}
	throw new RangeError('nothing to choose from');
}
