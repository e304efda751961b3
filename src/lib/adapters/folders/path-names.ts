import { freeName, type EntryKind } from './names.ts';

export interface Renaming {
	readonly from: string;
	readonly to: string;
}

export interface NameRules {
	/** The name itself where the target can have it, else one like it. */
	readonly safe: (name: string, kind: EntryKind) => string;
	/** Equal for names that the target cannot hold beside each other. */
	readonly key: (name: string) => string;
}

interface Directory {
	/** By the original name. */
	readonly entries: Map<string, Entry>;
	/** Keys of the names that are given. */
	readonly taken: Set<string>;
}

interface Entry {
	name: string;
	readonly directory: Directory;
}

/** Gives every original path a path in the target: always the same, and no two the same. */
export class PathNames {
	readonly #rules: NameRules;
	readonly #root = emptyDirectory();
	readonly #renamed = new Map<string, string>();

	constructor(rules: NameRules) {
		this.#rules = rules;
	}

	/** What had to change: each path once, and not what is only below it. */
	get renamed(): readonly Renaming[] {
		return [...this.#renamed].map(([from, to]) => ({ from, to }));
	}

	/** The path in the target. */
	pathOf(path: readonly string[], kind: EntryKind): readonly string[] {
		let directory = this.#root;
		const names: string[] = [];
		for (const [depth, original] of path.entries()) {
			const own = depth === path.length - 1 ? kind : 'directory';
			const entry = directory.entries.get(original) ?? this.#add(directory, original, own);
			names.push(entry.name);
			this.#note(path.slice(0, depth + 1), names);
			directory = entry.directory;
		}
		return names;
	}

	/** Gives the last part of a path another name, because the target refused the one it had. */
	rename(path: readonly string[], kind: EntryKind, wanted: string): readonly string[] {
		const above = this.pathOf(path.slice(0, -1), 'directory');
		let directory = this.#root;
		for (const part of path.slice(0, -1)) {
			directory = directory.entries.get(part)?.directory ?? directory;
		}
		const entry = directory.entries.get(path.at(-1) ?? '');
		const name = this.#free(directory, wanted, kind);
		if (entry !== undefined) entry.name = name;
		this.#note(path, [...above, name]);
		return [...above, name];
	}

	#add(directory: Directory, original: string, kind: EntryKind): Entry {
		const name = this.#free(directory, this.#rules.safe(original, kind), kind);
		const entry = { name, directory: emptyDirectory() };
		directory.entries.set(original, entry);
		return entry;
	}

	#free(directory: Directory, wanted: string, kind: EntryKind): string {
		const name = freeName(wanted, kind, (other) => directory.taken.has(this.#rules.key(other)));
		directory.taken.add(this.#rules.key(name));
		return name;
	}

	#note(path: readonly string[], names: readonly string[]): void {
		if (path.at(-1) !== names.at(-1)) this.#renamed.set(path.join('/'), names.join('/'));
	}
}

function emptyDirectory(): Directory {
	return { entries: new Map(), taken: new Set() };
}
