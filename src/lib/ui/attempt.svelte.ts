import { CommandRefused, type Problem } from '$lib/host/api.ts';
import { texts } from './texts.ts';

/**
 * One command that a person gave: whether it is under way, and what went wrong. The problem stays until the next
 * try, because an error must not vanish before it was read.
 */
export class Attempt {
	#busy = $state(false);
	#problem = $state.raw<Problem | undefined>();

	get busy(): boolean {
		return this.#busy;
	}

	get problem(): Problem | undefined {
		return this.#problem;
	}

	/** Resolves to whether it worked. A second call while one is under way does nothing. */
	async run(work: () => Promise<void>): Promise<boolean> {
		if (this.#busy) return false;
		this.#busy = true;
		this.#problem = undefined;
		try {
			await work();
			return true;
		} catch (error) {
			this.#problem = problemOf(error);
			return false;
		} finally {
			this.#busy = false;
		}
	}

	/** Shows a problem that a page found by itself. */
	refuse(problem: Problem): void {
		this.#problem = problem;
	}

	clear(): void {
		this.#problem = undefined;
	}
}

/** The three parts of what a command threw; an error nobody foresaw is said as such. */
export function problemOf(error: unknown): Problem {
	if (error instanceof CommandRefused) return error.problem;
	const reason = error instanceof Error ? error.message : String(error);
	return { ...texts.problems.unforeseen, what: `${texts.problems.unforeseen.what} (${reason})` };
}
