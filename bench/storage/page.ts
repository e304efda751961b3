import type { Round } from './rounds.ts';

declare global {
	interface Window {
		measureStorage(rounds: number): Promise<readonly Round[]>;
	}
}

/** Sync access handles exist in workers only. */
window.measureStorage = (rounds) =>
	new Promise((resolve, reject) => {
		const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
		worker.onmessage = ({ data }: MessageEvent<readonly Round[]>) => {
			resolve(data);
		};
		worker.onerror = ({ message }) => {
			reject(new Error(message));
		};
		worker.postMessage(rounds);
	});
document.title = 'ready';
