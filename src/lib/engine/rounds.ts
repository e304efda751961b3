/**
 * The peer's rounds (patent figure 3): scan and back up when it is due, and make up what is owed in between.
 * One thing at a time; what stands in the way is a state that a page can show, and work goes on by itself when
 * the cause is gone.
 */
import type { BackupProgress, BackupReport } from './archive/backup.ts';
import { Doorbell, Listeners } from './doorbell.ts';
import type { Clock, Log, Unsubscribe } from './ports.ts';

/** Why no backup runs although one is due. */
export type Obstacle =
	| { readonly kind: 'no-partners' }
	/** New partners are being agreed with: a moment's wait spares a weaker code. */
	| { readonly kind: 'settling' }
	| { readonly kind: 'few-partners'; readonly have: number; readonly need: number }
	| { readonly kind: 'failed'; readonly message: string };

export interface RoundProgress {
	readonly filesDone: number;
	readonly filesTotal: number;
	readonly bytesDone: number;
	readonly bytesTotal: number;
	readonly storedBytes: number;
	/** Source bytes a second over the last while; 0 until known. */
	readonly bytesPerSecond: number;
}

export interface RoundSummary {
	readonly startedAt: number;
	readonly endedAt: number;
	readonly report: BackupReport;
}

export type RoundState =
	| { readonly stage: 'idle' }
	| { readonly stage: 'scanning'; readonly files: number; readonly bytes: number }
	| { readonly stage: 'running' | 'finishing'; readonly progress: RoundProgress }
	| { readonly stage: 'waiting'; readonly obstacle: Obstacle };

export interface RoundsOptions {
	readonly clock: Clock;
	readonly log: Log;
	/** Whether there is anything to back up, and this peer may. */
	readonly ready: () => boolean;
	readonly paused: () => boolean;
	/** What is in the way of starting; undefined when nothing is. */
	readonly obstacle: () => Obstacle | undefined;
	readonly backUp: (
		signal: AbortSignal,
		progress: (progress: BackupProgress) => void
	) => Promise<BackupReport>;
	/** Makes up some of what is owed; false when nothing could be done. */
	readonly refill: (signal: AbortSignal) => Promise<boolean>;
	readonly onDone: (summary: RoundSummary) => void;
}

/** A backup every hour while the window is open. */
const everyMs = 60 * 60_000;
/** Partners that settle are looked at this often ... */
const settlingLookMs = 5_000;
/** ... other obstacles this often: most of them ring when they are gone ... */
const obstacleLookMs = 60_000;
/** ... and an idle peer this often: a refusal that is forgotten rings nobody. */
const idleLookMs = 10 * 60_000;
/** After a failure: 10 s, doubling up to 10 minutes. */
const retryMs = (failures: number): number => Math.min(600_000, 5_000 * 2 ** failures);
/** Speed is measured over this long. */
const speedWindowMs = 20_000;

export class Rounds {
	readonly #options: RoundsOptions;
	readonly #doorbell = new Doorbell();
	readonly #changed = new Listeners();
	#state: RoundState = { stage: 'idle' };
	#last: RoundSummary | undefined;
	#dueAt = 0;
	#failures = 0;
	/** Counts what was asked for: what is asked for while a backup runs may come too late for it. */
	#requests = 0;
	#running: AbortController | undefined;
	/** When the backup began that runs now. */
	#runningSince: number | undefined;
	#samples: { readonly at: number; readonly bytes: number }[] = [];

	constructor(options: RoundsOptions) {
		this.#options = options;
	}

	get state(): RoundState {
		return this.#state;
	}

	get last(): RoundSummary | undefined {
		return this.#last;
	}

	onChange(listener: () => void): Unsubscribe {
		return this.#changed.add(listener);
	}

	/** Back up as soon as possible. What runs is enough when it began at `since` or later. */
	request(since = this.#options.clock.now() + 1): void {
		if (this.#runningSince !== undefined && this.#runningSince >= since) return;
		this.#requests++;
		this.#dueAt = 0;
		this.#failures = 0;
		this.#doorbell.ring();
	}

	/** Something changed that may end a wait. */
	look(): void {
		this.#doorbell.ring();
	}

	/** Ends what runs now, without harm; it is taken up again unless paused. */
	interrupt(reason: string): void {
		this.#running?.abort(reason);
		this.#doorbell.ring();
	}

	/** Runs until the signal is aborted. */
	async run(signal: AbortSignal): Promise<void> {
		const stop = (): void => this.interrupt('stopped');
		signal.addEventListener('abort', stop, { once: true });
		while (!signal.aborted) {
			const worked = await this.#round(signal);
			if (!worked) await this.#doorbell.wait(this.#options.clock, this.#pauseMs(), signal);
		}
		signal.removeEventListener('abort', stop);
	}

	/** One turn; false when there was nothing to do. */
	async #round(signal: AbortSignal): Promise<boolean> {
		const { clock, ready, paused, obstacle } = this.#options;
		if (paused() || !ready()) {
			this.#show({ stage: 'idle' });
			return false;
		}
		if (this.#untilDueMs(clock.now()) > 0) return this.#refill(signal);
		const problem = obstacle();
		if (problem !== undefined) {
			this.#show({ stage: 'waiting', obstacle: problem });
			// Too few for a backup may be enough to make up what is owed.
			return this.#refill(signal);
		}
		await this.#backUp();
		return true;
	}

	/** A clock that was set back must not put the next backup off for as long. */
	#untilDueMs(now: number): number {
		const untilDueMs = this.#dueAt - now;
		return untilDueMs > everyMs ? 0 : untilDueMs;
	}

	/** How long to rest when nobody rings. */
	#pauseMs(): number {
		if (this.#state.stage === 'waiting' && this.#state.obstacle.kind === 'settling') {
			return settlingLookMs;
		}
		const untilDueMs = this.#untilDueMs(this.#options.clock.now());
		return untilDueMs > 0 ? Math.min(untilDueMs, idleLookMs) : obstacleLookMs;
	}

	async #refill(signal: AbortSignal): Promise<boolean> {
		if (this.#state.stage !== 'waiting') this.#show({ stage: 'idle' });
		this.#running = new AbortController();
		try {
			return !signal.aborted && (await this.#options.refill(this.#running.signal));
		} catch (error) {
			if (!this.#running.signal.aborted) {
				this.#options.log.write('warning', `refill: ${String(error)}`);
			}
			return false;
		} finally {
			this.#running = undefined;
		}
	}

	async #backUp(): Promise<void> {
		const { clock, backUp, onDone } = this.#options;
		const startedAt = clock.now();
		const requests = this.#requests;
		this.#running = new AbortController();
		this.#runningSince = startedAt;
		this.#samples = [];
		this.#show({ stage: 'scanning', files: 0, bytes: 0 });
		try {
			const report = await backUp(this.#running.signal, (progress) => this.#progress(progress));
			this.#last = { startedAt, endedAt: clock.now(), report };
			this.#dueAt = this.#requests > requests ? 0 : clock.now() + everyMs;
			this.#failures = 0;
			this.#show({ stage: 'idle' });
			onDone(this.#last);
		} catch (error) {
			this.#failed(error);
		} finally {
			this.#runningSince = undefined;
			this.#running = undefined;
		}
	}

	#failed(error: unknown): void {
		if (this.#running?.signal.aborted === true) {
			this.#show({ stage: 'idle' });
			return;
		}
		const message = error instanceof Error ? error.message : String(error);
		this.#options.log.write('error', `backup: ${String(error)}`);
		this.#failures++;
		this.#dueAt = this.#options.clock.now() + retryMs(this.#failures);
		this.#show({ stage: 'waiting', obstacle: { kind: 'failed', message } });
	}

	#progress(progress: BackupProgress): void {
		switch (progress.stage) {
			case 'scanning':
				this.#show(progress);
				break;
			case 'reading': {
				const bytesPerSecond = this.#speed(progress.bytesDone);
				this.#show({ stage: 'running', progress: { ...progress, bytesPerSecond } });
				break;
			}
			case 'finishing':
				this.#show({ stage: 'finishing', progress: this.#lastProgress() });
		}
	}

	#lastProgress(): RoundProgress {
		if (this.#state.stage === 'running' || this.#state.stage === 'finishing') {
			return this.#state.progress;
		}
		return {
			filesDone: 0,
			filesTotal: 0,
			bytesDone: 0,
			bytesTotal: 0,
			storedBytes: 0,
			bytesPerSecond: 0
		};
	}

	#speed(bytes: number): number {
		const at = this.#options.clock.now();
		this.#samples.push({ at, bytes });
		while ((this.#samples[0]?.at ?? at) < at - speedWindowMs) this.#samples.shift();
		const first = this.#samples[0];
		if (first === undefined || at - first.at < 1_000) return 0;
		return ((bytes - first.bytes) * 1_000) / (at - first.at);
	}

	#show(state: RoundState): void {
		if (state.stage === 'idle' && this.#state.stage === 'idle') return;
		this.#state = state;
		this.#changed.tell();
	}
}
