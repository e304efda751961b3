/** How the app looks: as the system does, or always light or dark. Kept per browser, outside the backup. */
export type Appearance = 'system' | 'light' | 'dark';

const storageKey = 'holdfast.appearance';

/** The chosen appearance, stored and put on the document. */
export class AppearanceChoice {
	#value = $state<Appearance>(stored());

	get value(): Appearance {
		return this.#value;
	}

	set value(value: Appearance) {
		this.#value = value;
		localStorage.setItem(storageKey, value);
		apply(value);
	}
}

/** Puts the stored appearance on the document; call it before the first paint. */
export function applyAppearance(): void {
	apply(stored());
}

function apply(value: Appearance): void {
	const root = document.documentElement;
	if (value === 'system') delete root.dataset['appearance'];
	else root.dataset['appearance'] = value;
}

function stored(): Appearance {
	const value = localStorage.getItem(storageKey);
	return value === 'light' || value === 'dark' ? value : 'system';
}
