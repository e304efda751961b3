/**
 * The peer while it runs, with all that it has of the outside world. Loaded once there is an identity: most of the
 * engine's code hangs on it, and a browser that sees Holdfast for the first time has no use for it yet.
 */
import { WebSocketBrokers } from '../adapters/broker/brokers.ts';
import { openCoderPool, type CoderPool } from '../adapters/coder/pool.ts';
import { ciphers } from '../adapters/platform/ciphers.ts';
import { WebRtcLinks } from '../adapters/webrtc/webrtc-links.ts';
import { deriveKeyring } from '../engine/keys/keyring.ts';
import { Peer } from '../engine/peer.ts';
import type { Ports } from '../engine/ports.ts';
import { Recovery } from '../engine/recovery.ts';
import type { IdentityRecord } from '../engine/records.ts';
import type { FolderView, PeerState } from './api.ts';
import type { Engine } from './engine.ts';
import { iceServersFor, iceServerViews } from './ice-servers.ts';
import type { Journal } from './journal.ts';
import { peerViews } from './peer-state.ts';
import { restoredSnapshots, restoreView } from './restore-view.ts';
import { systemOf } from './system.ts';

export class RunningPeer {
	readonly peer: Peer;
	readonly recovery: Recovery;
	readonly brokers: WebSocketBrokers;
	/** Outlives the peer: the next one goes on with it. */
	readonly coder: CoderPool;
	readonly #engine: Engine;
	readonly #links: WebRtcLinks;
	readonly #folderAccess = new Map<string, FolderView['access']>();
	#wireBytesBefore = 0;

	private constructor(engine: Engine, { broker, links, coder }: Outside, peer: Peer) {
		this.#engine = engine;
		this.brokers = broker;
		this.#links = links;
		this.coder = coder;
		this.peer = peer;
		this.recovery = new Recovery(peer);
	}

	/** Reads the peer from its records. `before` is the one that ran until now. */
	static async open(
		engine: Engine,
		identity: IdentityRecord,
		before: RunningPeer | undefined
	): Promise<RunningPeer> {
		const coder = before?.coder ?? (await warmCoder(engine.journal));
		const late: { peer?: Peer } = {};
		const broker = await openBrokers(engine, identity);
		const links = new WebRtcLinks({
			port: engine.linksPort(),
			broker,
			clock: engine.clock,
			random: engine.random,
			iceServers: () => iceServersFor(late.peer?.household.settings ?? {}, broker),
			log: engine.journal
		});
		const peer = await Peer.open(portsOf(engine, { broker, links, coder }), identity);
		late.peer = peer;
		return new RunningPeer(engine, { broker, links, coder }, peer);
	}

	start(): void {
		const { peer, recovery } = this;
		peer.onChange(() => {
			this.#noteBackup();
			this.#engine.publish();
		});
		recovery.onChange(() => {
			this.#engine.publish();
		});
		peer.start();
		if (peer.identity.restored === true) recovery.search();
	}

	stop(reason: string): void {
		this.recovery.stop();
		this.peer.stop(reason);
		this.#links.close();
	}

	/** Which folders may be read now. */
	async lookAtFolders(): Promise<void> {
		for (const folder of this.peer.household.folders) {
			const open = await this.#engine.folders.open(folder.id);
			const closed = folder.handle === undefined ? 'choose again' : 'ask';
			this.#folderAccess.set(folder.id, open === undefined ? closed : 'granted');
		}
	}

	/** What pages show of it. */
	async view(persisted: boolean): Promise<Omit<PeerState, 'log' | 'problem'>> {
		const { peer, recovery, brokers } = this;
		const { blocks } = this.#engine.storage;
		const heldBytes = new Map<string, { readonly blocks: number; readonly bytes: number }>();
		for (const { partner } of peer.agreements.all()) {
			heldBytes.set(partner, await blocks.usage(partner));
		}
		const source = peer.identity.restored === true ? recovery.source : undefined;
		return {
			phase: phaseOf(peer),
			brokers: brokers.status(),
			iceServers: iceServerViews(peer.household.settings, brokers),
			...peerViews(peer, {
				folderAccess: this.#folderAccess,
				heldBytes,
				heldTotalBytes: (await blocks.total()).bytes,
				persisted,
				wireBytesBefore: this.#wireBytesBefore
			}),
			...(source === undefined ? {} : { snapshots: restoredSnapshots(source) }),
			restore: restoreView(recovery, peer, this.#engine)
		};
	}

	/** Wire bytes are shown for the running backup alone. */
	#noteBackup(): void {
		if (this.peer.rounds.state.stage === 'scanning') this.#wireBytesBefore = this.peer.wireBytes;
	}
}

interface Outside {
	readonly broker: WebSocketBrokers;
	readonly links: WebRtcLinks;
	readonly coder: CoderPool;
}

function portsOf(engine: Engine, { broker, links, coder }: Outside): Ports {
	const { clock, random, folders, journal, storage } = engine;
	const { blocks, records } = storage;
	const log = journal;
	const code = { ciphers: ciphers(), coder, compressor: coder, prover: coder };
	const system = systemOf(navigator);
	return { clock, random, ...code, broker, links, blocks, records, folders, log, system };
}

async function openBrokers(
	engine: Engine,
	{ rootSecret }: IdentityRecord
): Promise<WebSocketBrokers> {
	const { peer, identity: secretKey } = deriveKeyring(rootSecret);
	return new WebSocketBrokers({
		identity: { peer, secretKey },
		clock: engine.clock,
		random: engine.random,
		open: (url) => new WebSocket(url),
		urls: await engine.brokerUrls()
	});
}

/** The first job loads all that the workers need: later, in the middle of a backup, the server may be gone. */
async function warmCoder(journal: Journal): Promise<CoderPool> {
	const coder = await openCoderPool();
	coder.compress(new Uint8Array(1), 'zstd').catch((error: unknown) => {
		journal.write('warning', `coder: ${String(error)}`);
	});
	return coder;
}

function phaseOf(peer: Peer): PeerState['phase'] {
	if (peer.fenced) return 'fenced';
	return peer.identity.restored === true ? 'restoring' : 'ready';
}
