import type { PeerState } from '$lib/host/api.ts';
import { count, duration, list } from '../format.ts';

/** What Home says: one sentence, what stands behind it, and at most one thing to do. */
export interface Answer {
	readonly tone: 'good' | 'news' | 'warning';
	readonly sentence: string;
	readonly more: string;
	readonly action?:
		| { readonly kind: 'link'; readonly name: string; readonly path: string }
		| { readonly kind: 'back up'; readonly name: string }
		| { readonly kind: 'reopen'; readonly name: string };
}

const dayMs = 86_400_000;
/** A backup older than this is no longer called safe without a remark. */
const staleMs = 7 * dayMs;

/** Are my files safe? `now` is in milliseconds since the epoch. */
export function answer(state: PeerState, now: number): Answer {
	const said = protectionAnswer(state);
	const action = nextStep(state);
	const stale = staleness(state, now);
	return {
		tone: stale !== undefined && said.tone === 'good' ? 'warning' : said.tone,
		sentence: said.sentence,
		more: [said.more, stale, unread(state)].filter((part) => part !== undefined).join(' '),
		...(action === undefined ? {} : { action })
	};
}

function protectionAnswer(state: PeerState): Pick<Answer, 'tone' | 'sentence' | 'more'> {
	const { protection, folders } = state;
	const files = count(protection.files, 'file');
	switch (protection.level) {
		case 'full':
			return {
				tone: 'good',
				sentence: 'Your files are safe.',
				more: `${mayVanish(state)} ${files} are fully protected.`
			};
		case 'safe':
			return {
				tone: 'good',
				sentence: 'Your files are safe.',
				more: `${mayVanish(state)} The last copies are still on their way, then it is even more.`
			};
		case 'partly':
			return {
				tone: 'news',
				sentence: 'Part of your files is safe.',
				more: `${files} can be got back now; the others are on their way. ${mayVanish(state)}`
			};
		case 'none':
			return folders.length === 0 ? nothingChosen : firstOnItsWay(state);
	}
}

const nothingChosen = {
	tone: 'news',
	sentence: 'Nothing is protected yet.',
	more: 'Choose a folder, and Holdfast keeps sealed copies of it with your partners.'
} as const;

function firstOnItsWay(state: PeerState): Pick<Answer, 'tone' | 'sentence' | 'more'> {
	const partners = state.partners.filter(({ standing }) => standing === 'held').length;
	if (partners === 0) {
		return {
			tone: 'news',
			sentence: 'Your files wait for partners.',
			more: 'The first backup begins by itself as soon as partners have agreed. Invite people to your circle to have more of them.'
		};
	}
	return {
		tone: 'news',
		sentence: 'Your first backup is on its way.',
		more: 'Until it is there, your files are only on this computer. Keep Holdfast open.'
	};
}

function mayVanish({ protection }: PeerState): string {
	const { survivable, holders } = protection;
	if (survivable <= 0)
		return `All of your ${count(holders, 'partner')} are needed to get them back.`;
	return `Any ${String(survivable)} of your ${count(holders, 'partner')} may vanish.`;
}

function staleness({ protection }: PeerState, now: number): string | undefined {
	if (protection.at === undefined || now - protection.at < staleMs) return undefined;
	return `The last backup was ${duration((now - protection.at) / 1000)} ago: what changed since then is not in it.`;
}

function unread({ folders }: PeerState): string | undefined {
	const closed = folders.filter(({ access }) => access !== 'granted').map(({ name }) => name);
	if (closed.length === 0) return undefined;
	return `Holdfast may not read ${list(closed)} just now.`;
}

function nextStep(state: PeerState): Answer['action'] {
	if (state.self?.wordsConfirmed === false) {
		return { kind: 'link', name: 'Finish setting up: check your words', path: '/start' };
	}
	if (state.circles.length === 0 || state.lending.limitBytes === 0) {
		return { kind: 'link', name: 'Finish setting up', path: '/start' };
	}
	if (state.folders.length === 0)
		return { kind: 'link', name: 'Choose a folder', path: '/folders' };
	if (state.folders.some(({ access }) => access === 'ask')) {
		return { kind: 'reopen', name: 'Allow reading again' };
	}
	if (state.folders.some(({ access }) => access === 'choose again')) {
		return { kind: 'link', name: 'Choose the folder again', path: '/folders' };
	}
	if (state.self?.sheetPrintedAt === undefined && state.snapshots.length > 0) {
		return { kind: 'link', name: 'Print your recovery sheet', path: '/sheet' };
	}
	if (state.backup.stage === 'idle') return { kind: 'back up', name: 'Back up now' };
	return undefined;
}
