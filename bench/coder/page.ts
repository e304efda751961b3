/** Hands the measuring to a worker, as the app does, and its samples to whoever drives the page. */
import type { Sample } from './measure.ts';

declare global {
	interface Window {
		measureCoder: (rounds: number) => Promise<readonly Sample[]>;
	}
}

window.measureCoder = (rounds) =>
	new Promise((resolve, reject) => {
		const worker = new Worker(new URL('./measure.ts', import.meta.url), { type: 'module' });
		worker.addEventListener('message', ({ data }: MessageEvent<readonly Sample[]>) => {
			worker.terminate();
			resolve(data);
		});
		worker.addEventListener('error', (event) => reject(new Error(event.message)));
		worker.postMessage(rounds);
	});
document.title = 'ready';
