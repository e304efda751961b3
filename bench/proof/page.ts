/** Hands the measuring to a worker, as the app does, and what it found to whoever drives the page. */
import type { Found } from './measure.ts';

declare global {
	interface Window {
		measureProofs: (rounds: number) => Promise<Found>;
	}
}

window.measureProofs = (rounds) =>
	new Promise((resolve, reject) => {
		const worker = new Worker(new URL('./measure.ts', import.meta.url), { type: 'module' });
		worker.addEventListener('message', ({ data }: MessageEvent<Found>) => {
			worker.terminate();
			resolve(data);
		});
		worker.addEventListener('error', (event) => reject(new Error(event.message)));
		worker.postMessage(rounds);
	});
document.title = 'ready';
