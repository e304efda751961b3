/**
 * Gives files back (patent, figure 7): plans, makes the directories, then streams the files in the order of their
 * stripes while the next blocks are already on their way. What cannot be had is named; everything else is restored. A
 * restore only reads from partners, and a second run over the same target fetches only what is not whole yet.
 */
import type { PeerId, SnapshotId } from '../identifiers.ts';
import type { RestoreTarget } from '../ports.ts';
import { abortable } from './abortable.ts';
import type { Path } from './browse.ts';
import { type Loss, tellLoss } from './chunk-source.ts';
import { FileWriter } from './file-writer.ts';
import { type LostPath, type Plan, type PlannedFile, planRestore } from './plan.ts';
import { RestoreAccount } from './restore-account.ts';
import type { RestoreProgress } from './progress.ts';
import type { RestoreSource } from './source.ts';

export interface RestoreOptions {
	readonly source: RestoreSource;
	readonly snapshot: SnapshotId;
	/** Paths of files and directories; none means everything. */
	readonly selection: readonly Path[];
	readonly target: RestoreTarget;
	readonly signal?: AbortSignal;
	/** Called after every chunk and file: whoever shows it decides how often. */
	readonly progress?: (progress: RestoreProgress) => void;
}

export interface FailedPath {
	/** Parts joined by '/'. */
	readonly path: string;
	/** One sentence. */
	readonly why: string;
	readonly loss: Loss;
}

export interface RestoreReport {
	/** Files that are whole in the target now, those of an earlier run included. */
	readonly files: number;
	readonly directories: number;
	/** Plain bytes of these files. */
	readonly bytes: number;
	readonly failed: readonly FailedPath[];
	/** Partners that returned blocks that did not verify, and how many; others replaced them. */
	readonly rotten: ReadonlyMap<PeerId, number>;
	/** Names that the target could not take. */
	readonly renamed: readonly { readonly from: string; readonly to: string }[];
	/** Partners of the backup that cannot be reached now. */
	readonly missingPartners: readonly PeerId[];
}

/** How often files that failed are tried again with partners that came meanwhile. */
const passesMax = 4;

/**
 * Rejects with the signal's reason or the target's failure, having aborted the target; what is whole in it stays, and
 * the same restore over it goes on where this one ended.
 */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
	const { source, target, signal } = options;
	try {
		const plan = await abortable(planFrom(options), signal);
		for (const { path, entry } of plan.directories) await target.directory(path, entry.modified);
		const account = new RestoreAccount(source, plan.files, options.progress);
		await writeFiles(options, plan.files, account);
		const { renamed } = await target.finish();
		return {
			...account.restored(),
			directories: plan.directories.length,
			failed: [...plan.lost, ...account.losses()].map(failure),
			rotten: source.blocks.rotten(),
			renamed,
			missingPartners: source.missingPartners()
		};
	} catch (error) {
		await target.abort(error instanceof Error ? error.message : String(error));
		throw error;
	}
}

function planFrom({ source, snapshot, selection, signal }: RestoreOptions): Promise<Plan> {
	const locate = source.chunks.locate.bind(source.chunks);
	return planRestore(source.browser, snapshot, selection, locate, signal);
}

/** Writes what is not whole yet, and once more what failed when partners came meanwhile that suffice for it. */
async function writeFiles(
	options: RestoreOptions,
	files: readonly PlannedFile[],
	account: RestoreAccount
): Promise<void> {
	const { source, target, signal } = options;
	const { blocks, chunks } = source;
	let todo = await notYetWhole(options, files, account);
	account.foresee(todo);
	for (let pass = 1; todo.length > 0 && pass <= passesMax; pass++) {
		const { generation } = blocks;
		await new FileWriter({ chunks, target, signal }, account).writeAll(todo);
		if (blocks.generation === generation) return;
		todo = account.nowWithinReach();
	}
}

/** Leaves out what an earlier run of the same restore finished. */
async function notYetWhole(
	{ target, signal }: RestoreOptions,
	files: readonly PlannedFile[],
	account: RestoreAccount
): Promise<readonly PlannedFile[]> {
	const todo: PlannedFile[] = [];
	for (const file of files) {
		signal?.throwIfAborted();
		if (await target.has(file.path, file.entry.size)) account.wholeAlready(file);
		else todo.push(file);
	}
	return todo;
}

function failure({ path, loss }: LostPath): FailedPath {
	return { path: path.join('/'), why: tellLoss(loss), loss };
}
