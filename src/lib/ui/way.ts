import { getContext, setContext } from 'svelte';

const context = Symbol('way');

/**
 * Where the person is and how to go elsewhere. Components ask this rather than the router, so that they can be
 * shown without one. An implementation keeps `path` and `query` reactive.
 */
export interface Way {
	/** The path without query and fragment, such as '/folders'. */
	readonly path: string;
	readonly query: URLSearchParams;
	go(path: string, options?: { readonly replace?: boolean }): void;
}

/** Gives the components below their way. */
export function setWay(way: Way): void {
	setContext(context, way);
}

/** The way that an outer component gave. */
export function useWay(): Way {
	const way = getContext<Way | undefined>(context);
	if (way === undefined) throw new Error('No way was set above this component.');
	return way;
}

/**
 * Moves the focus to the page's heading, where a person expects it after going somewhere; unless the page has put it
 * on something inside already.
 */
export function focusHeading(): void {
	const main = document.querySelector('main');
	const focused = document.activeElement;
	if (main !== null && focused !== main && main.contains(focused)) return;
	main?.querySelector<HTMLElement>('h1')?.focus({ preventScroll: true });
}
