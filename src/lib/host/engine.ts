/**
 * The engine in its worker: opens storage, runs the peer once there is an identity, publishes the state, and
 * carries out commands (engine-commands.ts).
 */
import { WebSocketBrokers } from '../adapters/broker/brokers.ts';
import { openCoderPool, type CoderPool } from '../adapters/coder/pool.ts';
import { BrowserFolders } from '../adapters/folders/folders.ts';
import { ciphers } from '../adapters/platform/ciphers.ts';
import { SystemClock } from '../adapters/platform/clock.ts';
import { SystemRandom } from '../adapters/platform/random.ts';
import { WebRtcLinks } from '../adapters/webrtc/webrtc-links.ts';
import { deriveKeyring } from '../engine/keys/keyring.ts';
import { Peer } from '../engine/peer.ts';
import { Recovery } from '../engine/recovery.ts';
import type { IdentityRecord } from '../engine/records.ts';
import { CommandRefused, type FolderView, type PeerState } from './api.ts';
import { EngineCommands } from './engine-commands.ts';
import { iceServersFor, iceServerViews } from './ice-servers.ts';
import { Journal } from './journal.ts';
import type { CommandCall, CommandResult, EngineConfiguration, FromEngine } from './messages.ts';
import { peerViews } from './peer-state.ts';
import { startProblem, unexpected } from './problems.ts';
import { restoreView } from './restore-view.ts';
import { Storage } from './storage.ts';

/** Pages are told at most so often; a moving backup is told of without any other news. */
const publishMs = 200;
const tickMs = 1_000;

/** What stands once there is an identity. */
export interface Household {
	readonly peer: Peer;
	readonly recovery: Recovery;
	readonly brokers: WebSocketBrokers;
}

export class Engine {
	readonly configuration: EngineConfiguration;
	readonly clock = new SystemClock();
	readonly random = new SystemRandom();
	readonly journal = new Journal();
	readonly #linksPort: MessagePort;
	readonly #tell: (message: FromEngine) => void;
	readonly #commands: EngineCommands;
	readonly #folderAccess = new Map<string, FolderView['access']>();
	#storage: Storage | undefined;
	#coder: CoderPool | undefined;
	#folders: BrowserFolders | undefined;
	#links: WebRtcLinks | undefined;
	#running: Household | undefined;
	#phase: PeerState['phase'] = 'starting';
	#problem: PeerState['problem'];
	#persisted: boolean | undefined;
	#publishing = false;
	#wireBytesBefore = 0;

	constructor(
		configuration: EngineConfiguration,
		links: MessagePort,
		tell: (message: FromEngine) => void
	) {
		this.configuration = configuration;
		this.#linksPort = links;
		this.#tell = tell;
		this.#commands = new EngineCommands(this);
	}

	/** Opens everything. A failure is shown as a state, with what to do. */
	async start(): Promise<void> {
		this.publish();
		try {
			this.#storage = await Storage.open(this.configuration.storage);
			this.#coder = await openCoderPool();
			this.#warm(this.#coder);
			this.#folders = new BrowserFolders(this.#storage.records);
			await this.openPeer();
		} catch (error) {
			this.journal.write('error', `start: ${String(error)}`);
			this.#phase = 'broken';
			this.#problem = startProblem(error);
		}
		this.publish();
		setInterval(() => {
			this.publish();
		}, tickMs);
	}

	/** The first job loads all that workers need: later, in the middle of a backup, the server may be gone. */
	#warm(coder: CoderPool): void {
		coder.compress(new Uint8Array(1), 'zstd').catch((error: unknown) => {
			this.journal.write('warning', `coder: ${String(error)}`);
		});
	}

	get storage(): Storage {
		return present(this.#storage);
	}

	get folders(): BrowserFolders {
		return present(this.#folders);
	}

	/** Undefined before there is an identity. */
	get running(): Household | undefined {
		return this.#running;
	}

	/** Opens the peer of the stored identity, if there is one; closes the one that ran before. */
	async openPeer(): Promise<void> {
		this.closePeer('reopened');
		const identity = await this.storage.records.get('identity', 'self');
		if (identity === undefined) {
			this.#phase = 'new';
			return;
		}
		this.#running = await this.#assemble(identity);
		const { peer, recovery } = this.#running;
		peer.onChange(() => {
			this.#noteBackup();
			this.publish();
		});
		recovery.onChange(() => {
			this.publish();
		});
		peer.start();
		if (identity.restored === true) recovery.search();
		this.#phase = 'ready';
		await this.lookAtFolders();
		await this.#commands.restoring.resumeRestore();
	}

	closePeer(reason: string): void {
		this.#running?.recovery.stop();
		this.#running?.peer.stop(reason);
		this.#links?.close();
		this.#running = undefined;
	}

	/** The page is told to start over. */
	async erase(): Promise<void> {
		this.closePeer('erased');
		await this.storage.erase();
		this.#tell({ kind: 'erased' });
	}

	async #assemble(identity: IdentityRecord): Promise<Household> {
		const { records, blocks } = this.storage;
		const keyring = deriveKeyring(identity.rootSecret);
		const brokers = new WebSocketBrokers({
			identity: { peer: keyring.peer, secretKey: keyring.identity },
			clock: this.clock,
			random: this.random,
			open: (url) => new WebSocket(url),
			urls: await this.brokerUrls()
		});
		this.#links = new WebRtcLinks({
			port: this.#linksPort,
			broker: brokers,
			clock: this.clock,
			random: this.random,
			iceServers: () => {
				const settings = this.#running?.peer.household.settings;
				return iceServersFor(settings ?? {}, brokers);
			},
			log: this.journal
		});
		const coder = present(this.#coder);
		const peer = await Peer.open(
			{
				clock: this.clock,
				random: this.random,
				ciphers: ciphers(),
				coder,
				compressor: coder,
				broker: brokers,
				links: this.#links,
				blocks,
				records,
				folders: this.folders,
				log: this.journal
			},
			identity
		);
		return { peer, recovery: new Recovery(peer), brokers };
	}

	/** The person's brokers, else the one beside the app. */
	async brokerUrls(): Promise<readonly string[]> {
		const settings = await this.storage.records.get('settings', 'self');
		const chosen = settings?.brokers ?? [];
		return chosen.length > 0 ? chosen : [this.configuration.defaultBroker];
	}

	/** Which folders may be read now. */
	async lookAtFolders(): Promise<void> {
		const running = this.#running;
		if (running === undefined) return;
		for (const folder of running.peer.household.folders) {
			const open = await this.folders.open(folder.id);
			const closed = folder.handle === undefined ? 'choose again' : 'ask';
			this.#folderAccess.set(folder.id, open === undefined ? closed : 'granted');
		}
		this.publish();
	}

	async command(call: CommandCall): Promise<CommandResult> {
		const { id } = call;
		try {
			const value: unknown = await this.#commands.run(call.name, call.parameters);
			this.publish();
			return { kind: 'result', id, ok: true, value };
		} catch (error) {
			if (!(error instanceof CommandRefused)) {
				this.journal.write('error', `${call.name}: ${String(error)}`);
			}
			const problem = error instanceof CommandRefused ? error.problem : unexpected(error);
			return { kind: 'result', id, ok: false, problem };
		}
	}

	/** Tells pages the state a moment later, once for many changes. */
	publish(): void {
		if (this.#publishing) return;
		this.#publishing = true;
		setTimeout(() => {
			void this.#state()
				.then((state) => {
					this.#tell({ kind: 'state', state });
				})
				.catch((error: unknown) => {
					this.journal.write('error', `state: ${String(error)}`);
				})
				.finally(() => {
					this.#publishing = false;
				});
		}, publishMs);
	}

	/** Wire bytes are shown for the running backup alone. */
	#noteBackup(): void {
		const running = this.#running;
		if (running?.peer.rounds.state.stage === 'scanning') {
			this.#wireBytesBefore = running.peer.wireBytes;
		}
	}

	async #state(): Promise<PeerState> {
		this.#persisted = await navigator.storage.persisted();
		const log = this.journal.lines;
		const running = this.#running;
		if (running === undefined) {
			const problem = this.#problem === undefined ? {} : { problem: this.#problem };
			return { ...emptyState, phase: this.#phase, ...problem, log };
		}
		const { peer, recovery, brokers } = running;
		const heldBytes = new Map<string, { readonly blocks: number; readonly bytes: number }>();
		for (const { partner } of peer.agreements.all()) {
			heldBytes.set(partner, await this.storage.blocks.usage(partner));
		}
		const heldTotalBytes = (await this.storage.blocks.total()).bytes;
		return {
			...emptyState,
			phase: phaseOf(peer),
			brokers: brokers.status(),
			iceServers: iceServerViews(peer.household.settings, brokers),
			...peerViews(peer, {
				folderAccess: this.#folderAccess,
				heldBytes,
				heldTotalBytes,
				persisted: this.#persisted,
				wireBytesBefore: this.#wireBytesBefore
			}),
			...(peer.identity.restored === true && recovery.source !== undefined
				? { snapshots: this.#commands.restoring.snapshots() }
				: {}),
			restore: restoreView(recovery, peer, this.#commands.restoring.zipBytes),
			log
		};
	}
}

function phaseOf(peer: Peer): PeerState['phase'] {
	if (peer.fenced) return 'fenced';
	return peer.identity.restored === true ? 'restoring' : 'ready';
}

function present<T>(value: T | undefined): T {
	if (value === undefined) throw new Error('the engine has not started yet');
	return value;
}

const emptyState: PeerState = {
	phase: 'starting',
	brokers: [],
	iceServers: [],
	circles: [],
	lending: { limitBytes: 0, usedBytes: 0 },
	partners: [],
	folders: [],
	backup: { stage: 'idle' },
	protection: { level: 'none', survivable: 0, holders: 0, files: 0, bytes: 0 },
	snapshots: [],
	restore: { stage: 'none' },
	events: [],
	log: []
};
