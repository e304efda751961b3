import type { SnapshotId } from '$lib/engine/identifiers.ts';
import type { Commands, TreeItem } from '$lib/host/api.ts';
import { Attempt } from '../attempt.svelte.ts';
import { Selection, type Path } from './selection.svelte.ts';

/** Rows shown at once: a list of 50,000 elements would make the page stand still. */
const rowsStep = 200;

/** Where a person is inside a snapshot: the folder, what lies in it, what she searches and what she has chosen. */
export class Browsing {
	readonly selection = new Selection();
	readonly attempt = new Attempt();
	readonly snapshot: SnapshotId;
	readonly #commands: Commands;
	#path = $state.raw<Path>([]);
	#items = $state.raw<readonly TreeItem[]>([]);
	#results = $state.raw<readonly Path[] | undefined>();
	#limit = $state(rowsStep);

	constructor(commands: Commands, snapshot: SnapshotId) {
		this.#commands = commands;
		this.snapshot = snapshot;
	}

	get path(): Path {
		return this.#path;
	}

	get items(): readonly TreeItem[] {
		return this.#items.slice(0, this.#limit);
	}

	/** Paths that match the search; undefined while nothing is searched. */
	get results(): readonly Path[] | undefined {
		return this.#results?.slice(0, this.#limit);
	}

	get resultCount(): number {
		return this.#results?.length ?? 0;
	}

	/** How many rows are not shown yet. */
	get hidden(): number {
		const all = this.#results?.length ?? this.#items.length;
		return Math.max(0, all - this.#limit);
	}

	showMore(): void {
		this.#limit += rowsStep;
	}

	/** Goes into a folder; folders come first, each kind by name. */
	async open(path: Path): Promise<void> {
		await this.attempt.run(async () => {
			const items = await this.#commands.browse(this.snapshot, path);
			this.#items = items.toSorted(
				(a, b) =>
					a.kind.localeCompare(b.kind) || a.name.localeCompare(b.name, undefined, { numeric: true })
			);
			this.#path = path;
			this.#results = undefined;
			this.#limit = rowsStep;
		});
	}

	/** Searches the whole snapshot; an empty text ends the search. */
	async search(text: string): Promise<void> {
		if (text.trim() === '') {
			this.#results = undefined;
			return;
		}
		await this.attempt.run(async () => {
			this.#results = await this.#commands.search(this.snapshot, text.trim());
			this.#limit = rowsStep;
		});
	}
}
