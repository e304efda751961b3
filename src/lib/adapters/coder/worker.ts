/** The Web Worker of the coder pool: one job at a time, its answer's bytes transferred back. */
import { ChunkCompressor } from './compressor.ts';
import { benchOver, failureMessage, perform, spanning } from './jobs.ts';
import type { Bench, FromWorker, Job, ToWorker } from './jobs.ts';
import { Kernel } from './kernel.ts';

let bench: Bench | undefined;
/** Opened by the first job that needs it: a worker that only codes loads no Zstandard. */
let compressor: Promise<ChunkCompressor> | undefined;

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
	if (data.kind === 'start') start(data.module);
	else void answer(data.job);
});

function start(module: WebAssembly.Module): void {
	try {
		bench = benchOver(new Kernel(module), () => (compressor ??= ChunkCompressor.open()));
	} catch (error) {
		post(failureMessage(error), []);
	}
}

async function answer(job: Job): Promise<void> {
	try {
		if (bench === undefined) throw new Error('a job came before the module');
		const outcome = await perform(job, bench);
		const bytes = spanning(outcome.bytes);
		post({ kind: 'done', outcome: { ...outcome, bytes } }, [bytes.buffer]);
	} catch (error) {
		// A compressor that could not be opened ends the worker, as all that is not foreseen does; the next one tries again.
		post(failureMessage(error), []);
	}
}

function post(message: FromWorker, transfer: Transferable[]): void {
	self.postMessage(message, { transfer });
}
