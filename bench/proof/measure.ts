/**
 * Measures in one worker: every contender once a round, in turn, so that a slow moment of the machine hits all alike.
 * Tagging includes the copies into and out of WASM memory and the record that comes out; hashing gives 32 bytes.
 */
import { createBLAKE3 } from 'hash-wasm';
import { DirectCoder } from '../../src/lib/adapters/coder/direct.ts';
import { Kernel } from '../../src/lib/adapters/coder/kernel.ts';
import { ProverInstance } from '../../src/lib/adapters/coder/prover.ts';
import { compileFastest, compileVariant, variants } from '../../src/lib/adapters/coder/variants.ts';
import { VirtualShelf, type ProofTimes } from './shelf.ts';

/** One contender in one round; MB are 10^6 bytes. */
export interface Sample {
	readonly contender: string;
	readonly megabytesPerSecond: number;
}

export interface Found {
	readonly samples: readonly Sample[];
	readonly proofs: readonly ProofTimes[];
}

type Contender = readonly [name: string, run: () => void];

const recordBytes = 132 + 256 * 1024 + 16;
/** The blocks of a stripe go to as many partners, each with an alpha key of its own. */
const partners = 20;
const sampleMsMin = 60;

self.addEventListener('message', ({ data: rounds }: MessageEvent<number>) => {
	void measure(rounds).then((found) => self.postMessage(found));
});

async function measure(rounds: number): Promise<Found> {
	const contenders = await openContenders();
	const shelf = await VirtualShelf.open(new DirectCoder(new Kernel(await compileFastest())));
	const samples: Sample[] = [];
	const proofs: ProofTimes[] = [];
	for (const [, run] of contenders) run();
	await shelf.prove(new Uint8Array(32));
	for (let round = 1; round <= rounds; round++) {
		for (const [contender, run] of contenders) {
			samples.push({ contender, megabytesPerSecond: speed(run) });
		}
		proofs.push(await shelf.prove(new Uint8Array(32).fill(round)));
	}
	return { samples, proofs };
}

async function openContenders(): Promise<readonly Contender[]> {
	const record = Uint8Array.from({ length: recordBytes }, (_, i) => (i * 2654435761) >>> 24);
	const hasher = await createBLAKE3();
	const modules = await Promise.all(variants.map(compileVariant));
	const kernels = modules.flatMap((module) => (module === undefined ? [] : [new Kernel(module)]));
	return [
		...kernels.flatMap((kernel) => [
			tagging(kernel, record, 'one partner', 1),
			tagging(kernel, record, `${partners} partners in turn`, partners)
		]),
		['BLAKE3', () => void hasher.init().update(record).digest('binary')]
	];
}

function tagging(kernel: Kernel, record: Uint8Array, name: string, alphas: number): Contender {
	const prover = new ProverInstance(kernel);
	let runs = 0;
	const run = (): void => {
		const alpha = new Uint8Array(32).fill(runs % alphas);
		prover.tag({ alpha, pad: new Uint8Array(32).fill(runs++) }, record);
	};
	return [`${kernel.variant}, ${name}`, run];
}

/** Runs for at least `sampleMsMin`. */
function speed(run: () => void): number {
	const begin = performance.now();
	let runs = 0;
	let elapsedMs = 0;
	while (elapsedMs < sampleMsMin) {
		run();
		runs++;
		elapsedMs = performance.now() - begin;
	}
	return (runs * recordBytes) / elapsedMs / 1000;
}
