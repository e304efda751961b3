/** What pages may ask of the engine. Every refusal is a Problem that a person can read. */
import {
	nameOf,
	type CircleId,
	type FolderId,
	type PeerId,
	type SnapshotId
} from '../engine/identifiers.ts';
import type { InstanceId } from '../engine/identifiers.ts';
import { deriveKeyring } from '../engine/keys/keyring.ts';
import { tellInvitationProblem } from '../engine/keys/problem-texts.ts';
import { recoveryCode, recoverySheet, type RecoverySheet } from '../engine/keys/sheet.ts';
import {
	confirmationRandomBytes,
	knownWord,
	wordsOf,
	wordsToConfirm
} from '../engine/keys/words.ts';
import { invitationFragment, newCircle, readInvitation } from '../engine/partners/invitation.ts';
import type { IdentityRecord } from '../engine/records.ts';
import { takeOver } from '../engine/take-over.ts';
import type { ZipTarget } from '../adapters/folders/zip-target.ts';
import type { RestoreTarget } from '../engine/ports.ts';
import {
	refuse,
	type Commands,
	type FolderChoice,
	type RecoverySource,
	type RestoreDestination,
	type SheetView,
	type SnapshotView,
	type TreeItem
} from './api.ts';
import type { Engine, Household } from './engine.ts';
import { peerName } from './peer-names.ts';
import { problems, unreadable } from './problems.ts';
import { readSource } from './recovery-source.ts';
import { snapshotViews } from './peer-state.ts';
import type { CommandName } from './messages.ts';

const minimumLendBytes = 128 * 1024 * 1024;
const zipName = 'restored.zip';

export class EngineCommands implements Commands {
	readonly #engine: Engine;
	#zip: ZipTarget | undefined;
	/** Size of the finished zip. */
	zipBytes: number | undefined;
	#toConfirm: readonly number[] = [];

	constructor(engine: Engine) {
		this.#engine = engine;
	}

	/** Carries out a command by its name. Names that are no command are refused. */
	run(name: CommandName, parameters: readonly unknown[]): Promise<unknown> {
		const command: unknown = Object.getOwnPropertyDescriptor(EngineCommands.prototype, name)?.value;
		if (typeof command !== 'function') return Promise.reject(new Error(`no command ${name}`));
		return (command as (...all: readonly unknown[]) => Promise<unknown>).apply(this, [
			...parameters
		]);
	}

	async createPeer(): Promise<void> {
		if (this.#engine.running !== undefined) refuse(problems.identityExists);
		await this.#become(this.#engine.random.bytes(32), false);
	}

	async words(): Promise<readonly string[]> {
		return Promise.resolve(wordsOf(this.#household().peer.identity.rootSecret));
	}

	wordsToConfirm(): Promise<readonly number[]> {
		this.#toConfirm = wordsToConfirm(this.#engine.random.bytes(confirmationRandomBytes));
		return Promise.resolve(this.#toConfirm);
	}

	async confirmWords(answers: Readonly<Record<number, string>>): Promise<readonly number[]> {
		const words = await this.words();
		const wrong = this.#toConfirm.filter(
			(place) => knownWord((answers[place] ?? '').trim().toLowerCase()) !== words[place]
		);
		if (wrong.length === 0 && this.#toConfirm.length > 0) {
			await this.#household().peer.household.confirmWords();
		}
		return wrong;
	}

	async setLending(bytes: number): Promise<void> {
		if (!Number.isFinite(bytes) || bytes < minimumLendBytes) refuse(problems.tooLittleSpace);
		await this.#household().peer.household.change({ lendBytes: Math.floor(bytes) });
	}

	async setBrokers(urls: readonly string[]): Promise<void> {
		const { peer, brokers } = this.#household();
		await peer.household.change({ brokers: urls.map((url) => url.trim()).filter(Boolean) });
		brokers.use(await this.#engine.brokerUrls());
	}

	async createCircle(name: string): Promise<void> {
		const circle = newCircle(name.trim() || 'My circle', this.#engine.random);
		const joinedAt = this.#engine.clock.now();
		await this.#household().peer.household.join({ ...circle, joinedAt });
	}

	async joinCircle(invitation: string): Promise<string> {
		const { peer } = this.#household();
		const reading = readInvitation(invitation);
		if (reading.kind !== 'invitation') {
			refuse({ ...problems.notACircleLink, what: tellInvitationProblem(reading) });
		}
		const { circle, brokers } = reading.invitation;
		await peer.household.join({ ...circle, joinedAt: this.#engine.clock.now() });
		const known = await this.#engine.brokerUrls();
		const added = brokers.filter((url) => !known.includes(url));
		if (added.length > 0) await this.setBrokers([...known, ...added]);
		return circle.name;
	}

	async invitation(id: CircleId): Promise<string> {
		const { peer } = this.#household();
		const circle = peer.household.circle(id);
		if (circle === undefined) refuse(problems.notACircleLink);
		const brokers = await this.#engine.brokerUrls();
		const inviter = peer.keyring.peer;
		return this.#engine.configuration.appAddress + invitationFragment({ circle, brokers, inviter });
	}

	async addFolder(choice: FolderChoice): Promise<FolderId> {
		const { peer } = this.#household();
		const known = await this.#knownFolder(choice);
		if (known !== undefined) {
			await this.reopenFolder(known, choice);
			return known;
		}
		const id = nameOf<FolderId>(this.#engine.random.bytes(8));
		this.#engine.folders.choose(id, choice);
		await peer.household.keepFolder({
			id,
			name: freeName(
				choice.name,
				peer.household.folders.map(({ name }) => name)
			),
			addedAt: this.#engine.clock.now(),
			exclude: [],
			...(choice.kind === 'handle' ? { handle: choice.handle } : {})
		});
		// The new folder itself may have begun a backup, which has it.
		const added = this.#engine.clock.now();
		await this.#engine.lookAtFolders();
		peer.rounds.request(added);
		return id;
	}

	async reopenFolder(id: FolderId, choice?: FolderChoice): Promise<void> {
		const { peer } = this.#household();
		const folder = peer.household.folder(id);
		if (folder === undefined) refuse(problems.noFolder);
		if (choice !== undefined) {
			this.#engine.folders.choose(id, choice);
			const handle = choice.kind === 'handle' ? { handle: choice.handle } : {};
			await peer.household.keepFolder({ ...folder, ...handle });
		}
		await this.#engine.lookAtFolders();
		peer.rounds.request();
	}

	async setExclude(id: FolderId, exclude: readonly string[]): Promise<void> {
		const { peer } = this.#household();
		const folder = peer.household.folder(id);
		if (folder === undefined) refuse(problems.noFolder);
		const rules = exclude.map((rule) => rule.trim()).filter(Boolean);
		await peer.household.keepFolder({ ...folder, exclude: rules });
		peer.rounds.request();
	}

	async removeFolder(id: FolderId): Promise<void> {
		this.#engine.folders.forget(id);
		await this.#household().peer.household.removeFolder(id);
	}

	async folderHandle(id: FolderId): Promise<FileSystemDirectoryHandle | undefined> {
		const handle = this.#household().peer.household.folder(id)?.handle;
		return Promise.resolve(handle as FileSystemDirectoryHandle | undefined);
	}

	async backUpNow(): Promise<void> {
		await this.#engine.lookAtFolders();
		this.#household().peer.rounds.request();
	}

	async pause(): Promise<void> {
		const { peer } = this.#household();
		await peer.household.change({ paused: true });
		peer.rounds.interrupt('paused');
	}

	async resume(): Promise<void> {
		const { peer } = this.#household();
		await peer.household.change({ paused: false });
		peer.rounds.request();
	}

	async endPartnership(partner: PeerId): Promise<void> {
		await this.#household().peer.endPartnership(partner);
	}

	async sheet(): Promise<SheetView> {
		const { peer } = this.#household();
		const sheet = await this.#recoverySheet();
		return {
			words: sheet.words,
			qr: recoveryCode(sheet),
			peer: peer.keyring.peer,
			name: peerName(peer.keyring.peer),
			partners: sheet.partners.map((partner) => ({ peer: partner, name: peerName(partner) })),
			brokers: sheet.brokers,
			circles: sheet.circles,
			appAddress: sheet.app,
			at: this.#engine.clock.now()
		};
	}

	async sheetPrinted(): Promise<void> {
		await this.#household().peer.household.printedSheet(this.#engine.clock.now());
	}

	async recoveryFile(passphrase?: string): Promise<Uint8Array> {
		const sheet = await this.#recoverySheet();
		const { lockRecoveryFile, writeRecoveryFile } = await import('../engine/keys/recovery-file.ts');
		const locked = passphrase !== undefined && passphrase !== '';
		const text = locked
			? await lockRecoveryFile(sheet, passphrase, this.#engine.random)
			: writeRecoveryFile(sheet);
		return new TextEncoder().encode(text);
	}

	async recover(source: RecoverySource): Promise<void> {
		const { rootSecret, brokers } = await readSource(source);
		const running = this.#engine.running;
		if (running !== undefined) {
			if (deriveKeyring(rootSecret).peer !== running.peer.keyring.peer) refuse(problems.otherPeer);
			return;
		}
		const others = brokers.filter((url) => url !== this.#engine.configuration.defaultBroker);
		if (others.length > 0) {
			const all = [this.#engine.configuration.defaultBroker, ...others];
			const settings = { lendBytes: 0, brokers: all, paused: false };
			await this.#engine.storage.records.write([{ table: 'settings', key: 'self', put: settings }]);
		}
		await this.#become(rootSecret, true);
	}

	async openRestore(): Promise<void> {
		const { peer, recovery } = this.#household();
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
		if (this.#household().recovery.source === undefined) refuse(problems.notRestoring);
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
			await this.#household().recovery.restore(snapshot, paths, target);
			this.zipBytes = this.#zip === undefined ? undefined : (await this.#zip.zip()).size;
		} catch (error) {
			this.#engine.journal.write('warning', `restore: ${String(error)}`);
		}
		await this.#forgetRestore();
		this.#engine.publish();
	}

	async cancelRestore(): Promise<void> {
		const { peer, recovery } = this.#household();
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
		this.zipBytes = undefined;
		this.#household().recovery.close();
	}

	async takeOver(alone: boolean): Promise<void> {
		const { peer, recovery } = this.#household();
		const result = await takeOver(peer, recovery, alone, new AbortController().signal);
		if (result.kind === 'too-few') refuse(problems.takeOverAlone);
		await this.#engine.openPeer();
	}

	async erase(): Promise<void> {
		await this.#engine.erase();
	}

	/** Of the head that is restored from. */
	snapshots(): readonly SnapshotView[] {
		const { peer, recovery } = this.#household();
		const browsed = recovery.source?.browser.snapshots;
		if (browsed === undefined) return snapshotViews(peer);
		return browsed
			.map(({ id, at, kind, files, bytes, leftOut }) => ({ id, at, kind, files, bytes, leftOut }))
			.toSorted((a, b) => b.at - a.at);
	}

	/** The folder in the list that this choice is, dropped or picked once more. */
	async #knownFolder(choice: FolderChoice): Promise<FolderId | undefined> {
		if (choice.kind !== 'handle') return undefined;
		for (const { id, handle } of this.#household().peer.household.folders) {
			if (handle instanceof FileSystemDirectoryHandle && (await handle.isSameEntry(choice.handle)))
				return id;
		}
		return undefined;
	}

	#household(): Household {
		const running = this.#engine.running;
		if (running === undefined) refuse(problems.noIdentity);
		return running;
	}

	#browser(): NonNullable<Household['recovery']['source']>['browser'] {
		const source = this.#household().recovery.source;
		if (source === undefined) refuse(problems.notRestoring);
		return source.browser;
	}

	async #become(rootSecret: Uint8Array, restored: boolean): Promise<void> {
		const identity: IdentityRecord = {
			rootSecret,
			instance: nameOf<InstanceId>(this.#engine.random.bytes(16)),
			epoch: 1,
			wordsConfirmed: restored,
			createdAt: this.#engine.clock.now(),
			...(restored ? { restored } : {})
		};
		await this.#engine.storage.records.write([{ table: 'identity', key: 'self', put: identity }]);
		await this.#engine.openPeer();
	}

	async #recoverySheet(): Promise<RecoverySheet> {
		const { peer } = this.#household();
		return recoverySheet(peer.identity.rootSecret, {
			partners: peer.agreements.active().map(({ partner }) => partner),
			brokers: await this.#engine.brokerUrls(),
			app: this.#engine.configuration.appAddress,
			circles: peer.household.circles.map(({ name }) => name),
			madeAt: this.#engine.clock.now()
		});
	}

	async #target(destination: RestoreDestination): Promise<RestoreTarget> {
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

/** Two chosen folders may have one name; in a snapshot each needs its own. */
function freeName(name: string, taken: readonly string[]): string {
	if (!taken.includes(name)) return name;
	for (let count = 2; ; count++) {
		const candidate = `${name} (${count})`;
		if (!taken.includes(candidate)) return candidate;
	}
}

/** Firefox and Safari have handles of their private file system only, which need no permission. */
async function permissionOf(
	handle: Partial<FileSystemDirectoryHandle>
): Promise<PermissionState | undefined> {
	return handle.queryPermission?.({ mode: 'readwrite' });
}
