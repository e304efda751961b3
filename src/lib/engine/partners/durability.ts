/**
 * The chance that a backup is lost (docs/durability.md; the patent's own example stands beside its figure 5). Data is lost when the owner's disk dies and more than k of a stripe's n partners
 * cannot deliver their blocks in the weeks of the restore. Pure. Rejected: Monte Carlo, which cannot see a chance
 * of 1e-8, and a normal approximation, which is wrong by orders of magnitude in that tail.
 */
import { geometryFor } from '../coding/profile.ts';
import type { PeerId } from '../identifiers.ts';
import type { Geometry } from '../ports.ts';

const dayMs = 24 * 60 * 60_000;

/** What happens to the slot of one partner over the years. All in milliseconds. */
export interface SlotModel {
	/** L: mean life of a partner, exponentially distributed. */
	readonly lifetimeMs: number;
	/** G: from a partner's silent death until its successor holds its blocks. */
	readonly refillMs: number;
	/** W: how long a restore may take after the owner's disk died, with nobody refilling. */
	readonly restoreMs: number;
}

/** 14 days of grace, and 3 to find a successor and bring it the blocks. */
export const refillMs = 17 * dayMs;
/** To buy a new machine, find the words, and read everything over a home line. */
export const restoreMs = 14 * dayMs;
/** A design that loses one backup in a million dead disks. */
export const lossTarget = 1e-6;

/** Chance that a slot delivers nothing to a restore: p = 1 - L / (L + G) * e^(-W / L). */
export function absenceProbability({ lifetimeMs, refillMs: g, restoreMs: w }: SlotModel): number {
	if (lifetimeMs <= 0) return 1;
	return 1 - (lifetimeMs / (lifetimeMs + g)) * Math.exp(-w / lifetimeMs);
}

/**
 * P(more than `tolerated` of the partners are absent), each with its own chance and independently (Poisson binomial).
 * The tail is summed from products of positive numbers alone, so that 1e-15 is as exact as 0.1. A negative
 * `tolerated` is certain loss.
 */
export function lossProbability(absences: readonly number[], tolerated: number): number {
	if (tolerated < 0) return 1;
	/** At index j: the chance that exactly j are absent so far. */
	let exactly = [1];
	for (const p of absences) {
		exactly = Array.from(
			{ length: exactly.length + 1 },
			(_, j) => (exactly[j] ?? 0) * (1 - p) + (exactly[j - 1] ?? 0) * p
		);
	}
	// From the smallest term up, so that none is swallowed.
	return Math.min(
		1,
		exactly.slice(tolerated + 1).reduceRight((sum, term) => sum + term, 0)
	);
}

/** The same for n partners with one chance: P(Bin(n, p) > k). */
export function stripeLoss({ m, k }: Pick<Geometry, 'm' | 'k'>, absence: number): number {
	return lossProbability(
		Array.from({ length: m + k }, () => absence),
		k
	);
}

/** The smallest k with which m data blocks are lost with at most the target's chance; undefined above `kMax`. */
export function parityFor(
	m: number,
	absence: number,
	target = lossTarget,
	kMax = 255 - m
): number | undefined {
	for (let k = 0; k <= kMax; k++) if (stripeLoss({ m, k }, absence) <= target) return k;
	return undefined;
}

/** Stripes whose blocks lie with the same partners: one chance, however many there are. */
export interface Spread {
	/** Blocks that a restore needs. */
	readonly m: number;
	/** For each position that somebody holds, everybody who holds it. */
	readonly positions: readonly (readonly PeerId[])[];
}

/**
 * The chance that any stripe is lost, at most. Spreads fail together, because they share partners: one that is lost
 * only when another is lost too adds nothing, and the others are summed, which is exact where one of them is far
 * weaker than the rest, and never too low.
 */
export function chanceOfLoss(
	spreads: readonly Spread[],
	absenceOf: (partner: PeerId) => number
): number {
	const sum = weakest(spreads).reduce((chance, { m, positions }) => {
		const absences = positions.map((holders) =>
			holders.reduce((all, holder) => all * absenceOf(holder), 1)
		);
		return chance + lossProbability(absences, positions.length - m);
	}, 0);
	return Math.min(1, sum);
}

/** Spreads compared pair by pair; with more of them the sum alone has to do. */
const comparedMax = 512;

/** Leaves out every spread that has all positions of another one and needs no more of them. */
function weakest(spreads: readonly Spread[]): readonly Spread[] {
	if (spreads.length > comparedMax) return spreads;
	const keyed = spreads.map((spread) => ({
		spread,
		keys: new Set(spread.positions.map((holders) => holders.join('+')))
	}));
	return keyed
		.filter(({ spread, keys }, i) =>
			keyed.every((other, j) => {
				if (i === j || other.spread.m < spread.m || other.keys.size > keys.size) return true;
				const within = [...other.keys].every((key) => keys.has(key));
				const same = other.keys.size === keys.size && other.spread.m === spread.m;
				return !within || (same && i < j);
			})
		)
		.map(({ spread }) => spread);
}

/** What is known of one partner when its chance is judged. */
export interface PartnerPresence {
	/** Neither side restores yet: its blocks do not count for a restore. */
	readonly inCommitment: boolean;
	/** How long it has been away; 0 when it is connected. */
	readonly awayMs: number;
	/** How long it may be away before it has reneged. */
	readonly graceMs: number;
}

/**
 * Chance that one partner delivers nothing. Being away raises it from what every partner has to certainty at the end
 * of grace, in proportion: a machine that was switched off for a day is seldom gone, one that was for two weeks
 * often is.
 */
export function partnerAbsence(presence: PartnerPresence, slot: SlotModel): number {
	if (presence.inCommitment) return 1;
	const usual = absenceProbability(slot);
	if (presence.graceMs <= 0) return usual;
	const away = Math.min(1, Math.max(0, presence.awayMs) / presence.graceMs);
	return usual + (1 - usual) * away;
}

/** What geometryFor was made for: partners of whom nothing is known yet. */
export const usualLifetimeMs = 180 * dayMs;
/** Space that protection may cost: three times what is protected, as replication with three partners does. */
const spaceMax = 3;

/**
 * m and k for so many partners that live so long on average. It is `geometryFor` while partners live as long as was
 * assumed or longer; where they live shorter, as much fewer data blocks as the same safety needs, up to three
 * times the space. It is never less safe than `geometryFor`.
 */
export function geometryForLifetimes(partners: number, lifetimeMs: number): Geometry {
	const usual = geometryFor(partners);
	const { m: most, k } = usual;
	const n = most + k;
	const absence = absenceOfAge(lifetimeMs);
	const target = Math.max(lossTarget, stripeLoss(usual, absenceOfAge(usualLifetimeMs)));
	const least = Math.min(most, Math.ceil(n / spaceMax));
	for (let m = most; m > least; m--) {
		if (stripeLoss({ m, k: n - m }, absence) <= target) return geometryFor(partners, m);
	}
	return geometryFor(partners, least);
}

/** Partners with which ten data blocks reach the target: what is worth looking for, up to three times the data. */
export function partnersWorthHaving(lifetimeMs: number): number {
	const m = 10;
	const absence = absenceOfAge(lifetimeMs);
	return (
		m + Math.max(m, parityFor(m, absence, lossTarget, (spaceMax - 1) * m) ?? (spaceMax - 1) * m)
	);
}

function absenceOfAge(lifetimeMs: number): number {
	return absenceProbability({ lifetimeMs, refillMs, restoreMs });
}
