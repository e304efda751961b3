/**
 * Whom to choose (patent steps 266-270, claims 20-23): partners that one flood, one provider, one virus or one eviction
 * rule does not take together. Judged for the group as a whole: at most k of its n partners may share a network, an
 * operating system or a browser engine, since a loss of more than k is what the code does not bear. Random among those
 * that fit, so that nobody can aim at being chosen; where supply is thin, the best there is. Pure.
 */
import { geometryFor } from '../coding/profile.ts';
import { nameOf } from '../identifiers.ts';
import type { BrowserEngine, OperatingSystem, System } from '../system.ts';

/** What may be shared. Absent where it is not known: then it is shared with nobody. */
export interface Traits {
	/** The network, as a broker attests it: IPv4 /24 or IPv6 /48, in hex. */
	readonly network?: string;
	readonly os?: Exclude<OperatingSystem, 'other'>;
	readonly engine?: Exclude<BrowserEngine, 'other'>;
}

export type TraitName = keyof Traits;
const traitNames = ['network', 'os', 'engine'] as const satisfies readonly TraitName[];

/** More partners share something than may be lost. */
export interface Risk {
	readonly trait: TraitName;
	readonly value: string;
	readonly sharing: number;
	readonly partners: number;
	readonly bearable: number;
}

/** The name of an attested network; undefined where no broker could tell. */
export function networkOf(prefix: Uint8Array | undefined): string | undefined {
	return prefix === undefined || prefix.length === 0 ? undefined : nameOf(prefix);
}

export function traitsOf(prefix: Uint8Array | undefined, { os, engine }: System): Traits {
	const network = networkOf(prefix);
	return {
		...(network === undefined ? {} : { network }),
		...(os === 'other' ? {} : { os }),
		...(engine === 'other' ? {} : { engine })
	};
}

/** How many of so many partners may share something: k of their code, and nobody shares with himself. */
export function bearableOf(partners: number): number {
	return partners < 1 ? 1 : Math.max(1, geometryFor(partners).k);
}

/** In how many traits a group would share more than it bears, with this one in it. 0 when the newcomer fits. */
export function strain(newcomer: Traits, group: readonly Traits[], bearable: number): number {
	const crowded = traitNames.filter((trait) => {
		const value = newcomer[trait];
		return value !== undefined && sharing(trait, value, group) + 1 > bearable;
	});
	return crowded.length;
}

/** The first that fits, else the first of the least strain. Candidates come in a random order. */
export function bestOf<Candidate extends { readonly traits: Traits }>(
	candidates: readonly Candidate[],
	group: readonly Traits[],
	bearable: number
): { readonly candidate: Candidate; readonly fits: boolean } | undefined {
	let best: Candidate | undefined;
	let least = Infinity;
	for (const candidate of candidates) {
		const its = strain(candidate.traits, group, bearable);
		if (its < least) [best, least] = [candidate, its];
	}
	return best === undefined ? undefined : { candidate: best, fits: least === 0 };
}

/** What could take more partners than the code bears, the most widely shared first. */
export function risksOf(group: readonly Traits[]): readonly Risk[] {
	const bearable = bearableOf(group.length);
	const risks = traitNames.flatMap((trait) => {
		const values = new Set(group.flatMap((traits) => traits[trait] ?? []));
		return [...values].map((value) => ({
			trait,
			value,
			sharing: sharing(trait, value, group),
			partners: group.length,
			bearable
		}));
	});
	return risks.filter((risk) => risk.sharing > bearable).toSorted((a, b) => b.sharing - a.sharing);
}

function sharing(trait: TraitName, value: string, group: readonly Traits[]): number {
	return group.filter((traits) => traits[trait] === value).length;
}
