import { createSubscriber } from 'svelte/reactivity';

const tickMs = 20_000;

const subscribe = createSubscriber((update) => {
	const timer = setInterval(update, tickMs);
	return () => {
		clearInterval(timer);
	};
});

/** The present moment, reactive in steps of 20 seconds while somebody looks at it. */
export function presentMoment(): number {
	subscribe();
	return Date.now();
}
