/**
 * Before a partner is blamed, this peer looks at its own connection (prior-art: storj#3839, #3834). Pure.
 */

export interface Surroundings {
	/** How many partners are likely to be on line at this hour, by what is known of their weeks: their chances, summed. */
	readonly expectedPartners: number;
	/** Partners that there is a session with. */
	readonly reachedPartners: number;
}

/**
 * In doubt is a connection that reaches no partner, whether or not a broker answers, or less than a third of those
 * that are likely to be there. Rejected: a third of all partners, whatever the hour; a peer whose partners have other
 * working hours would then always doubt itself, and never let a silent one go.
 */
export function connectionIsGood({ expectedPartners, reachedPartners }: Surroundings): boolean {
	return reachedPartners > 0 && 3 * reachedPartners >= expectedPartners;
}
