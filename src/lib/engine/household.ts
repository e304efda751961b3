/** What the person decided: settings, circles, folders. Small, in memory, durable before a change is told. */
import { Listeners } from './doorbell.ts';
import type { CircleId, FolderId } from './identifiers.ts';
import type { Records, Unsubscribe } from './ports.ts';
import { Turns } from './turns.ts';
import type { CircleRecord, FolderRecord, IdentityRecord, SettingsRecord } from './records.ts';

const defaultSettings: SettingsRecord = { lendBytes: 0, brokers: [], paused: false };

export class Household {
	readonly #records: Records;
	readonly #changed = new Listeners();
	readonly #turns = new Turns<'settings' | 'identity'>();
	#settings: SettingsRecord = defaultSettings;
	#circles: readonly CircleRecord[] = [];
	#folders: readonly FolderRecord[] = [];
	#identity: IdentityRecord | undefined;

	private constructor(records: Records) {
		this.#records = records;
	}

	static async open(records: Records): Promise<Household> {
		const household = new Household(records);
		household.#settings = (await records.get('settings', 'self')) ?? defaultSettings;
		household.#circles = (await records.scan('circles')).map(([, circle]) => circle);
		household.#folders = (await records.scan('folders'))
			.map(([, folder]) => folder)
			.toSorted((a, b) => a.addedAt - b.addedAt);
		household.#identity = await records.get('identity', 'self');
		return household;
	}

	get settings(): SettingsRecord {
		return this.#settings;
	}

	get circles(): readonly CircleRecord[] {
		return this.#circles;
	}

	/** Oldest first. */
	get folders(): readonly FolderRecord[] {
		return this.#folders;
	}

	/** When a newer instance of this peer was seen to have taken over. */
	get fencedAt(): number | undefined {
		return this.#identity?.fencedAt;
	}

	/** The words were shown, and three of them confirmed. */
	get wordsConfirmed(): boolean {
		return this.#identity?.wordsConfirmed ?? false;
	}

	get sheetPrintedAt(): number | undefined {
		return this.#identity?.sheetPrintedAt;
	}

	onChange(listener: () => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	/** Changes settings. What the disk does not take changes nothing. */
	change(change: Partial<SettingsRecord>): Promise<void> {
		return this.#turns.take('settings', async () => {
			const settings = { ...this.#settings, ...change };
			await this.#records.write([{ table: 'settings', key: 'self', put: settings }]);
			this.#settings = settings;
			this.#changed.tell();
		});
	}

	/** Joining a circle twice changes its name only. */
	async join(circle: CircleRecord): Promise<void> {
		await this.#records.write([{ table: 'circles', key: circle.id, put: circle }]);
		this.#circles = [...this.#circles.filter(({ id }) => id !== circle.id), circle];
		this.#changed.tell();
	}

	circle(id: CircleId): CircleRecord | undefined {
		return this.#circles.find((circle) => circle.id === id);
	}

	/** Adds a folder, or replaces what is known of it. */
	async keepFolder(folder: FolderRecord): Promise<void> {
		await this.#records.write([{ table: 'folders', key: folder.id, put: folder }]);
		this.#folders = [...this.#folders.filter(({ id }) => id !== folder.id), folder].toSorted(
			(a, b) => a.addedAt - b.addedAt
		);
		this.#changed.tell();
	}

	folder(id: FolderId): FolderRecord | undefined {
		return this.#folders.find((folder) => folder.id === id);
	}

	async removeFolder(id: FolderId): Promise<void> {
		await this.#records.write([{ table: 'folders', key: id, remove: true }]);
		this.#folders = this.#folders.filter((folder) => folder.id !== id);
		this.#changed.tell();
	}

	/** Notes that a newer instance took over. */
	fence(at: number): Promise<void> {
		return this.#note({ fencedAt: at });
	}

	confirmWords(): Promise<void> {
		return this.#note({ wordsConfirmed: true });
	}

	printedSheet(at: number): Promise<void> {
		return this.#note({ sheetPrintedAt: at });
	}

	async #note(
		change: Partial<Pick<IdentityRecord, 'fencedAt' | 'wordsConfirmed' | 'sheetPrintedAt'>>
	): Promise<void> {
		await this.#turns.take('identity', async () => {
			const identity = await this.#records.get('identity', 'self');
			if (identity === undefined) return;
			const noted = { ...identity, ...change };
			await this.#records.write([{ table: 'identity', key: 'self', put: noted }]);
			this.#identity = noted;
		});
		this.#changed.tell();
	}
}
