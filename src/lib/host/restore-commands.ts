/** What pages may ask of the engine to get files back: browsing, restoring, taking over. */
import type { ZipTarget } from '../adapters/folders/zip-target.ts';
import type { SnapshotId } from '../engine/identifiers.ts';
import type { RestoreTarget } from '../engine/ports.ts';
import { tellLoss, type Loss } from '../engine/restore/chunk-source.ts';
import { takeOver } from '../engine/take-over.ts';
import {
	refuse,
	type Commands,
	type Problem,
	type RestoreDestination,
	type TreeItem
} from './api.ts';
import type { Engine } from './engine.ts';
import { problems } from './problems.ts';
import type { RunningPeer } from './running-peer.ts';

const zipName = 'restored.zip';

export class RestoreCommands implements Pick<
	Commands,
	| 'openRestore'
	| 'browse'
	| 'search'
	| 'restore'
	| 'cancelRestore'
	| 'restoredZip'
	| 'closeRestore'
	| 'takeOver'
> {
	readonly #engine: Engine;
	#zip: ZipTarget | undefined;

	constructor(engine: Engine) {
		this.#engine = engine;
	}

	async openRestore(): Promise<void> {
		const { peer, recovery } = this.#running();
		if (peer.identity.restored !== true) recovery.openOwn();
		return Promise.resolve();
	}

	async browse(snapshot: SnapshotId, path: readonly string[]): Promise<readonly TreeItem[]> {
		const listing = await this.#browser().list(snapshot, path);
		if (listing.kind === 'absent') refuse(problems.noSnapshot);
		if (listing.kind === 'lost') refuse(unreadable(listing.loss));
		return listing.entries.map((entry) => ({
			name: entry.name,
			kind: entry.kind,
			size: entry.kind === 'file' ? entry.size : 0,
			modified: entry.modified
		}));
	}

	async search(snapshot: SnapshotId, text: string): Promise<readonly (readonly string[])[]> {
		return (await this.#browser().search(snapshot, text)).paths;
	}

	async restore(
		snapshot: SnapshotId,
		paths: readonly (readonly string[])[],
		destination: RestoreDestination
	): Promise<void> {
		if (this.#running().recovery.source === undefined) refuse(problems.notRestoring);
		const target = await this.#target(destination);
		const startedAt = this.#engine.clock.now();
		await this.#engine.storage.records.write([
			{
				table: 'restores',
				key: 'current',
				put: { snapshot, paths, target: destination, startedAt }
			}
		]);
		void this.#run(snapshot, paths, target);
	}

	/** Takes up a restore that a reload interrupted, as soon as there is something to restore from. */
	async resumeRestore(): Promise<void> {
		const running = this.#engine.running;
		const record = await this.#engine.storage.records.get('restores', 'current');
		if (running === undefined || record === undefined) return;
		const { recovery, peer } = running;
		if (peer.identity.restored !== true) recovery.openOwn();
		const resume = async (): Promise<void> => {
			const target = await this.#target(record.target as RestoreDestination);
			await this.#run(record.snapshot, record.paths, target);
		};
		const unsubscribe = recovery.onChange(() => {
			start();
		});
		const start = (): void => {
			if (recovery.state.stage !== 'browsing') return;
			unsubscribe();
			resume().catch((error: unknown) => {
				this.#engine.journal.write('warning', `the restore was not resumed: ${String(error)}`);
			});
		};
		start();
	}

	async #run(
		snapshot: SnapshotId,
		paths: readonly (readonly string[])[],
		target: RestoreTarget
	): Promise<void> {
		try {
			await this.#running().recovery.restore(snapshot, paths, target);
			this.#engine.zipBytes = this.#zip === undefined ? undefined : (await this.#zip.zip()).size;
		} catch (error) {
			this.#engine.journal.write('warning', `restore: ${String(error)}`);
		}
		await this.#forgetRestore();
		this.#engine.publish();
	}

	async cancelRestore(): Promise<void> {
		const { peer, recovery } = this.#running();
		// Nobody answered to this key, and nothing else is here yet: the browser becomes empty again, for another key.
		if (peer.identity.restored === true && recovery.state.stage === 'searching') {
			await this.#engine.erase();
			return;
		}
		recovery.cancel();
		await this.#forgetRestore();
	}

	async restoredZip(): Promise<File> {
		if (this.#zip === undefined) refuse(problems.notRestoring);
		return this.#zip.zip();
	}

	async closeRestore(): Promise<void> {
		await this.#zip?.abort('closed');
		this.#zip = undefined;
		this.#engine.zipBytes = undefined;
		this.#running().recovery.close();
	}

	async takeOver(alone: boolean): Promise<void> {
		const { peer, recovery } = this.#running();
		const result = await takeOver(peer, recovery, alone, new AbortController().signal);
		if (result.kind === 'too-few') refuse(problems.takeOverAlone);
		await this.#engine.openPeer();
	}

	#running(): RunningPeer {
		const running = this.#engine.running;
		if (running === undefined) refuse(problems.noIdentity);
		return running;
	}

	#browser(): NonNullable<RunningPeer['recovery']['source']>['browser'] {
		const source = this.#running().recovery.source;
		if (source === undefined) refuse(problems.notRestoring);
		return source.browser;
	}

	async #target(destination: RestoreDestination): Promise<RestoreTarget> {
		this.#engine.restoresInto = destination.kind === 'zip' ? 'zip' : 'folder';
		if (destination.kind === 'zip') {
			const { ZipTarget } = await import('../adapters/folders/zip-target.ts');
			this.#zip = await ZipTarget.open(zipName);
			return this.#zip;
		}
		const permission = await permissionOf(destination.handle);
		if (permission === 'denied' || permission === 'prompt') refuse(problems.writeDenied);
		const { DirectoryTarget } = await import('../adapters/folders/directory-target.ts');
		return DirectoryTarget.open(destination.handle);
	}

	#forgetRestore(): Promise<void> {
		const { records } = this.#engine.storage;
		return records.write([{ table: 'restores', key: 'current', remove: true }]);
	}
}

/** Firefox and Safari have handles of their private file system only, which need no permission. */
async function permissionOf(
	handle: Partial<FileSystemDirectoryHandle>
): Promise<PermissionState | undefined> {
	return handle.queryPermission?.({ mode: 'readwrite' });
}

/** A directory of a snapshot that cannot be listed now. */
function unreadable(loss: Loss): Problem {
	return {
		what: 'This part of the snapshot cannot be read now.',
		means: tellLoss(loss),
		todo: 'Keep this page open until more of your partners are on line.'
	};
}
