/**
 * The engine in its worker: opens storage, runs the peer once there is an identity (running-peer.ts), publishes the
 * state, and has commands carried out (engine-commands.ts). What needs a peer is loaded when there is one, so that the
 * first page comes quickly.
 */
import { BrowserFolders } from '../adapters/folders/folders.ts';
import { SystemClock } from '../adapters/platform/clock.ts';
import { SystemRandom } from '../adapters/platform/random.ts';
import { CommandRefused, type PeerState } from './api.ts';
import type { EngineCommands } from './engine-commands.ts';
import { Journal } from './journal.ts';
import type { CommandCall, CommandResult, EngineConfiguration, FromEngine } from './messages.ts';
import { startProblem, unexpected } from './problems.ts';
import type { RunningPeer } from './running-peer.ts';
import { Storage } from './storage.ts';

/** Pages are told at most so often; a moving backup is told of without any other news. */
const publishMs = 200;
const tickMs = 1_000;

export class Engine {
	readonly configuration: EngineConfiguration;
	readonly clock = new SystemClock();
	readonly random = new SystemRandom();
	readonly journal = new Journal();
	readonly #tell: (message: FromEngine, transfer?: Transferable[]) => void;
	#commands: Promise<EngineCommands> | undefined;
	#storage: Storage | undefined;
	#folders: BrowserFolders | undefined;
	#running: RunningPeer | undefined;
	/** Where the restore that runs, or ran last, writes to. */
	restoresInto: 'folder' | 'zip' = 'folder';
	/** Size of the zip that a restore finished. */
	zipBytes: number | undefined;
	#phase: PeerState['phase'] = 'starting';
	#problem: PeerState['problem'];
	#publishing = false;

	constructor(
		configuration: EngineConfiguration,
		tell: (message: FromEngine, transfer?: Transferable[]) => void
	) {
		this.configuration = configuration;
		this.#tell = tell;
	}

	/** Opens everything. A failure is shown as a state, with what to do. */
	async start(): Promise<void> {
		this.publish();
		try {
			this.#storage = await Storage.open(this.configuration.storage);
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

	get storage(): Storage {
		return present(this.#storage);
	}

	get folders(): BrowserFolders {
		return present(this.#folders);
	}

	/** Undefined before there is an identity. */
	get running(): RunningPeer | undefined {
		return this.#running;
	}

	/** Has the page make WebRTC connections for a peer, and gives the port to speak with it about them. */
	linksPort(): MessagePort {
		const { port1, port2 } = new MessageChannel();
		this.#tell({ kind: 'links', port: port2 }, [port2]);
		return port1;
	}

	/** Opens the peer of the stored identity, if there is one; closes the one that ran before. */
	async openPeer(): Promise<void> {
		const before = this.#running;
		this.closePeer('reopened');
		const identity = await this.storage.records.get('identity', 'self');
		if (identity === undefined) {
			this.#phase = 'new';
			return;
		}
		const { RunningPeer } = await import('./running-peer.ts');
		this.#running = await RunningPeer.open(this, identity, before);
		this.#running.start();
		this.#phase = 'ready';
		await this.lookAtFolders();
		// Loaded now, also without an interrupted restore: when a command comes the server may be gone.
		const commands = await this.#loadCommands();
		await commands.restoring.resumeRestore();
	}

	closePeer(reason: string): void {
		this.#running?.stop(reason);
		this.#running = undefined;
	}

	/** The page is told to start over. */
	async erase(): Promise<void> {
		this.closePeer('erased');
		await this.storage.erase();
		this.#tell({ kind: 'erased' });
	}

	/** The person's brokers, else the one beside the app. */
	async brokerUrls(): Promise<readonly string[]> {
		const settings = await this.storage.records.get('settings', 'self');
		const chosen = settings?.brokers ?? [];
		return chosen.length > 0 ? chosen : [this.configuration.defaultBroker];
	}

	/** Which folders may be read now. */
	async lookAtFolders(): Promise<void> {
		await this.#running?.lookAtFolders();
		this.publish();
	}

	async command(call: CommandCall): Promise<CommandResult> {
		const { id } = call;
		try {
			const commands = await this.#loadCommands();
			const value: unknown = await commands.run(call.name, call.parameters);
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

	#loadCommands(): Promise<EngineCommands> {
		this.#commands ??= import('./engine-commands.ts').then(
			({ EngineCommands }) => new EngineCommands(this),
			(error: unknown) => {
				this.#commands = undefined;
				throw error;
			}
		);
		return this.#commands;
	}

	async #state(): Promise<PeerState> {
		const persisted = await navigator.storage.persisted();
		const log = this.journal.lines;
		if (this.#running !== undefined) {
			return { ...(await this.#running.view(persisted)), log };
		}
		const problem = this.#problem === undefined ? {} : { problem: this.#problem };
		return { ...emptyState, phase: this.#phase, ...problem, log };
	}
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
	blocked: [],
	risks: [],
	folders: [],
	backup: { stage: 'idle' },
	protection: { level: 'none', survivable: 0, holders: 0, files: 0, bytes: 0 },
	snapshots: [],
	restore: { stage: 'none' },
	events: [],
	log: []
};
