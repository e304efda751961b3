/**
 * Whole peers in one process: the real engine over the in-memory broker, links, disks and folders, with the
 * real coder, compressor and ciphers. Time runs faster than on the wall, so that minutes of patience pass in seconds.
 */
import { openDirectCoder, type DirectCoder } from '../../src/lib/adapters/coder/direct.ts';
import { ciphers } from '../../src/lib/adapters/platform/ciphers.ts';
import { SystemRandom } from '../../src/lib/adapters/platform/random.ts';
import {
	nameOf,
	type FolderId,
	type InstanceId,
	type PeerId
} from '../../src/lib/engine/identifiers.ts';
import { deriveKeyring } from '../../src/lib/engine/keys/keyring.ts';
import { newCircle, type Circle } from '../../src/lib/engine/partners/invitation.ts';
import { Peer, type PeerOptions } from '../../src/lib/engine/peer.ts';
import type { Address, Unsubscribe } from '../../src/lib/engine/ports.ts';
import type { IdentityRecord } from '../../src/lib/engine/records.ts';
import type { RoundSummary } from '../../src/lib/engine/rounds.ts';
import { BlockDisk, MemoryBlockStore } from '../doubles/blocks.ts';
import { BrokerNetwork } from '../doubles/broker.ts';
import { VirtualClock } from '../doubles/clock.ts';
import { MemoryFolders, type MemoryDirectory } from '../doubles/folders.ts';
import { MemoryNetwork, type LinkFaults } from '../doubles/links.ts';
import { SeededRandom } from '../doubles/random.ts';
import { MemoryRecords, RecordDisk } from '../doubles/records.ts';

/** Virtual time that passes with each tick of 5 ms: 20 times as fast as on the wall, at most. */
const tickMs = 100;
const draws = new SeededRandom('world');

/** What outlives a crash of one machine. */
export class Machine {
	readonly records: RecordDisk;
	readonly blocks: BlockDisk;

	constructor(records = new RecordDisk(), blocks = new BlockDisk()) {
		this.records = records;
		this.blocks = blocks;
	}
}

/** One running peer. */
export class Inhabitant {
	readonly peer: Peer;
	readonly folders: MemoryFolders;
	readonly blocks: MemoryBlockStore;
	readonly machine: Machine;
	/** Where others dial it. */
	readonly address: Address;
	readonly log: string[];
	readonly #leave: () => void;

	constructor(
		parts: Pick<Inhabitant, 'peer' | 'folders' | 'blocks' | 'machine' | 'address' | 'log'>,
		leave: () => void
	) {
		this.peer = parts.peer;
		this.folders = parts.folders;
		this.blocks = parts.blocks;
		this.machine = parts.machine;
		this.address = parts.address;
		this.log = parts.log;
		this.#leave = leave;
	}

	get id(): PeerId {
		return this.peer.keyring.peer;
	}

	/** Chooses a folder, empty as yet. */
	async choose(name: string): Promise<MemoryDirectory> {
		const id = nameOf<FolderId>(new SystemRandom().bytes(8));
		const directory = this.folders.add(id, name);
		await this.peer.household.keepFolder({ id, name, addedAt: Date.now(), exclude: [] });
		return directory;
	}

	/** The machine stops at once: nothing is said to anybody. */
	crash(): void {
		this.peer.stop('crashed');
		this.#leave();
	}
}

export class World {
	readonly clock = new VirtualClock(Date.now());
	#ended = false;
	readonly random = new SystemRandom();
	readonly broker = new BrokerNetwork((below) => draws.below(below));
	/** What goes wrong with links that are dialled from now on. */
	faults: ((from: Address, to: Address) => LinkFaults | undefined) | undefined;
	readonly network = new MemoryNetwork({
		clock: this.clock,
		plan: (from, to) => this.faults?.(from, to)
	});
	readonly circle: Circle;
	/** Of peers that start from now on. */
	options: PeerOptions = {};
	readonly #coder: DirectCoder;
	readonly #inhabitants: Inhabitant[] = [];

	private constructor(coder: DirectCoder) {
		this.#coder = coder;
		this.circle = newCircle('family', this.random);
		void this.#tick();
	}

	static async make(): Promise<World> {
		return new World(await openDirectCoder());
	}

	/** A new peer in the circle that lends space. */
	async settle(options: { readonly lendBytes?: number } = {}): Promise<Inhabitant> {
		const machine = new Machine();
		await new MemoryRecords(machine.records).write([
			{ table: 'identity', key: 'self', put: this.identity() },
			{
				table: 'settings',
				key: 'self',
				put: { lendBytes: options.lendBytes ?? 2 ** 30, brokers: [], paused: false }
			},
			{ table: 'circles', key: this.circle.id, put: { ...this.circle, joinedAt: 0 } }
		]);
		return this.start(machine);
	}

	/** An owner with so many partners, all agreed with it. */
	async family(
		count: number
	): Promise<{ readonly owner: Inhabitant; readonly partners: readonly Inhabitant[] }> {
		const owner = await this.settle();
		const partners = await Promise.all(Array.from({ length: count }, () => this.settle()));
		await until(owner.peer, () => owner.peer.agreements.active().length === count);
		return { owner, partners };
	}

	/** An identity of its own, or one restored from a root secret. */
	identity(rootSecret?: Uint8Array): IdentityRecord {
		return {
			rootSecret: rootSecret ?? this.random.bytes(32),
			instance: nameOf<InstanceId>(this.random.bytes(16)),
			epoch: 1,
			wordsConfirmed: true,
			createdAt: this.clock.now(),
			...(rootSecret === undefined ? {} : { restored: true })
		};
	}

	/** An empty machine that knows only the words. */
	async recover(rootSecret: Uint8Array): Promise<Inhabitant> {
		const machine = new Machine();
		await new MemoryRecords(machine.records).write([
			{ table: 'identity', key: 'self', put: this.identity(rootSecret) }
		]);
		return this.start(machine);
	}

	/** Starts what is on a machine: the first time, or after a crash. */
	async start(machine: Machine, folders = new MemoryFolders()): Promise<Inhabitant> {
		const records = new MemoryRecords(machine.records);
		const identity = await records.get('identity', 'self');
		if (identity === undefined) throw new Error('an empty machine');
		const broker = this.broker.join(deriveKeyring(identity.rootSecret).peer);
		const blocks = new MemoryBlockStore({ disk: machine.blocks });
		const log: string[] = [];
		const ports = {
			clock: this.clock,
			random: this.random,
			ciphers: ciphers(),
			coder: this.#coder,
			compressor: this.#coder,
			prover: this.#coder,
			broker,
			links: this.network.attach(broker.address),
			blocks,
			records,
			folders,
			log: { write: (level: string, text: string) => void log.push(`${level}: ${text}`) }
		};
		const peer = await Peer.open(ports, identity, this.options);
		const leave = (): void => {
			this.network.detach(broker.address);
			broker.close();
		};
		const inhabitant = new Inhabitant(
			{ peer, folders, blocks, machine, address: broker.address, log },
			leave
		);
		this.#inhabitants.push(inhabitant);
		peer.start();
		return inhabitant;
	}

	/** Resolves when the condition holds, which nobody tells of; looks with every tick. */
	async quiet(condition: () => Promise<boolean>): Promise<void> {
		while (!(await condition())) await this.clock.sleep(tickMs);
	}

	/** Moves time on only as this process gets to run: on a busy machine nobody runs out of patience. */
	async #tick(): Promise<void> {
		while (!this.#ended) {
			await new Promise((resolve) => setTimeout(resolve, 5));
			await this.clock.advance(tickMs);
		}
	}

	end(): void {
		this.#ended = true;
		for (const inhabitant of this.#inhabitants) inhabitant.crash();
	}
}

/** Resolves when the condition holds; looks whenever the subject changes. */
export function until(
	subject: { onChange(listener: () => void): Unsubscribe },
	condition: () => boolean
): Promise<void> {
	return new Promise((resolve) => {
		if (condition()) {
			resolve();
			return;
		}
		const unsubscribe = subject.onChange(() => {
			if (!condition()) return;
			unsubscribe();
			resolve();
		});
	});
}

/** Resolves when a backup is done, another one than `before`. */
export async function backedUp({ peer }: Inhabitant, before?: RoundSummary): Promise<void> {
	await until(peer, () => {
		const { last, state } = peer.rounds;
		return last !== undefined && last !== before && state.stage === 'idle';
	});
}
