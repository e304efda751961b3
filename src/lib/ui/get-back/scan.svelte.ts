import { Attempt } from '../attempt.svelte.ts';
import { texts } from '../texts.ts';

/** Reads a QR code by camera or from a picture. The decoder is loaded when it is first needed. */
export class Scan {
	readonly attempt = new Attempt();
	readonly #found: (code: string) => void;
	#end = $state.raw<(() => void) | undefined>();

	constructor(found: (code: string) => void) {
		this.#found = found;
	}

	/** Whether the camera is on. */
	get running(): boolean {
		return this.#end !== undefined;
	}

	/** Shows the camera until a code was seen or it is stopped. */
	async camera(video: HTMLVideoElement): Promise<void> {
		await this.attempt.run(async () => {
			const { watchCamera } = await import('./camera.ts');
			try {
				this.#end = await watchCamera(video, (code) => {
					this.#take(code);
				});
			} catch {
				this.attempt.refuse(texts.problems.noCamera);
			}
		});
	}

	async picture(picture: Blob): Promise<void> {
		await this.attempt.run(async () => {
			const { readPicture } = await import('./camera.ts');
			const code = await readPicture(picture).catch(() => undefined);
			if (code === undefined) this.attempt.refuse(texts.problems.noCode);
			else this.#take(code);
		});
	}

	stop(): void {
		this.#end?.();
		this.#end = undefined;
	}

	#take(code: string): void {
		this.stop();
		this.#found(code);
	}
}
