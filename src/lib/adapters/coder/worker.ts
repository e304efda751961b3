/** The Web Worker of the coder pool: one job at a time, its answer's bytes transferred back. */
import { ChunkCompressor } from './compressor.ts';
import { CoderInstance } from './instance.ts';
import { failureMessage, perform, spanning } from './jobs.ts';
import type { FromWorker, Job, ToWorker } from './jobs.ts';

let tools: Promise<[CoderInstance, ChunkCompressor]> | undefined;

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
	if (data.kind === 'start') tools = open(data.module);
	else void answer(data.job);
});

function open(module: WebAssembly.Module): Promise<[CoderInstance, ChunkCompressor]> {
	const opening = Promise.all([new CoderInstance(module), ChunkCompressor.open()]);
	// Whoever asks for the tools hears of the failure; without this it would be reported twice.
	opening.catch(() => undefined);
	return opening;
}

async function answer(job: Job): Promise<void> {
	try {
		if (tools === undefined) throw new Error('a job came before the module');
		const outcome = perform(job, ...(await tools));
		const bytes = spanning(outcome.bytes);
		post({ kind: 'done', outcome: { ...outcome, bytes } }, [bytes.buffer]);
	} catch (error) {
		post(failureMessage(error), []);
	}
}

function post(message: FromWorker, transfer: Transferable[]): void {
	self.postMessage(message, { transfer });
}
