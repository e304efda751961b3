/** Who holds the blocks of one stripe, and what each change makes of that. Pure. */
import type { PeerId, StripeId } from '../identifiers.ts';
import type { Geometry } from '../ports.ts';
import type { SpareHolder, StripeHolder, StripeRecord } from '../records.ts';

export interface Holding {
	readonly stripe: StripeId;
	readonly geometry: Geometry;
	/** By position: who is counted on for it. In memory, places carry no salts (salts.ts). */
	readonly holders: readonly (StripeHolder | undefined)[];
	/** Blocks that can be read beside these; absent where there are none. */
	readonly spares?: readonly SpareHolder[];
}

export function holdingOf(record: StripeRecord): Holding {
	const { id, m, k, blockBytes, holders, spares = [] } = record;
	return withSpares({ stripe: id, geometry: { m, k, blockBytes }, holders }, spares);
}

export function sparesOf({ spares = [] }: Pick<Holding, 'spares'>): readonly SpareHolder[] {
	return spares;
}

/** Everybody with a block of the stripe: a partner never gets two. */
export function partnersOf(holding: Holding): ReadonlySet<PeerId> {
	const partners = holding.holders.flatMap((holder) => holder?.partner ?? []);
	return new Set([...partners, ...sparesOf(holding).map(({ partner }) => partner)]);
}

/**
 * Counts on somebody for a position: copies of it elsewhere are needed no more. With nobody, a temporary holder of the
 * position takes the place over, without traffic; the position is owed where there is none.
 */
export function withHolder(
	holding: Holding,
	position: number,
	holder: StripeHolder | undefined
): Holding {
	const others = sparesOf(holding).filter((spare) => spare.position !== position);
	if (holder !== undefined) {
		return withSpares({ ...holding, holders: holding.holders.with(position, holder) }, others);
	}
	const here = sparesOf(holding).filter((spare) => spare.position === position);
	const heir = here.find(({ kind }) => kind === 'temporary');
	const holders = holding.holders.with(position, heir && holderOf(heir));
	const left = heir === undefined ? here : here.filter(({ kind }) => kind !== 'former');
	return withSpares({ ...holding, holders }, [...others, ...left.filter((each) => each !== heir)]);
}

/** A partner's blocks are gone: what it held is owed, or falls to a temporary holder. */
export function withoutPartner(holding: Holding, partner: PeerId): Holding {
	const spares = sparesOf(holding).filter((spare) => spare.partner !== partner);
	const position = holding.holders.findIndex((holder) => holder?.partner === partner);
	const left = withSpares(holding, spares);
	return position < 0 ? left : withHolder(left, position, undefined);
}

/** A partner is no longer counted on, and its blocks can be read as long as it lets us. */
export function withFormer(holding: Holding, partner: PeerId): Holding {
	const position = holding.holders.findIndex((holder) => holder?.partner === partner);
	const spares = sparesOf(holding).map((spare): SpareHolder =>
		spare.partner === partner ? { ...spare, kind: 'former' } : spare
	);
	const left = withSpares(holding, spares);
	const holder = holding.holders[position];
	if (holder === undefined) return left;
	const given = withHolder(left, position, undefined);
	if (given.holders[position] !== undefined) return given;
	return withSpares(given, [...sparesOf(given), { ...holder, position, kind: 'former' }]);
}

export function withSpare(holding: Holding, spare: SpareHolder): Holding {
	return withSpares(holding, [...sparesOf(holding), spare]);
}

export function withoutSpare(holding: Holding, { partner, number }: StripeHolder): Holding {
	const isIt = (spare: SpareHolder): boolean =>
		spare.partner === partner && spare.number === number;
	return withSpares(
		holding,
		sparesOf(holding).filter((spare) => !isIt(spare))
	);
}

/** Whether a block of the stripe lies at a partner under this number, by our account. */
export function holds(
	{ holders, spares = [] }: Holding,
	{ partner, number }: StripeHolder
): boolean {
	return [...holders, ...spares].some(
		(holder) => holder?.partner === partner && holder.number === number
	);
}

/** A block is not where it was: it is owed, or falls to a temporary holder. */
export function withoutBlock(holding: Holding, gone: StripeHolder): Holding {
	const position = holding.holders.findIndex(
		(holder) => holder?.partner === gone.partner && holder.number === gone.number
	);
	return position < 0 ? withoutSpare(holding, gone) : withHolder(holding, position, undefined);
}

function withSpares(holding: Holding, spares: readonly SpareHolder[]): Holding {
	const { spares: _before, ...rest } = holding;
	return spares.length === 0 ? rest : { ...rest, spares };
}

function holderOf({ partner, number }: SpareHolder): StripeHolder {
	return { partner, number };
}
