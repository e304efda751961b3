import type { OutlookView } from '$lib/host/api.ts';
import { count, duration, number } from '../format.ts';

/** What would become of the files if this disk died now, in plain words, and how it was computed. */
export interface Outlook {
	readonly sentence: string;
	readonly how: readonly string[];
}

export function outlook({ chance, lifetimeMs, living, ended }: OutlookView): Outlook {
	return {
		sentence: sentence(chance),
		how: [
			`Your partners are taken to last ${duration(lifetimeMs / 1000)} on average. ${learned(living, ended)}`,
			'Counted in: who holds sealed copies now, that a partner which is gone is noticed and replaced after about 17 days, and two weeks for getting your files back.',
			'Not counted in: one cause that takes many partners at once, and a lost recovery sheet.'
		]
	};
}

function sentence(chance: number): string {
	const died = 'If this computer’s disk died now,';
	if (chance >= 0.5) return `${died} some of your files would probably be lost.`;
	return `${died} the chance of losing files would be ${oneIn(chance)}.`;
}

/** 'about 1 in 40 million': one digit that counts, because the estimate knows no more. */
export function oneIn(chance: number): string {
	if (chance < 1e-9) return 'less than 1 in a billion';
	const odds = 1 / chance;
	if (odds < 10) return `about 1 in ${number(Math.round(odds))}`;
	const digits = 10 ** Math.floor(Math.log10(odds));
	const rounded = Math.round(odds / digits) * digits;
	if (rounded >= 1e9) return 'about 1 in a billion';
	if (rounded >= 1e6) return `about 1 in ${number(rounded / 1e6)} million`;
	return `about 1 in ${number(rounded)}`;
}

function learned(living: number, ended: number): string {
	const seen =
		ended === 0
			? 'None of yours has gone so far'
			: `${count(ended, 'partner has', 'partners have')} gone so far`;
	return `${seen}, ${count(living, 'partner is', 'partners are')} there now; the longer they stay, the surer the number.`;
}
