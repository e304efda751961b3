/** Something to do, and whom to tell. */
export interface Job<Task> {
	readonly task: Task;
	done(): void;
	fail(error: Error): void;
}

/**
 * Does jobs one group after the other. While a group is being done, jobs gather for the next: that is how
 * concurrent puts share a flush and a transaction, without anybody waiting for company.
 */
export class JobQueue<Task> {
	readonly #work: (jobs: readonly Job<Task>[]) => Promise<void>;
	readonly #fits: (group: readonly Task[], next: Task) => boolean;
	#waiting: Job<Task>[] = [];
	#running: Promise<void> | undefined;

	/**
	 * `work` settles every job of its group. `fits` says whether the next task may join a group, which has
	 * one task at least: tasks are done in their order, so one that does not fit begins the next group.
	 */
	constructor(
		fits: (group: readonly Task[], next: Task) => boolean,
		work: (jobs: readonly Job<Task>[]) => Promise<void>
	) {
		this.#fits = fits;
		this.#work = work;
	}

	/** Settles as its job does. */
	add(task: Task): Promise<void> {
		return new Promise((done, fail) => {
			this.#waiting.push({ task, done, fail });
			this.#running ??= this.#run();
		});
	}

	/** Resolves when nothing is left to do. */
	async idle(): Promise<void> {
		await this.#running;
	}

	async #run(): Promise<void> {
		// Jobs that are added in the same turn share the first group.
		await Promise.resolve();
		while (this.#waiting.length > 0) {
			const group = this.#takeGroup();
			try {
				await this.#work(group);
			} catch (error) {
				for (const job of group)
					job.fail(error instanceof Error ? error : new Error(String(error)));
			}
		}
		this.#running = undefined;
	}

	#takeGroup(): readonly Job<Task>[] {
		const tasks: Task[] = [];
		for (const { task } of this.#waiting) {
			if (tasks.length > 0 && !this.#fits(tasks, task)) break;
			tasks.push(task);
		}
		return this.#waiting.splice(0, tasks.length);
	}
}
