import { getContext, setContext } from 'svelte';
import type { Commands, PeerClient, PeerState } from '$lib/host/api.ts';

const context = Symbol('peer');

/** What pages show before the first state came. */
const starting: PeerState = {
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

/** The engine as components see it: the newest snapshot as reactive state, and the commands. */
export class Peer {
	readonly #client: PeerClient;
	// The snapshot is large and never changed in place, so it needs no deep reactivity.
	#state = $state.raw<PeerState>(starting);
	#role = $state.raw<'leader' | 'follower'>('leader');
	readonly #stops: readonly (() => void)[];

	constructor(client: PeerClient) {
		this.#client = client;
		this.#state = client.state ?? starting;
		this.#role = client.role;
		this.#stops = [
			client.subscribe((state) => (this.#state = state)),
			client.onRole((role) => (this.#role = role))
		];
	}

	get state(): PeerState {
		return this.#state;
	}

	get role(): 'leader' | 'follower' {
		return this.#role;
	}

	get commands(): Commands {
		return this.#client.commands;
	}

	/** Whether something runs that a reload would interrupt. */
	get busy(): boolean {
		const { backup, restore } = this.#state;
		return (
			backup.stage === 'scanning' ||
			backup.stage === 'running' ||
			backup.stage === 'finishing' ||
			restore.stage === 'running'
		);
	}

	lead(): Promise<void> {
		return this.#client.lead();
	}

	close(): void {
		for (const stop of this.#stops) stop();
	}
}

/** Gives the components below their engine. */
export function setPeer(peer: Peer): void {
	setContext(context, peer);
}

/** The engine that an outer component gave. */
export function usePeer(): Peer {
	const peer = getContext<Peer | undefined>(context);
	if (peer === undefined) throw new Error('No peer was set above this component.');
	return peer;
}
