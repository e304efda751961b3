import { SvelteMap } from 'svelte/reactivity';

/** Names from the top of the snapshot down to a file or folder. */
export type Path = readonly string[];

/**
 * What of a snapshot is wanted. A chosen folder stands for all that is in it, so what lies inside needs no mark of
 * its own and loses it when the folder is chosen.
 */
export class Selection {
	readonly #chosen = new SvelteMap<string, Path>();

	get paths(): readonly Path[] {
		return [...this.#chosen.values()];
	}

	get size(): number {
		return this.#chosen.size;
	}

	has(path: Path): boolean {
		return this.#chosen.has(keyOf(path));
	}

	/** Whether a folder above it is chosen. */
	covered(path: Path): boolean {
		for (let length = path.length - 1; length > 0; length--) {
			if (this.#chosen.has(keyOf(path.slice(0, length)))) return true;
		}
		return false;
	}

	set(path: Path, wanted: boolean): void {
		const key = keyOf(path);
		if (!wanted) {
			this.#chosen.delete(key);
			return;
		}
		for (const inner of this.#chosen.keys()) {
			if (inner.startsWith(`${key}/`)) this.#chosen.delete(inner);
		}
		this.#chosen.set(key, path);
	}

	clear(): void {
		this.#chosen.clear();
	}
}

/** No name holds a slash, on any system. */
export function keyOf(path: Path): string {
	return path.join('/');
}
