/** The log of the details page: the newest lines, in memory. */
import type { Log } from '../engine/ports.ts';
import type { LogLine } from './api.ts';

const linesMax = 200;

export class Journal implements Log {
	#lines: readonly LogLine[] = [];

	/** Newest first. */
	get lines(): readonly LogLine[] {
		return this.#lines;
	}

	write(level: LogLine['level'], text: string): void {
		const line = { at: Date.now(), level, text: text.slice(0, 500) };
		this.#lines = [line, ...this.#lines].slice(0, linesMax);
	}
}
