import { StoreClosed, StoreInUse } from '../../../src/lib/adapters/opfs/failures.ts';
import { BlockConflict, StorageFull } from '../../../src/lib/engine/failures.ts';
import type { PeerId } from '../../../src/lib/engine/identifiers.ts';
import type { BlockStore, HeldBlock, RecordPiece } from '../../../src/lib/engine/ports.ts';
import type { Answer, Call, Question } from './protocol.ts';

interface Waiting {
	resolve(value: unknown): void;
	reject(error: Error): void;
}

const failures = [StorageFull, BlockConflict, StoreInUse, StoreClosed, RangeError];

/** A block store in a worker of its own, as the page sees it. */
export class RemoteStore implements BlockStore {
	readonly #worker = new Worker(new URL('./store-worker.ts', import.meta.url), { type: 'module' });
	readonly #waiting = new Map<number, Waiting>();
	#calls = 0;

	constructor() {
		this.#worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
			const waiting = this.#waiting.get(data.id);
			this.#waiting.delete(data.id);
			if ('error' in data) waiting?.reject(revive(data.error));
			else waiting?.resolve(data.value);
		});
	}

	ask(call: Call): Promise<unknown> {
		return new Promise((resolve, reject) => {
			const id = this.#calls++;
			this.#waiting.set(id, { resolve, reject });
			this.#worker.postMessage({ id, call } satisfies Question);
		});
	}

	/** Ends the worker as it stands. What it was asked is never answered. */
	kill(): void {
		this.#worker.terminate();
	}

	async put(block: HeldBlock, record: Uint8Array): Promise<void> {
		await this.ask({ kind: 'put', block, record });
	}

	async get(owner: PeerId, number: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
		const record = await this.ask({ kind: 'get', owner, number });
		return record as Uint8Array<ArrayBuffer> | undefined;
	}

	async read(
		owner: PeerId,
		pieces: readonly RecordPiece[]
	): Promise<readonly (Uint8Array<ArrayBuffer> | undefined)[]> {
		const read = await this.ask({ kind: 'read', owner, pieces });
		return read as readonly (Uint8Array<ArrayBuffer> | undefined)[];
	}

	async delete(owner: PeerId, numbers: readonly number[]): Promise<void> {
		await this.ask({ kind: 'delete', owner, numbers });
	}

	async list(owner: PeerId, from: number, limit: number): Promise<readonly HeldBlock[]> {
		return (await this.ask({ kind: 'list', owner, from, limit })) as HeldBlock[];
	}

	async usage(owner: PeerId): Promise<{ blocks: number; bytes: number }> {
		return (await this.ask({ kind: 'usage', owner })) as { blocks: number; bytes: number };
	}

	async total(): Promise<{ blocks: number; bytes: number }> {
		return (await this.ask({ kind: 'total' })) as { blocks: number; bytes: number };
	}
}

function revive({ name, message }: { readonly name: string; readonly message: string }): Error {
	for (const Failure of failures) if (new Failure('').name === name) return new Failure(message);
	return Object.assign(new Error(message), { name });
}
