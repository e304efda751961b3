import { LinkClosed } from '../../../src/lib/engine/failures.ts';
import type { PeerId, StripeId } from '../../../src/lib/engine/identifiers.ts';
import type { Unsubscribe } from '../../../src/lib/engine/ports.ts';
import type { HolderLine, Holders } from '../../../src/lib/engine/restore/holders.ts';
import type { Reply, Request, ShelfEntry } from '../../../src/lib/engine/wire/messages.ts';

export interface HeldRecord {
	readonly stripe: StripeId;
	readonly position: number;
	readonly record: Uint8Array;
}

/** How a partner answers: honestly, unless a test gives it another way. */
export type Manner = (request: Request, honest: () => Reply) => Promise<Reply>;

/** A partner in memory. It answers at once, and counts what it was asked. */
export class MemoryHolder implements HolderLine {
	readonly peer: PeerId;
	readonly shelf = new Map<number, HeldRecord>();
	heads: Uint8Array[] = [];
	manner: Manner = (_, honest) => Promise.resolve(honest());
	/** Every request by its type. */
	readonly asked = new Map<Request['type'], number>();
	/** Requests that are open now, and the most that ever were. */
	open = 0;
	openMost = 0;

	constructor(peer: PeerId) {
		this.peer = peer;
	}

	/** Stores under the next number. */
	put(stripe: StripeId, position: number, seal: (number: number) => Uint8Array): void {
		const number = this.shelf.size;
		this.shelf.set(number, { stripe, position, record: seal(number) });
	}

	async request(request: Request): Promise<Reply> {
		this.asked.set(request.type, this.times(request.type) + 1);
		this.openMost = Math.max(this.openMost, ++this.open);
		const reply = await this.manner(request, () => this.honest(request));
		this.open--;
		return reply;
	}

	/** How often it was asked this. */
	times(type: Request['type']): number {
		return this.asked.get(type) ?? 0;
	}

	honest(request: Request): Reply {
		switch (request.type) {
			case 'get-heads':
				return { type: 'heads', heads: this.heads };
			case 'get-block': {
				const held = this.shelf.get(request.number);
				if (held === undefined) return { type: 'declined', reason: 'not-held', detail: '' };
				return { type: 'block', record: held.record.slice() };
			}
			case 'list-shelf': {
				const rest = [...this.shelf].filter(([number]) => number >= request.from);
				const entries = rest.slice(0, request.limit).map(entryOf);
				return { type: 'shelf', entries, more: rest.length > request.limit };
			}
			default:
				return { type: 'declined', reason: 'unwilling', detail: '' };
		}
	}
}

function entryOf([number, { stripe, position, record }]: [number, HeldRecord]): ShelfEntry {
	return [number, stripe, position, record.length];
}

/** Partners that a test connects and disconnects. */
export class MemoryHolders implements Holders {
	#lines: readonly HolderLine[];
	readonly #listeners = new Set<() => void>();

	constructor(lines: readonly HolderLine[]) {
		this.#lines = lines;
	}

	lines(): readonly HolderLine[] {
		return this.#lines;
	}

	onChange(listener: () => void): Unsubscribe {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	change(lines: readonly HolderLine[]): void {
		this.#lines = lines;
		for (const listener of [...this.#listeners]) listener();
	}
}

/** Never answers. */
export const silent: Manner = () => new Promise<Reply>(() => undefined);

/** The line is gone. */
export const gone: Manner = () => Promise.reject(new LinkClosed('gone'));

/** Returns every block with one bit flipped. */
export const rotten: Manner = (_, honest) => {
	const reply = honest();
	if (reply.type !== 'block') return Promise.resolve(reply);
	const record = reply.record.slice();
	record[record.length >> 1] = (record[record.length >> 1] ?? 0) ^ 1;
	return Promise.resolve({ type: 'block', record });
};

/** Answers every request for a block with this. */
export function instead(reply: Reply): Manner {
	return (request, honest) => Promise.resolve(request.type === 'get-block' ? reply : honest());
}
