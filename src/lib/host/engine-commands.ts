/** What pages may ask of the engine. Every refusal is a Problem that a person can read. */
import { nameOf, type CircleId, type FolderId, type PeerId } from '../engine/identifiers.ts';
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
import {
	refuse,
	type Commands,
	type FolderChoice,
	type IceServerChoice,
	type RecoverySource,
	type SheetView
} from './api.ts';
import type { Engine } from './engine.ts';
import { withIceServer } from './ice-servers.ts';
import { peerName } from './peer-names.ts';
import { problems } from './problems.ts';
import { readSource } from './recovery-source.ts';
import { RestoreCommands } from './restore-commands.ts';
import type { RunningPeer } from './running-peer.ts';
import type { CommandName } from './messages.ts';

const minimumLendBytes = 128 * 1024 * 1024;

export class EngineCommands implements Omit<Commands, keyof RestoreCommands> {
	readonly #engine: Engine;
	/** Those that get files back. */
	readonly restoring: RestoreCommands;
	#toConfirm: readonly number[] = [];

	constructor(engine: Engine) {
		this.#engine = engine;
		this.restoring = new RestoreCommands(engine);
	}

	/** Carries out a command by its name. Names that are no command are refused. */
	run(name: CommandName, parameters: readonly unknown[]): Promise<unknown> {
		for (const commands of [this, this.restoring]) {
			const { prototype } = commands.constructor as { readonly prototype: object };
			const command: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
			if (typeof command !== 'function') continue;
			return (command as (...all: readonly unknown[]) => Promise<unknown>).apply(commands, [
				...parameters
			]);
		}
		return Promise.reject(new Error(`no command ${name}`));
	}

	async createPeer(): Promise<void> {
		if (this.#engine.running !== undefined) refuse(problems.identityExists);
		await this.#become(this.#engine.random.bytes(32), false);
	}

	async words(): Promise<readonly string[]> {
		return Promise.resolve(wordsOf(this.#running().peer.identity.rootSecret));
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
			await this.#running().peer.household.confirmWords();
		}
		return wrong;
	}

	async setLending(bytes: number): Promise<void> {
		if (!Number.isFinite(bytes) || bytes < minimumLendBytes) refuse(problems.tooLittleSpace);
		await this.#running().peer.household.change({ lendBytes: Math.floor(bytes) });
	}

	async setBrokers(urls: readonly string[]): Promise<void> {
		const { peer, brokers } = this.#running();
		await peer.household.change({ brokers: urls.map((url) => url.trim()).filter(Boolean) });
		brokers.use(await this.#engine.brokerUrls());
	}

	async addIceServer(server: IceServerChoice): Promise<void> {
		const { household } = this.#running().peer;
		await household.change({ iceServers: withIceServer(household.settings, server) });
	}

	async removeIceServer(url: string): Promise<void> {
		const { household } = this.#running().peer;
		const iceServers = household.settings.iceServers?.filter((server) => server.url !== url) ?? [];
		await household.change({ iceServers });
	}

	async createCircle(name: string): Promise<void> {
		const circle = newCircle(name.trim() || 'My circle', this.#engine.random);
		const joinedAt = this.#engine.clock.now();
		await this.#running().peer.household.join({ ...circle, joinedAt });
	}

	async joinCircle(invitation: string): Promise<string> {
		const { peer } = this.#running();
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
		const { peer } = this.#running();
		const circle = peer.household.circle(id);
		if (circle === undefined) refuse(problems.notACircleLink);
		const brokers = await this.#engine.brokerUrls();
		const inviter = peer.keyring.peer;
		return this.#engine.configuration.appAddress + invitationFragment({ circle, brokers, inviter });
	}

	async addFolder(choice: FolderChoice): Promise<FolderId> {
		const { peer } = this.#running();
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
		const { peer } = this.#running();
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
		const { peer } = this.#running();
		const folder = peer.household.folder(id);
		if (folder === undefined) refuse(problems.noFolder);
		const rules = exclude.map((rule) => rule.trim()).filter(Boolean);
		await peer.household.keepFolder({ ...folder, exclude: rules });
		peer.rounds.request();
	}

	async removeFolder(id: FolderId): Promise<void> {
		this.#engine.folders.forget(id);
		await this.#running().peer.household.removeFolder(id);
	}

	async folderHandle(id: FolderId): Promise<FileSystemDirectoryHandle | undefined> {
		const handle = this.#running().peer.household.folder(id)?.handle;
		return Promise.resolve(handle as FileSystemDirectoryHandle | undefined);
	}

	async backUpNow(): Promise<void> {
		await this.#engine.lookAtFolders();
		this.#running().peer.rounds.request();
	}

	async pause(): Promise<void> {
		const { peer } = this.#running();
		await peer.household.change({ paused: true });
		peer.rounds.interrupt('paused');
	}

	async resume(): Promise<void> {
		const { peer } = this.#running();
		await peer.household.change({ paused: false });
		peer.rounds.request();
	}

	async leave(): Promise<void> {
		await this.#running().peer.leave();
	}

	async endPartnership(partner: PeerId): Promise<void> {
		await this.#running().peer.endPartnership(partner);
	}

	async blockPeer(peer: PeerId): Promise<void> {
		await this.#running().peer.agreements.block(peer);
	}

	async unblockPeer(peer: PeerId): Promise<void> {
		await this.#running().peer.agreements.unblock(peer);
	}

	async sheet(): Promise<SheetView> {
		const { peer } = this.#running();
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
		await this.#running().peer.household.printedSheet(this.#engine.clock.now());
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

	async erase(): Promise<void> {
		await this.#engine.erase();
	}

	/** The folder in the list that this choice is, dropped or picked once more. */
	async #knownFolder(choice: FolderChoice): Promise<FolderId | undefined> {
		if (choice.kind !== 'handle') return undefined;
		for (const { id, handle } of this.#running().peer.household.folders) {
			if (handle instanceof FileSystemDirectoryHandle && (await handle.isSameEntry(choice.handle)))
				return id;
		}
		return undefined;
	}

	#running(): RunningPeer {
		const running = this.#engine.running;
		if (running === undefined) refuse(problems.noIdentity);
		return running;
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
		const { peer } = this.#running();
		return recoverySheet(peer.identity.rootSecret, {
			partners: peer.agreements.active().map(({ partner }) => partner),
			brokers: await this.#engine.brokerUrls(),
			app: this.#engine.configuration.appAddress,
			circles: peer.household.circles.map(({ name }) => name),
			madeAt: this.#engine.clock.now()
		});
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
