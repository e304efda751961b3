/** What a backup tells while it runs and when it is done. */
import type { Clock } from '../ports.ts';
import type { LeftOut } from './left-out.ts';
import type { FolderTotals } from './snapshot.ts';

/** Never runs backwards: stages follow in this order, and no number of a stage falls. */
export type BackupProgress =
	| { readonly stage: 'scanning'; readonly files: number; readonly bytes: number }
	| {
			readonly stage: 'reading';
			readonly filesDone: number;
			readonly filesTotal: number;
			/** Of the new and changed files. */
			readonly bytesDone: number;
			readonly bytesTotal: number;
			/** Content that no stripe had, before compression. */
			readonly newBytes: number;
			/** Blocks of the stripes that partners stored, parity included. */
			readonly storedBytes: number;
	  }
	| { readonly stage: 'finishing' };

/** The stages of patent figure 6 that cost time, and the reading before them. */
export const stages = [
	'scan',
	'read',
	'chunk',
	'hash',
	'compress',
	'seal',
	'code',
	'store'
] as const;
export type Stage = (typeof stages)[number];

/** Time from start to end of each call, summed: stages overlap, so the sum may exceed the run's length. */
export interface StageCost {
	readonly ms: number;
	/** What went in. */
	readonly bytes: number;
}

export interface BackupReport {
	readonly files: number;
	readonly directories: number;
	/** Of all files in the snapshot. */
	readonly bytes: number;
	readonly folders: readonly FolderTotals[];
	/** Files that were new or changed, and are now in the snapshot. */
	readonly newFiles: number;
	/** File content that no stripe had, before compression. */
	readonly newDataBytes: number;
	/** Stripes that were stored. */
	readonly stripes: number;
	/** The first thousand. */
	readonly leftOut: readonly LeftOut[];
	readonly leftOutCount: number;
	/** Those among them whose name the platform could not express. */
	readonly unnamedCount: number;
	readonly stages: Readonly<Record<Stage, StageCost>>;
}

/** Adds up what the stages cost, by the Clock. */
export class StageMeter {
	readonly #clock: Pick<Clock, 'now'>;
	readonly #costs = new Map<Stage, { ms: number; bytes: number }>();

	constructor(clock: Pick<Clock, 'now'>) {
		this.#clock = clock;
	}

	async time<T>(stage: Stage, bytes: number, work: () => Promise<T> | T): Promise<T> {
		const start = this.#clock.now();
		try {
			return await work();
		} finally {
			this.#add(stage, bytes, this.#clock.now() - start);
		}
	}

	costs(): Readonly<Record<Stage, StageCost>> {
		const all = stages.map((stage) => [stage, this.#costs.get(stage) ?? { ms: 0, bytes: 0 }]);
		return Object.fromEntries(all) as Record<Stage, StageCost>;
	}

	/** A clock that the person set back costs no negative time. */
	#add(stage: Stage, bytes: number, ms: number): void {
		const cost = this.#costs.get(stage) ?? { ms: 0, bytes: 0 };
		this.#costs.set(stage, { ms: cost.ms + Math.max(0, ms), bytes: cost.bytes + bytes });
	}
}
