import { getContext, setContext } from 'svelte';

const context = Symbol('announcer');

/** Says results to screen readers through one polite live region that the frame keeps in the page. */
export class Announcer {
	#text = $state('');

	get text(): string {
		return this.#text;
	}

	say(text: string): void {
		// A region that gets the same text again stays silent; the trailing space makes it another one.
		this.#text = this.#text === text ? `${text} ` : text;
	}
}

export function setAnnouncer(announcer: Announcer): void {
	setContext(context, announcer);
}

export function useAnnouncer(): Announcer {
	const announcer = getContext<Announcer | undefined>(context);
	if (announcer === undefined) throw new Error('No announcer was set above this component.');
	return announcer;
}
