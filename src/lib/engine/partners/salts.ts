/**
 * The salts of records at partners, which proofs need (docs/format/proof.md). They stay on disk: of 400,000 blocks they
 * would take some 100 MB, and only those of the few hundred sampled blocks are ever wanted. Partner and number name a
 * record for ever, wherever in a stripe it counts. Pure.
 */
import type { StripeHolder } from '../records.ts';
import type { Holding } from './holding.ts';

/** By `recordName`. */
export type Salts = ReadonlyMap<string, Uint8Array>;

type Places = Pick<Holding, 'holders' | 'spares'>;

export function recordName({ partner, number }: Pick<StripeHolder, 'partner' | 'number'>): string {
	return `${partner}/${number}`;
}

/** The salts that stand in these places. */
export function saltsOf(...places: readonly Places[]): Salts {
	const salts = new Map<string, Uint8Array>();
	for (const { holders, spares = [] } of places) {
		for (const holder of [...holders, ...spares]) {
			if (holder?.salt !== undefined) salts.set(recordName(holder), holder.salt);
		}
	}
	return salts;
}

/** The same places without salts. */
export function withoutSalts<T extends Places>(of: T): T {
	return saltsOf(of).size === 0 ? of : mapped(of, bare);
}

/** The same places, with the salts that are known of their records. */
export function withSalts<T extends Places>(of: T, salts: Salts): T {
	if (salts.size === 0) return of;
	return mapped(of, (holder) => {
		const salt = salts.get(recordName(holder));
		return salt === undefined ? holder : { ...holder, salt };
	});
}

function bare<H extends StripeHolder>(holder: H): H {
	const { salt: _salt, ...rest } = holder;
	// What is left out is optional in every kind of holder.
	return rest as H;
}

function mapped<T extends Places>(of: T, change: <H extends StripeHolder>(holder: H) => H): T {
	const holders = of.holders.map((holder) => holder && change(holder));
	return { ...of, holders, ...(of.spares === undefined ? {} : { spares: of.spares.map(change) }) };
}
