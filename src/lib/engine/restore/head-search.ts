/** Asks every partner that can be reached for the owner's heads, and keeps the choice among them up to date. */
import type { PeerId } from '../identifiers.ts';
import type { Keyring } from '../keys/keyring.ts';
import type { Clock, Unsubscribe } from '../ports.ts';
import { Canvass } from './canvass.ts';
import { chooseHead, type HeadChoice } from './head-choice.ts';
import { ask, type HolderLine, type Holders } from './holders.ts';

export class HeadSearch {
	readonly #keyring: Keyring;
	readonly #answers = new Map<PeerId, readonly Uint8Array[]>();
	readonly #canvass: Canvass;
	#choice: HeadChoice;

	constructor(keyring: Keyring, holders: Holders) {
		this.#keyring = keyring;
		this.#choice = chooseHead(keyring, this.#answers);
		this.#canvass = new Canvass(holders, (line) => this.#hear(line));
	}

	start(): void {
		this.#canvass.start();
	}

	stop(): void {
		this.#canvass.stop();
	}

	/** The choice among all answers so far. */
	get choice(): HeadChoice {
		return this.#choice;
	}

	/** Called after each answer. */
	onAnswer(listener: () => void): Unsubscribe {
		return this.#canvass.onAnswer(listener);
	}

	/** Resolves when everybody reachable was heard, or nobody new for `patienceMs`. */
	settled(clock: Clock, patienceMs: number): Promise<void> {
		return this.#canvass.settled(clock, patienceMs);
	}

	async #hear(line: HolderLine): Promise<void> {
		const reply = await ask(line, { type: 'get-heads' }, 'control');
		if (reply === undefined) return;
		this.#answers.set(line.peer, reply.type === 'heads' ? reply.heads : []);
		this.#choice = chooseHead(this.#keyring, this.#answers);
	}
}
