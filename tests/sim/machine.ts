/** One computer with a peer on it: it is started, shut down, put to sleep, crashed, wiped, and thrown away. */
import { nameOf, type InstanceId, type PeerId } from '../../src/lib/engine/identifiers.ts';
import { deriveKeyring } from '../../src/lib/engine/keys/keyring.ts';
import { Peer } from '../../src/lib/engine/peer.ts';
import type { Ports } from '../../src/lib/engine/ports.ts';
import type { FolderRecord, IdentityRecord } from '../../src/lib/engine/records.ts';
import type { BrowserEngine, OperatingSystem } from '../../src/lib/engine/system.ts';
import type { SeededRandom } from '../doubles/random.ts';
import type { BrokerSession } from './broker.ts';
import { Disk, SimBlocks, SimRecords } from './disk.ts';
import type { SyntheticFolder, Versions } from './files.ts';
import { Life, type CrashPoint } from './life.ts';
import type { Site } from './network.ts';
import type { World } from './world.ts';

const dayMs = 24 * 60 * 60_000;

/** One toss and one proof a day for each pair: hours of every peer would make months too dear to simulate. */
const pace = {
	schedule: { proofEveryMs: dayMs, blockEveryMs: dayMs },
	lookEveryMs: dayMs / 4
};

export type Kind = 'office' | 'home' | 'laptop' | 'server';

/** What a computer is, for as long as it is there. */
export interface Hardware extends Site {
	readonly kind: Kind;
	readonly os: OperatingSystem;
	readonly engine: BrowserEngine;
	/** The network prefix that a broker sees. */
	readonly prefix: string;
}

/** How the person at a machine, or its software, departs from the engine as it is. */
export interface Role {
	readonly name: string;
	/** Ports in place of the machine's own. */
	ports?(ports: Ports, machine: Machine): Ports;
	/** The peer is open, and about to start. */
	opened?(peer: Peer, machine: Machine): void;
}

export type MachineState = 'off' | 'on' | 'asleep' | 'gone';

/** A backup that was committed, by what its folder held when it began. */
export interface Backup {
	readonly at: number;
	readonly versions: Versions;
}

export class Machine {
	readonly world: World;
	readonly hardware: Hardware;
	readonly folder: SyntheticFolder;
	readonly rootSecret: Uint8Array;
	readonly id: PeerId;
	/** One stream over all lives: what it gave is never given again. */
	readonly random: SeededRandom;
	/** Undefined for a peer that keeps to the rules. */
	readonly role: Role | undefined;
	disk = new Disk();
	/** What the person's system clock is off. */
	skewMs = 0;
	/** Where the next life ends by itself. */
	crashPoint: CrashPoint | undefined;
	/** The last backup that the peer reported done. */
	lastBackup: Backup | undefined;
	/** Its person is getting it back onto a new disk, and leaves it on. */
	moving = false;
	/** Lives that ended without a word. */
	crashes = 0;
	/** Milliseconds of virtual time that the peer was on. */
	onMs = 0;
	#state: MachineState = 'off';
	#life: Life | undefined;
	#session: BrokerSession | undefined;
	#peer: Peer | undefined;
	#onSince = 0;

	constructor(
		world: World,
		parts: Pick<Machine, 'hardware' | 'folder' | 'rootSecret' | 'random'> & { readonly role?: Role }
	) {
		this.world = world;
		this.hardware = parts.hardware;
		this.folder = parts.folder;
		this.rootSecret = parts.rootSecret;
		this.random = parts.random;
		this.role = parts.role;
		this.id = deriveKeyring(this.rootSecret).peer;
	}

	get number(): number {
		return this.hardware.machine;
	}

	get state(): MachineState {
		return this.#state;
	}

	/** The peer while the machine is on. */
	get peer(): Peer | undefined {
		return this.#state === 'on' ? this.#peer : undefined;
	}

	get life(): Life | undefined {
		return this.#life;
	}

	/** Whether its owner means well. */
	get honest(): boolean {
		return this.role === undefined;
	}

	/** A new installation, or one that only knows the words of an old one. */
	install(lendBytes: number, restored = false): void {
		const identity: IdentityRecord = {
			rootSecret: this.rootSecret,
			instance: nameOf<InstanceId>(this.random.bytes(16)),
			epoch: 1,
			wordsConfirmed: true,
			createdAt: this.world.clock.now,
			...(restored ? { restored } : {})
		};
		this.disk.table('identity').set('self', identity);
		if (restored) return;
		const { circle } = this.world;
		this.disk.table('settings').set('self', { lendBytes, brokers: [], paused: false });
		this.disk.table('circles').set(circle.id, { ...circle, joinedAt: this.world.clock.now });
		this.choosesItsFolder();
	}

	/** The person chooses the folder to back up, as after an installation, so after a take-over. */
	choosesItsFolder(): void {
		const folder: FolderRecord = {
			id: this.folder.id,
			name: this.folder.name,
			addedAt: this.world.clock.now,
			exclude: []
		};
		this.disk.table('folders').set(folder.id, folder);
	}

	/** Switches it on, or opens the lid. */
	switchOn(): void {
		if (this.#state === 'asleep') this.#openLid();
		else if (this.#state === 'off') void this.boot();
	}

	/** Starts the peer; resolves when it runs. What it throws is a violation: no disk may keep a peer from starting. */
	async boot(): Promise<void> {
		const { clock, broker, network } = this.world;
		const identity = this.disk.table('identity').get('self') as IdentityRecord | undefined;
		if (this.#state !== 'off' || identity === undefined) return;
		const life = new Life(clock, () => this.skewMs);
		const session = broker.join(this.id, life, this.hardware.prefix);
		this.#state = 'on';
		this.#life = life;
		this.#session = session;
		this.#onSince = clock.now;
		if (this.crashPoint !== undefined) life.crashAt(this.crashPoint, () => this.#crashed());
		this.crashPoint = undefined;
		const links = network.attach(session.address, this.hardware, life);
		this.world.trace.note('boot', clock.now, this.number, this.number);
		try {
			const own = this.#ports(life, session, links);
			const ports = this.role?.ports?.(own, this) ?? own;
			const peer = await Peer.open(ports, { ...identity }, pace);
			if (life.ended) return;
			this.role?.opened?.(peer, this);
			this.#peer = peer;
			this.#watchBackups(peer);
			peer.start();
		} catch (error) {
			this.world.violation('starts', `${this.id.slice(0, 8)} does not start: ${String(error)}`);
			this.crash();
		}
	}

	/** The window is closed. */
	shutDown(): void {
		if (this.#state === 'asleep') this.#openLid();
		if (this.#state !== 'on') return;
		this.#peer?.stop('shut down');
		this.#over();
	}

	/** The lid is closed: the process stands still, and its links die of it. */
	closeLid(): void {
		if (this.#state !== 'on' || this.#session === undefined) return;
		this.#state = 'asleep';
		this.onMs += this.world.clock.now - this.#onSince;
		this.#life?.fallAsleep();
		this.world.network.silence(this.number);
		this.world.network.hide(this.#session.address);
		this.world.broker.lose(this.#session);
		this.world.trace.note('sleep', this.world.clock.now, this.number, this.number);
	}

	/** The process ends without a word to anybody. */
	crash(): void {
		if (this.#state !== 'on' && this.#state !== 'asleep') return;
		this.#life?.end();
		this.#crashed();
	}

	/** The machine is not seen again. */
	retire(): void {
		this.crash();
		this.#state = 'gone';
	}

	#openLid(): void {
		if (this.#state !== 'asleep' || this.#session === undefined) return;
		this.#state = 'on';
		this.#onSince = this.world.clock.now;
		this.world.network.show(this.#session.address);
		this.world.broker.regain(this.#session);
		this.#life?.wake();
		this.world.trace.note('wake', this.world.clock.now, this.number, this.number);
	}

	#crashed(): void {
		this.crashes++;
		this.world.trace.note('crash', this.world.clock.now, this.number, this.number);
		this.#over();
	}

	#over(): void {
		if (this.#state === 'on') this.onMs += this.world.clock.now - this.#onSince;
		this.#life?.end();
		this.#state = 'off';
		this.#peer = undefined;
		if (this.#session === undefined) return;
		this.world.network.detach(this.#session.address);
		this.#session.close();
		this.#session = undefined;
	}

	#ports(life: Life, broker: BrokerSession, links: Ports['links']): Ports {
		const { ciphers, coder } = this.world;
		return {
			clock: life,
			random: this.random,
			ciphers,
			coder,
			compressor: coder,
			prover: coder,
			broker,
			links,
			blocks: new SimBlocks(this.disk, life),
			records: new SimRecords(this.disk, life),
			folders: this.folder.folders,
			log: { write: (level, text) => this.world.log?.(this, level, text) },
			system: { os: this.hardware.os, engine: this.hardware.engine }
		};
	}

	/** Notes what each backup was made of: what a restore of it must give. */
	#watchBackups(peer: Peer): void {
		let begun: Versions | undefined;
		let { last } = peer.rounds;
		peer.rounds.onChange(() => {
			if (peer.rounds.state.stage === 'scanning' && begun === undefined) {
				begun = this.folder.versions();
			}
			if (peer.rounds.state.stage === 'waiting') begun = undefined;
			if (peer.rounds.state.stage !== 'idle') return;
			if (peer.rounds.last !== last && begun !== undefined) {
				last = peer.rounds.last;
				this.lastBackup = { at: this.world.clock.now, versions: begun };
				this.world.backups++;
			}
			begun = undefined;
		});
	}
}
