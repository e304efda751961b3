/** The event by which Chromium says that the app can be installed; in no standard yet, so not in the DOM types. */
interface InstallPromptEvent extends Event {
	prompt(): Promise<void>;
	readonly userChoice: Promise<{ readonly outcome: 'accepted' | 'dismissed' }>;
}

/**
 * 'installed': runs in its own window; 'offered': the browser would ask now; 'by menu': only the browser's own menu
 * installs it, if at all.
 */
export type Installation = 'installed' | 'offered' | 'by menu';

let offer: InstallPromptEvent | undefined;
const listeners = new Set<() => void>();

/** Begins to listen. Call it at once when the page starts: the browser offers only once. */
export function watchInstallation(): void {
	addEventListener('beforeinstallprompt', (event) => {
		event.preventDefault();
		offer = event as InstallPromptEvent;
		tell();
	});
	addEventListener('appinstalled', () => {
		offer = undefined;
		tell();
	});
}

export function installation(): Installation {
	if (matchMedia('(display-mode: standalone)').matches) return 'installed';
	return offer === undefined ? 'by menu' : 'offered';
}

export function onInstallation(listener: () => void): () => void {
	listeners.add(listener);
	return () => listeners.delete(listener);
}

/** Shows the browser's own question; resolves to whether the person said yes. */
export async function install(): Promise<boolean> {
	const current = offer;
	if (current === undefined) return false;
	await current.prompt();
	const { outcome } = await current.userChoice;
	offer = undefined;
	tell();
	return outcome === 'accepted';
}

function tell(): void {
	for (const listener of listeners) listener();
}
