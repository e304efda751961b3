import type { PeerState } from '$lib/host/api.ts';
import { Persistence } from '../persistence.svelte.ts';

export const steps = ['words', 'confirm', 'circle', 'space', 'folder'] as const;
export type Step = (typeof steps)[number];

/** What each step is called where the steps are listed. */
export const stepNames: Readonly<Record<Step, string>> = {
	words: 'Your words',
	confirm: 'Check them',
	circle: 'Your circle',
	space: 'Space to lend',
	folder: 'First folder'
};

/** The first step that is not done: where a first run goes on after a reload. */
export function firstOpenStep(state: PeerState): Step {
	if (state.self?.wordsConfirmed !== true) return 'words';
	if (state.circles.length === 0) return 'circle';
	if (state.lending.limitBytes === 0) return 'space';
	return 'folder';
}

/** Whether something of the first run is still to do. */
export function firstRunOpen(state: PeerState): boolean {
	return firstOpenStep(state) !== 'folder' || state.folders.length === 0;
}

/** Where a person is in the first run. She can always go back to an earlier step. */
export class FirstRun {
	#step = $state<Step>('words');
	readonly persistence = new Persistence();

	constructor(state: PeerState) {
		this.#step = firstOpenStep(state);
	}

	get step(): Step {
		return this.#step;
	}

	get place(): number {
		return steps.indexOf(this.#step) + 1;
	}

	get previous(): Step | undefined {
		return steps[steps.indexOf(this.#step) - 1];
	}

	next(): void {
		this.#step = steps[steps.indexOf(this.#step) + 1] ?? this.#step;
	}

	back(): void {
		this.#step = this.previous ?? this.#step;
	}

	/** To where the peer's state says that she is, for steps that were done before. */
	skipTo(step: Step): void {
		this.#step = step;
	}
}
