import { askToPersist } from '$lib/host/persistence.ts';

/** What the browser answered when it was asked to keep the lent space even when the disk runs low. */
export type PersistenceAnswer = 'not asked' | 'asking' | 'kept' | 'not promised' | 'unknown';

/** Asks the browser to keep what is stored. Nothing waits for it: Firefox answers when the person has. */
export class Persistence {
	#answer = $state<PersistenceAnswer>('not asked');

	get answer(): PersistenceAnswer {
		return this.#answer;
	}

	ask(): void {
		this.#answer = 'asking';
		askToPersist().then(
			(kept) => {
				this.#answer = answerOf(kept);
			},
			() => {
				this.#answer = 'unknown';
			}
		);
	}
}

/** The answer as the engine's state has it. */
export function answerOf(kept: boolean | undefined): PersistenceAnswer {
	if (kept === undefined) return 'unknown';
	return kept ? 'kept' : 'not promised';
}
