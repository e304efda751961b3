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
	/** Parts joined by '/'; '/' alone is the whole snapshot. */
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
	const { source, target } = options;
	try {
		const account = new RestoreAccount(source, options.progress);
		const lost = await restoreInPasses(options, account);
		const { renamed } = await target.finish();
		return {
			...account.restored(),
			failed: [...lost, ...account.losses()].map(failure),
			rotten: source.blocks.rotten(),
			renamed,
			missingPartners: source.missingPartners()
		};
	} catch (error) {
		await target.abort(error instanceof Error ? error.message : String(error));
		throw error;
	}
}

/**
 * Plans and writes; and once more what was lost when partners came meanwhile. Resolves to the paths below which
 * nothing could be listed.
 */
async function restoreInPasses(
	options: RestoreOptions,
	account: RestoreAccount
): Promise<readonly LostPath[]> {
	const { source, signal } = options;
	const wanted = options.selection.length === 0 ? [[]] : options.selection;
	let plan = await planFrom(options, wanted);
	for (let pass = 1; ; pass++) {
		const { generation } = source.blocks;
		await makeDirectories(options, plan, account);
		account.add(plan.files);
		const todo = [...account.nowWithinReach(), ...(await notYetWhole(options, plan, account))];
		account.foresee(todo);
		await new FileWriter({ ...options, chunks: source.chunks, signal }, account).writeAll(todo);
		if (pass === passesMax || source.blocks.generation === generation) return plan.lost;
		if (plan.lost.length === 0 && account.nowWithinReach().length === 0) return plan.lost;
		plan = await planFrom(
			options,
			plan.lost.map(({ path }) => path)
		);
	}
}

function planFrom(
	{ source, snapshot, signal }: RestoreOptions,
	selection: readonly Path[]
): Promise<Plan> {
	const { browser, chunks } = source;
	const locate = chunks.locate.bind(chunks);
	return abortable(planRestore(browser, snapshot, selection, locate, signal), signal);
}

async function makeDirectories(
	{ target, signal }: RestoreOptions,
	{ directories }: Plan,
	account: RestoreAccount
): Promise<void> {
	for (const { path, entry } of directories) {
		signal?.throwIfAborted();
		await target.directory(path, entry.modified);
		account.made(path);
	}
}

/** Leaves out what an earlier run of the same restore finished. */
async function notYetWhole(
	{ target, signal }: RestoreOptions,
	{ files }: Plan,
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
	return { path: path.join('/') || '/', why: tellLoss(loss), loss };
}
