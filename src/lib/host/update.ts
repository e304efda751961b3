import { Workbox } from 'workbox-window';

/**
 * A new version of the app that waits to be used. It is applied only when the person says so, and never while a
 * backup or restore runs: taking it reloads every tab of the app.
 */
export class Updates {
	readonly #workbox: Workbox;
	readonly #listeners = new Set<(waiting: boolean) => void>();
	#waiting = false;

	constructor(busy: () => boolean) {
		this.#workbox = new Workbox('/service-worker.js', { type: 'module' });
		this.#workbox.addEventListener('waiting', () => {
			this.#waiting = true;
			for (const listener of this.#listeners) listener(true);
		});
		this.#workbox.addEventListener('controlling', (event) => {
			// The first worker takes control of a page that is already the newest. A busy tab keeps the version it
			// runs; the next time it is opened it is the new one.
			if (event.isUpdate === true && !busy()) location.reload();
		});
	}

	/** Registers the service worker; where there is none, the app simply does not work off-line. */
	async start(): Promise<void> {
		await this.#workbox.register();
	}

	get waiting(): boolean {
		return this.#waiting;
	}

	onWaiting(listener: (waiting: boolean) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	/** Lets the waiting version take over, which reloads the app. */
	apply(): void {
		this.#workbox.messageSkipWaiting();
	}
}

/** Watches for new versions; undefined where the browser has no service workers here. */
export function watchUpdates(busy: () => boolean): Updates | undefined {
	if (!('serviceWorker' in navigator)) return undefined;
	const updates = new Updates(busy);
	// Registration fails without a network on a first visit, and that is no error of the person's.
	updates.start().catch(() => undefined);
	return updates;
}
