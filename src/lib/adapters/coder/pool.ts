/**
 * Coder, compressor and prover over a pool of Web Workers. Calls queue; each worker has one at a time, so that a dead
 * worker takes exactly one call with it. Bytes cross by transfer both ways.
 */
import { Malformed } from '../../engine/failures.ts';
import type {
	Coder,
	CompressionMethod,
	Compressor,
	Geometry,
	ProofKeys,
	Prover,
	SampledSectors,
	SectorClaim,
	Share
} from '../../engine/ports.ts';
import { CoderMisuse, CoderPanic, PoolClosed, WorkerLost } from './failures.ts';
import { transferable } from './jobs.ts';
import type { FromWorker, Job, Outcome, ToWorker } from './jobs.ts';
import { compileFastest } from './variants.ts';

export interface PoolOptions {
	/** How many workers at most; they start when there is work. Default: one fewer than the processor's threads, up to 4. */
	readonly workers?: number;
	/** The coder's module. Default: the fastest that this engine can run. */
	readonly module?: WebAssembly.Module;
}

interface Call {
	readonly job: Job;
	readonly resolve: (outcome: Outcome) => void;
	readonly reject: (reason: Error) => void;
}

/** A worker without work, or with one call. */
interface Hand {
	readonly worker: Worker;
	call: Call | undefined;
}

/** Opens a pool. Rejects when the coder's files cannot be fetched. */
export async function openCoderPool(options: PoolOptions = {}): Promise<CoderPool> {
	const workers = options.workers ?? Math.min(4, Math.max(1, navigator.hardwareConcurrency - 1));
	return new CoderPool(options.module ?? (await compileFastest()), workers);
}

/** Calls reject with CoderMisuse, CoderPanic, Malformed (decompress), WorkerLost or PoolClosed. */
export class CoderPool implements Coder, Compressor, Prover {
	readonly #module: WebAssembly.Module;
	readonly #handsMax: number;
	readonly #hands = new Set<Hand>();
	readonly #waiting: Call[] = [];
	#closed = false;

	constructor(module: WebAssembly.Module, workers: number) {
		this.#module = module;
		this.#handsMax = workers;
	}

	encode(geometry: Geometry, payload: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
		return this.#bytes({ kind: 'encode', geometry, payload });
	}

	decode(geometry: Geometry, shares: readonly Share[]): Promise<Uint8Array<ArrayBuffer>> {
		return this.#bytes({ kind: 'decode', geometry, shares });
	}

	rebuild(
		geometry: Geometry,
		shares: readonly Share[],
		position: number
	): Promise<Uint8Array<ArrayBuffer>> {
		return this.#bytes({ kind: 'rebuild', geometry, shares, position });
	}

	compress(bytes: Uint8Array, preferred: CompressionMethod): Promise<Outcome> {
		return this.#call({ kind: 'compress', bytes, preferred });
	}

	decompress(method: CompressionMethod, bytes: Uint8Array, rawBytes: number): Promise<Uint8Array> {
		return this.#bytes({ kind: 'decompress', method, bytes, rawBytes });
	}

	tag(keys: ProofKeys, record: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
		return this.#bytes({ kind: 'tag', keys, record });
	}

	combine(samples: SampledSectors): Promise<Uint8Array<ArrayBuffer>> {
		return this.#bytes({ kind: 'combine', samples });
	}

	async check(
		alpha: Uint8Array,
		claims: readonly SectorClaim[],
		proof: Uint8Array
	): Promise<boolean> {
		const { bytes } = await this.#call({ kind: 'check', alpha, claims, proof });
		return bytes[0] === 1;
	}

	/** Makes one worker's coder panic, for tests of what follows. */
	async panic(): Promise<void> {
		await this.#call({ kind: 'panic' });
	}

	/** Ends all workers. Calls that are not done reject with PoolClosed. */
	close(): void {
		this.#closed = true;
		for (const { worker, call } of this.#hands) {
			worker.terminate();
			call?.reject(new PoolClosed());
		}
		this.#hands.clear();
		for (const call of this.#waiting.splice(0)) call.reject(new PoolClosed());
	}

	async #bytes(job: Job): Promise<Uint8Array<ArrayBuffer>> {
		const { bytes } = await this.#call(job);
		// Workers transfer whole buffers, so the bytes are in one of their own.
		return bytes as Uint8Array<ArrayBuffer>;
	}

	#call(job: Job): Promise<Outcome> {
		return new Promise((resolve, reject) => {
			if (this.#closed) {
				reject(new PoolClosed());
				return;
			}
			this.#waiting.push({ job, resolve, reject });
			this.#assign();
		});
	}

	/** Gives waiting calls to idle workers, and to new ones while there are fewer than allowed. */
	#assign(): void {
		for (let call = this.#waiting[0]; call !== undefined; call = this.#waiting[0]) {
			const hand = this.#idle();
			if (hand === undefined) return;
			this.#waiting.shift();
			this.#give(hand, call);
		}
	}

	#idle(): Hand | undefined {
		for (const hand of this.#hands) if (hand.call === undefined) return hand;
		return this.#hands.size < this.#handsMax ? this.#hire() : undefined;
	}

	#give(hand: Hand, call: Call): void {
		try {
			const { job, transfer } = transferable(call.job);
			send(hand.worker, { kind: 'job', job }, transfer);
			hand.call = call;
		} catch (error) {
			// Only bytes that are detached already cannot be sent.
			call.reject(new CoderMisuse(String(error)));
		}
	}

	#hire(): Hand {
		const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
		const hand: Hand = { worker, call: undefined };
		worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
			this.#settle(hand, data);
		});
		worker.addEventListener('error', (event) => {
			this.#settle(hand, { kind: 'lost', message: event.message || 'its script did not load' });
		});
		send(worker, { kind: 'start', module: this.#module }, []);
		this.#hands.add(hand);
		return hand;
	}

	/** Ends the worker's call. A lost worker is let go; the next call that needs one starts another. */
	#settle(hand: Hand, answer: FromWorker): void {
		const { call } = hand;
		hand.call = undefined;
		if (answer.kind === 'lost') {
			hand.worker.terminate();
			this.#hands.delete(hand);
		}
		if (answer.kind === 'done') call?.resolve(answer.outcome);
		else call?.reject(failure(answer));
		this.#assign();
	}
}

function failure(answer: Exclude<FromWorker, { kind: 'done' }>): Error {
	switch (answer.kind) {
		case 'panicked':
			return new CoderPanic(answer.line);
		case 'misused':
			return new CoderMisuse(answer.message);
		case 'malformed':
			return new Malformed(answer.message);
		case 'lost':
			return new WorkerLost(`a coder worker died: ${answer.message}`);
	}
}

function send(worker: Worker, message: ToWorker, transfer: Transferable[]): void {
	worker.postMessage(message, transfer);
}
