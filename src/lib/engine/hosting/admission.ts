/**
 * Lets blocks in while there is room: what the agreement promises their owner, and what the person lends. Blocks on
 * their way to disk hold their place, so that many at once cannot exceed a limit together.
 */
import type { PeerId } from '../identifiers.ts';
import type { BlockStore } from '../ports.ts';
import { Turns } from '../turns.ts';
import { whyNoSpace } from './space.ts';

export interface AdmissionOptions {
	readonly blocks: Pick<BlockStore, 'usage' | 'total'>;
	/** Space promised to an owner. */
	readonly agreedBytes: (owner: PeerId) => number;
	readonly lendBytes: () => number;
}

export type Admitted<T> =
	| { readonly kind: 'done'; readonly result: T }
	| { readonly kind: 'full'; readonly problem: string };

export class Admission {
	readonly #options: AdmissionOptions;
	/** Bytes of blocks on their way to disk. */
	readonly #writing = new Map<PeerId, number>();
	readonly #turns = new Turns<'admission'>();

	constructor(options: AdmissionOptions) {
		this.#options = options;
	}

	/** Does the work if so many bytes fit, and holds their place until it has ended. */
	async admit<T>(owner: PeerId, bytes: number, work: () => Promise<T>): Promise<Admitted<T>> {
		const problem = await this.#turns.take('admission', () => this.#reserve(owner, bytes));
		if (problem !== undefined) return { kind: 'full', problem };
		try {
			return { kind: 'done', result: await work() };
		} finally {
			this.#writing.set(owner, this.#writingOf(owner) - bytes);
		}
	}

	/** Undefined when the place is reserved, else why it does not fit. */
	async #reserve(owner: PeerId, neededBytes: number): Promise<string | undefined> {
		const { blocks, agreedBytes, lendBytes } = this.#options;
		// Taken before the disk is asked: a block that lands in between counts twice, and never not at all.
		const ownerWriting = this.#writingOf(owner);
		const allWriting = [...this.#writing.values()].reduce((sum, bytes) => sum + bytes, 0);
		const [usage, total] = await Promise.all([blocks.usage(owner), blocks.total()]);
		const problem = whyNoSpace({
			neededBytes,
			ownerBytes: usage.bytes + ownerWriting,
			agreedBytes: agreedBytes(owner),
			totalBytes: total.bytes + allWriting,
			lendBytes: lendBytes()
		});
		if (problem === undefined) this.#writing.set(owner, this.#writingOf(owner) + neededBytes);
		return problem;
	}

	#writingOf(owner: PeerId): number {
		return this.#writing.get(owner) ?? 0;
	}
}
