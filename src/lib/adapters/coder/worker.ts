/** The Web Worker of the coder pool: one job at a time, its answer's bytes transferred back. */
import { ChunkCompressor } from './compressor.ts';
import { CoderInstance } from './instance.ts';
import { failureMessage, perform, spanning } from './jobs.ts';
import type { FromWorker, Job, ToWorker } from './jobs.ts';

let coder: CoderInstance | undefined;
/** Opened by the first job that needs it: a worker that only codes loads no Zstandard. */
let compressor: Promise<ChunkCompressor> | undefined;

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
	if (data.kind === 'start') start(data.module);
	else void answer(data.job);
});

function start(module: WebAssembly.Module): void {
	try {
		coder = new CoderInstance(module);
	} catch (error) {
		post(failureMessage(error), []);
	}
}

async function answer(job: Job): Promise<void> {
	try {
		if (coder === undefined) throw new Error('a job came before the module');
		const outcome = await perform(job, coder, () => (compressor ??= ChunkCompressor.open()));
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
