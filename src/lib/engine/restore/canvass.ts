/**
 * Puts one question to every partner as soon as it is reachable, and again when it comes back over another line.
 */
import { Listeners } from '../doorbell.ts';
import type { PeerId } from '../identifiers.ts';
import type { Clock, Unsubscribe } from '../ports.ts';
import type { HolderLine, Holders } from './holders.ts';

/** Rejections are mistakes of ours: whatever a partner does is dealt with inside. */
export type Question = (line: HolderLine) => Promise<void>;

export class Canvass {
	readonly #holders: Holders;
	readonly #question: Question;
	readonly #asked = new Map<PeerId, HolderLine>();
	readonly #answered = new Listeners();
	#pending = 0;
	#unsubscribe: Unsubscribe | undefined;

	constructor(holders: Holders, question: Question) {
		this.#holders = holders;
		this.#question = question;
	}

	start(): void {
		this.#unsubscribe ??= this.#holders.onChange(() => {
			this.#askAll();
		});
		this.#askAll();
	}

	stop(): void {
		this.#unsubscribe?.();
		this.#unsubscribe = undefined;
	}

	/** Called after each partner's answer, or when it is clear that none will come. */
	onAnswer(listener: () => void): Unsubscribe {
		return this.#answered.add(listener);
	}

	/**
	 * Resolves when everybody reachable was heard, or when nobody new was heard for `patienceMs`: a partner that
	 * never answers must not hold up the others.
	 */
	async settled(clock: Clock, patienceMs: number): Promise<void> {
		while (this.#pending > 0) {
			const timer = new AbortController();
			const heard = new Promise<'heard'>((resolve) => {
				const unsubscribe = this.onAnswer(() => {
					unsubscribe();
					resolve('heard');
				});
			});
			const tired = clock.sleep(patienceMs, timer.signal).then(
				() => 'tired' as const,
				() => 'heard' as const
			);
			const first = await Promise.race([heard, tired]);
			timer.abort(new Error('an answer came'));
			if (first === 'tired') return;
		}
	}

	#askAll(): void {
		for (const line of this.#holders.lines()) {
			if (this.#asked.get(line.peer) === line) continue;
			this.#asked.set(line.peer, line);
			void this.#ask(line);
		}
	}

	async #ask(line: HolderLine): Promise<void> {
		this.#pending++;
		try {
			await this.#question(line);
		} finally {
			this.#pending--;
			this.#answered.tell();
		}
	}
}
