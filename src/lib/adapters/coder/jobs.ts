/** What crosses between a pool and its workers, and how a worker does it. */
import { Malformed } from '../../engine/failures.ts';
import type {
	CompressionMethod,
	Geometry,
	ProofKeys,
	SampledSectors,
	SectorClaim,
	Share
} from '../../engine/ports.ts';
import type { ChunkCompressor } from './compressor.ts';
import { CoderMisuse, CoderPanic } from './failures.ts';
import { CoderInstance } from './instance.ts';
import type { Kernel } from './kernel.ts';
import { ProverInstance } from './prover.ts';

/** One call. `panic` only proves what follows a panic. */
export type Job =
	| { readonly kind: 'encode'; readonly geometry: Geometry; readonly payload: Uint8Array }
	| { readonly kind: 'decode'; readonly geometry: Geometry; readonly shares: readonly Share[] }
	| {
			readonly kind: 'rebuild';
			readonly geometry: Geometry;
			readonly shares: readonly Share[];
			readonly position: number;
	  }
	| {
			readonly kind: 'compress';
			readonly bytes: Uint8Array;
			readonly preferred: CompressionMethod;
	  }
	| {
			readonly kind: 'decompress';
			readonly method: CompressionMethod;
			readonly bytes: Uint8Array;
			readonly rawBytes: number;
	  }
	| { readonly kind: 'tag'; readonly keys: ProofKeys; readonly record: Uint8Array }
	| { readonly kind: 'combine'; readonly samples: SampledSectors }
	| {
			readonly kind: 'check';
			readonly alpha: Uint8Array;
			readonly claims: readonly SectorClaim[];
			readonly proof: Uint8Array;
	  }
	| { readonly kind: 'panic' };

/**
 * The result of a job. `method` says how `bytes` are compressed, and means something after `compress` only. Of a
 * `check` it is one byte: 1 when the proof is right.
 */
export interface Outcome {
	readonly bytes: Uint8Array;
	readonly method: CompressionMethod;
}

/** Everything a worker is told: the module once, before any job. */
export type ToWorker =
	| { readonly kind: 'start'; readonly module: WebAssembly.Module }
	| { readonly kind: 'job'; readonly job: Job };

/** A worker's answer to a job. Errors cross as data, because structured clone forgets their classes. */
export type FromWorker =
	| { readonly kind: 'done'; readonly outcome: Outcome }
	| { readonly kind: 'panicked'; readonly line: number }
	| { readonly kind: 'misused'; readonly message: string }
	| { readonly kind: 'malformed'; readonly message: string }
	| { readonly kind: 'lost'; readonly message: string };

/** What jobs are done with. */
export interface Bench {
	readonly coder: CoderInstance;
	readonly prover: ProverInstance;
	/** Opened by the first job that needs it. */
	openCompressor(): Promise<ChunkCompressor>;
}

export function benchOver(kernel: Kernel, openCompressor: Bench['openCompressor']): Bench {
	return { coder: new CoderInstance(kernel), prover: new ProverInstance(kernel), openCompressor };
}

/** Does a job in the calling thread. Rejects with CoderMisuse, CoderPanic, Malformed, or what `openCompressor` fails with. */
export async function perform(job: Job, bench: Bench): Promise<Outcome> {
	const { coder, prover } = bench;
	switch (job.kind) {
		case 'encode':
			return plain(coder.encode(job.geometry, job.payload));
		case 'decode':
			return plain(coder.decode(job.geometry, job.shares));
		case 'rebuild':
			return plain(coder.rebuild(job.geometry, job.shares, job.position));
		case 'compress':
			return (await bench.openCompressor()).compress(job.bytes, job.preferred);
		case 'decompress': {
			const compressor = await bench.openCompressor();
			return plain(compressor.decompress(job.method, job.bytes, job.rawBytes));
		}
		case 'tag':
			return plain(prover.tag(job.keys, job.record));
		case 'combine':
			return plain(prover.combine(job.samples));
		case 'check':
			return plain(Uint8Array.of(Number(prover.check(job.alpha, job.claims, job.proof))));
		case 'panic':
			coder.panic();
			return plain(new Uint8Array());
	}
}

/** A failure of `perform` as a message; whatever is not foreseen means that the worker is beyond use. */
export function failureMessage(error: unknown): FromWorker {
	if (error instanceof CoderPanic) return { kind: 'panicked', line: error.line };
	if (error instanceof CoderMisuse) return { kind: 'misused', message: error.message };
	if (error instanceof Malformed) return { kind: 'malformed', message: error.message };
	return { kind: 'lost', message: String(error) };
}

/** The same job over bytes that span their buffers, so that all can be transferred. Copies only what does not. */
export function transferable(job: Job): { readonly job: Job; readonly transfer: ArrayBuffer[] } {
	const transfer: ArrayBuffer[] = [];
	const give = (bytes: Uint8Array): Uint8Array => {
		const whole = spanning(bytes, transfer);
		transfer.push(whole.buffer);
		return whole;
	};
	const giveShares = (shares: readonly Share[]) =>
		shares.map(({ position, bytes }) => ({ position, bytes: give(bytes) }));
	const giveSamples = (samples: SampledSectors) => ({
		...samples,
		sectors: give(samples.sectors),
		tags: give(samples.tags)
	});
	switch (job.kind) {
		case 'encode':
			return { job: { ...job, payload: give(job.payload) }, transfer };
		case 'decode':
		case 'rebuild':
			return { job: { ...job, shares: giveShares(job.shares) }, transfer };
		case 'compress':
		case 'decompress':
			return { job: { ...job, bytes: give(job.bytes) }, transfer };
		case 'tag':
			return { job: { ...job, record: give(job.record) }, transfer };
		case 'combine':
			return { job: { ...job, samples: giveSamples(job.samples) }, transfer };
		case 'check':
		case 'panic':
			return { job, transfer };
	}
}

/** The bytes themselves where they are all of a buffer of their own that is not given away yet, else a copy. */
export function spanning(
	bytes: Uint8Array,
	given: readonly ArrayBuffer[] = []
): Uint8Array<ArrayBuffer> {
	const { buffer } = bytes;
	const whole = buffer instanceof ArrayBuffer && bytes.byteLength === buffer.byteLength;
	if (!whole || given.includes(buffer)) return new Uint8Array(bytes);
	return bytes as Uint8Array<ArrayBuffer>;
}

function plain(bytes: Uint8Array): Outcome {
	return { bytes, method: 'stored' };
}
