/** What a browser hands to the handler of a drop event. */

const batchEntries = 100;

export class FakeFileEntry {
	readonly isFile = true;
	readonly isDirectory = false;
	readonly name: string;
	readonly #failure: DOMException | undefined;

	constructor(name: string, failure?: DOMException) {
		this.name = name;
		this.#failure = failure;
	}

	file(success: (file: File) => void, failure: (error: DOMException) => void): void {
		if (this.#failure === undefined) success(new File([this.name], this.name));
		else failure(this.#failure);
	}
}

export class FakeDirectoryEntry {
	readonly isFile = false;
	readonly isDirectory = true;
	readonly name: string;
	readonly #children: readonly (FakeFileEntry | FakeDirectoryEntry)[];
	readonly #failure: DOMException | undefined;

	constructor(
		name: string,
		children: readonly (FakeFileEntry | FakeDirectoryEntry)[],
		failure?: DOMException
	) {
		this.name = name;
		this.#children = children;
		this.#failure = failure;
	}

	/** Gives its entries a hundred at a time, as Chromium does. */
	createReader(): unknown {
		let given = 0;
		return {
			readEntries: (
				success: (entries: unknown[]) => void,
				failure: (error: DOMException) => void
			): void => {
				if (this.#failure !== undefined) return failure(this.#failure);
				success(this.#children.slice(given, (given += batchEntries)));
			}
		};
	}
}

interface FakeItem {
	readonly getAsFileSystemHandle?: () => Promise<unknown>;
	readonly entry?: FakeFileEntry | FakeDirectoryEntry;
}

export type FakeTransfer = DataTransfer & { forget(): void };

/** A transfer with one item for each dropped thing, and one that is no file. */
export function transferOf(...dropped: readonly FakeItem[]): FakeTransfer {
	let forgotten = false;
	const items = dropped.map((item) => ({
		kind: 'file',
		webkitGetAsEntry: () => (forgotten ? null : (item.entry ?? null)),
		...(item.getAsFileSystemHandle && { getAsFileSystemHandle: item.getAsFileSystemHandle })
	}));
	const transfer = {
		items: [...items, { kind: 'string' }],
		/** The event is over. */
		forget: () => {
			forgotten = true;
			transfer.items.length = 0;
		}
	};
	return transfer as unknown as FakeTransfer;
}
