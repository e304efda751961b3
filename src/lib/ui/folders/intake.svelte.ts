import type { FolderChoice } from '$lib/host/api.ts';
import { pickFolder } from '$lib/host/folder-choice.ts';
import { Attempt } from '../attempt.svelte.ts';
import { texts } from '../texts.ts';

/** Takes folders from the button, the drop zone or the file input, and hands them on one after the other. */
export class Intake {
	readonly attempt = new Attempt();
	#over = $state(false);
	readonly #take: (choice: FolderChoice) => Promise<void>;

	constructor(take: (choice: FolderChoice) => Promise<void>) {
		this.#take = take;
	}

	/** Whether something is being dragged over the zone. */
	get over(): boolean {
		return this.#over;
	}

	dragOver(event: DragEvent): void {
		// Without this the browser would open what is dropped.
		event.preventDefault();
		if (event.dataTransfer !== null) event.dataTransfer.dropEffect = 'copy';
		this.#over = true;
	}

	dragEnd(): void {
		this.#over = false;
	}

	/** Adds the folders among what was dropped; `read` must start before the drop event ends. */
	async drop(
		event: DragEvent,
		read: (dropped: DataTransfer) => Promise<readonly FolderChoice[]>
	): Promise<void> {
		event.preventDefault();
		this.#over = false;
		const dropped = event.dataTransfer;
		if (dropped === null) return;
		await this.attempt.run(async () => {
			const choices = await read(dropped);
			for (const choice of choices) await this.#take(choice);
			if (choices.length === 0) this.attempt.refuse(texts.problems.nothingDropped);
		});
	}

	/** Opens the browser's dialog for directories. */
	async pick(): Promise<void> {
		await this.attempt.run(async () => {
			const choice = await pickFolder();
			if (choice === undefined) this.attempt.refuse(texts.problems.notChosen);
			else await this.#take(choice);
		});
	}

	/** Takes what an `<input webkitdirectory>` gave. */
	async chosen(choice: FolderChoice | undefined): Promise<void> {
		await this.attempt.run(async () => {
			if (choice === undefined) this.attempt.refuse(texts.problems.notChosen);
			else await this.#take(choice);
		});
	}
}
