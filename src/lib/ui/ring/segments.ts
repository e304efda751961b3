import type { PeerId } from '$lib/engine/identifiers.ts';
import type { PartnerView } from '$lib/host/api.ts';
import { count, percent, size } from '../format.ts';

/** Solid, filling, hatched or open: each look is a shape and a texture, not only a colour. */
export type Look = 'held' | 'receiving' | 'away' | 'asked';

/** One partner in the ring. */
export interface Segment {
	readonly peer: PeerId;
	readonly name: string;
	readonly look: Look;
	/** How much of what it should hold it holds, between 0 and 1. */
	readonly share: number;
	/** The same in words. */
	readonly sentence: string;
}

/** What each look means. */
const lookNames: Readonly<Record<Look, string>> = {
	held: 'holds its part',
	receiving: 'is being filled',
	away: 'is away',
	asked: 'is being asked'
};

/** How many partners have each look; only looks that are there. */
export function looksOf(
	segments: readonly Segment[]
): readonly { readonly look: Look; readonly amount: number }[] {
	return (Object.keys(lookNames) as Look[])
		.map((look) => ({ look, amount: segments.filter((one) => one.look === look).length }))
		.filter(({ amount }) => amount > 0);
}

/** The partners that count, in the order in which they are drawn: one that said no or has ended is none. */
export function segmentsOf(partners: readonly PartnerView[]): readonly Segment[] {
	return partners
		.filter(({ standing }) => standing !== 'refused' && standing !== 'ended')
		.map((partner) => {
			const look = lookOf(partner);
			const share = shareOf(partner);
			return {
				peer: partner.peer,
				name: partner.name,
				look,
				share,
				sentence: sentenceOf(partner, look, share)
			};
		});
}

/** The whole ring in one sentence, for who cannot see it. */
export function ringSentence(segments: readonly Segment[], survivable: number): string {
	if (segments.length === 0) return 'No partners yet.';
	const looks = looksOf(segments).map(
		({ look, amount }) => `${String(amount)} ${groupName(look, amount)}`
	);
	return `${count(segments.length, 'partner')}: ${looks.join(', ')}. ${survivalSentence(survivable)}`;
}

/** How many losses the newest backup survives. */
export function survivalSentence(survivable: number): string {
	if (survivable <= 0) return 'No partner may vanish yet.';
	return `Any ${String(survivable)} of them may vanish without losing anything.`;
}

function lookOf(partner: PartnerView): Look {
	if (partner.standing === 'asked') return 'asked';
	if (partner.standing === 'away') return 'away';
	const complete = partner.owedBlocks === 0 && partner.holdsForMe.blocks > 0;
	return complete && !partner.receiving ? 'held' : 'receiving';
}

function shareOf({ holdsForMe, owedBlocks }: PartnerView): number {
	const all = holdsForMe.blocks + owedBlocks;
	return all === 0 ? 0 : holdsForMe.blocks / all;
}

function sentenceOf(partner: PartnerView, look: Look, share: number): string {
	const { name, holdsForMe } = partner;
	switch (look) {
		case 'asked':
			return `${name} is being asked`;
		case 'away':
			return `${name} is away and holds ${size(holdsForMe.bytes)}`;
		case 'held':
			return `${name} holds ${size(holdsForMe.bytes)}`;
		case 'receiving':
			if (holdsForMe.blocks === 0 && partner.owedBlocks === 0) return `${name} holds nothing yet`;
			return `${name} is being filled: ${String(percent(share))} % of its part`;
	}
}

/** 'hold their part', 'is away': the look of `amount` partners, as a predicate. */
export function groupName(look: Look, amount: number): string {
	const plural: Readonly<Record<Look, string>> = {
		held: 'hold their part',
		receiving: 'are being filled',
		away: 'are away',
		asked: 'are being asked'
	};
	return amount === 1 ? lookNames[look] : plural[look];
}
