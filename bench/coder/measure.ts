/**
 * Measures in one worker: every contender once a round, in turn, so that a slow moment of the machine hits all alike.
 * Both coders are timed under one contract: parity filled into a stripe in place, with the copies into and out of WASM
 * memory. Decoding loses every data block; ours also allocates its result, theirs writes into the stripe.
 */
import { CoderInstance } from '../../src/lib/adapters/coder/instance.ts';
import { Kernel } from '../../src/lib/adapters/coder/kernel.ts';
import { compileVariant, variants } from '../../src/lib/adapters/coder/variants.ts';
import type { Geometry } from '../../src/lib/engine/ports.ts';
import { Subspace } from './subspace.ts';

/** One contender in one round. `megabytesPerSecond` counts payload bytes (m * blockBytes), 10^6 bytes each. */
export interface Sample {
	readonly geometry: Geometry;
	readonly contender: string;
	readonly megabytesPerSecond: number;
}

type Contender = readonly [name: string, run: () => void];

const geometries: readonly Geometry[] = [4, 10, 20].map((blocks) => ({
	m: blocks,
	k: blocks,
	blockBytes: 256 * 1024
}));
const sampleMsMin = 60;

self.addEventListener('message', ({ data: rounds }: MessageEvent<number>) => {
	void measure(rounds).then((samples) => self.postMessage(samples));
});

async function measure(rounds: number): Promise<readonly Sample[]> {
	const modules = await Promise.all(variants.map(compileVariant));
	const instances = modules.flatMap((module) =>
		module ? [new CoderInstance(new Kernel(module))] : []
	);
	const subspace = await Subspace.open();
	const samples: Sample[] = [];
	for (const geometry of geometries) {
		const contenders = contendersFor(geometry, instances, subspace);
		for (const [, run] of contenders) run();
		for (let round = 0; round < rounds; round++) {
			for (const [contender, run] of contenders) {
				const megabytesPerSecond = speed(geometry, run);
				samples.push({ geometry, contender, megabytesPerSecond });
			}
		}
	}
	return samples;
}

function contendersFor(
	geometry: Geometry,
	instances: readonly CoderInstance[],
	subspace: Subspace
): readonly Contender[] {
	const { m, k, blockBytes } = geometry;
	const payload = Uint8Array.from({ length: m * blockBytes }, (_, i) => (i * 2654435761) >>> 24);
	const copy = new Uint8Array(payload.length);
	const theirs = new Uint8Array((m + k) * blockBytes);
	theirs.set(payload);
	const present = Array.from({ length: m + k }, (_, position) => position >= m);
	return [
		['memory copy', () => copy.set(payload)],
		...instances.flatMap((coder) => ourContenders(geometry, payload, coder)),
		['subspace encode', () => subspace.encode(theirs, m, k)],
		['subspace decode', () => subspace.reconstruct(theirs, m, k, present)]
	];
}

/** Encoding, and decoding with every data block lost. */
function ourContenders(
	geometry: Geometry,
	payload: Uint8Array,
	coder: CoderInstance
): readonly Contender[] {
	const { m, k, blockBytes } = geometry;
	const stripe = coder.encode(geometry, payload);
	const shares = Array.from({ length: k }, (_, parity) => ({
		position: m + parity,
		bytes: stripe.subarray((m + parity) * blockBytes, (m + parity + 1) * blockBytes)
	}));
	return [
		[`${coder.variant} encode`, () => coder.fillParity(geometry, stripe)],
		[`${coder.variant} decode`, () => coder.decode(geometry, shares)]
	];
}

/** Runs for at least `sampleMsMin`. */
function speed({ m, blockBytes }: Geometry, run: () => void): number {
	const begin = performance.now();
	let runs = 0;
	let elapsedMs = 0;
	while (elapsedMs < sampleMsMin) {
		run();
		runs++;
		elapsedMs = performance.now() - begin;
	}
	return (runs * m * blockBytes) / elapsedMs / 1000;
}
