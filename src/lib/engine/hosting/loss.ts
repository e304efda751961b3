/**
 * Tells owners of blocks that this disk lost, before a challenge finds it out (patent step 228: data loss can be
 * declared, and is refilled). Looked for at every session with an owner, and when a block could not be read.
 */
import type { PeerId } from '../identifiers.ts';
import { sign } from '../keys/signature.ts';
import type { Agreement } from '../partners/agreement.ts';
import type { BlockStore, Clock, Log, Records } from '../ports.ts';
import { Turns } from '../turns.ts';
import { liveList, missingNumbers } from '../verify/live-list.ts';
import {
	encodeLossDeclaration,
	lostNumbersMax,
	type LostBlocks
} from '../verify/loss-declaration.ts';
import type { Session } from '../wire/session.ts';
import { signedState, wholeShelf } from './held-shelf.ts';

export interface LossOptions {
	readonly self: PeerId;
	readonly identity: Uint8Array;
	readonly clock: Pick<Clock, 'now'>;
	readonly blocks: Pick<BlockStore, 'list' | 'delete'>;
	readonly records: Pick<Records, 'get'>;
	readonly log: Log;
	/** The agreement with an owner that is in force. */
	readonly agreementWith: (owner: PeerId) => Agreement | undefined;
	/** The line to an owner, while there is one. */
	readonly line: (owner: PeerId) => Pick<Session, 'request'> | undefined;
}

export class Loss {
	readonly #options: LossOptions;
	readonly #unreadable = new Map<PeerId, Set<number>>();
	readonly #turns = new Turns<PeerId>();

	constructor(options: LossOptions) {
		this.#options = options;
	}

	/**
	 * Compares the shelf with what was signed, and declares what is missing, and what is listed and was found to be
	 * unreadable. What cannot be said now is said in the next session. Never rejects.
	 */
	look(owner: PeerId, unreadable: readonly number[] = []): Promise<void> {
		const numbers = this.#unreadable.get(owner) ?? new Set<number>();
		for (const number of unreadable) this.#unreadable.set(owner, numbers.add(number));
		return this.#turns.take(owner, async () => {
			try {
				const lost = await this.#lostOf(owner);
				if (lost !== undefined) await this.#declare(owner, lost);
			} catch (error) {
				this.#options.log.write('warning', `loss at ${owner.slice(0, 8)}: ${String(error)}`);
			}
		});
	}

	/** Undefined when everything is here. More than one declaration takes is said in the next session. */
	async #lostOf(owner: PeerId): Promise<LostBlocks | undefined> {
		const { records, blocks } = this.#options;
		const unreadable = [...(this.#unreadable.get(owner) ?? [])].slice(0, lostNumbersMax);
		const state = await signedState(records, owner);
		const held = state === undefined ? [] : await wholeShelf(blocks, owner);
		if (state !== undefined && state.liveCount > 0 && held.length === 0) {
			return { kind: 'all', below: state.nextNumber };
		}
		const whole = state === undefined || liveList(state, held) !== undefined;
		const missing = whole ? [] : missingNumbers(state, held, lostNumbersMax - unreadable.length);
		const numbers = [...missing, ...unreadable].sort((a, b) => a - b);
		return numbers.length === 0 ? undefined : { kind: 'numbers', numbers };
	}

	async #declare(owner: PeerId, lost: LostBlocks): Promise<void> {
		const { self, identity, clock, blocks, agreementWith, line, log } = this.#options;
		const agreement = agreementWith(owner)?.id;
		const session = line(owner);
		if (agreement === undefined || session === undefined) return;
		const declaration = encodeLossDeclaration({
			owner,
			partner: self,
			agreement,
			at: clock.now(),
			lost
		});
		const signature = sign(identity, 'loss', declaration);
		const reply = await session.request({ type: 'declare-loss', declaration, signature });
		if (reply.type === 'declined') {
			log.write('info', `${owner.slice(0, 8)} does not take a declaration: ${reply.detail}`);
			return;
		}
		// What cannot be read would be listed, and counted on, again.
		const unreadable = [...(this.#unreadable.get(owner) ?? [])];
		await blocks.delete(owner, unreadable);
		this.#unreadable.delete(owner);
	}
}
