/**
 * The engine as a page sees it. One tab of the origin leads: it holds a Web Lock and runs the engine worker and
 * the WebRTC connections. The others show its state and hand their commands over by BroadcastChannel.
 */
import type { Commands, PeerClient, PeerState } from './api.ts';
import { Leader } from './leader.ts';
import type { BetweenTabs, CommandName, EngineConfiguration, EngineNews } from './messages.ts';
import { commandsBy, PendingCalls } from './pending-calls.ts';

const lockName = 'holdfast engine';
const channelName = 'holdfast';

/** Opens the engine's client. To be called once a page, in a secure context. */
export function openPeer(): PeerClient {
	return new TabClient({
		appAddress: `${location.origin}/`,
		defaultBroker: `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/broker`,
		storage: 'holdfast'
	});
}

class TabClient implements PeerClient {
	readonly commands: Commands;
	readonly #configuration: EngineConfiguration;
	readonly #channel = new BroadcastChannel(channelName);
	readonly #calls = new PendingCalls();
	readonly #stateListeners = new Set<(state: PeerState) => void>();
	readonly #roleListeners = new Set<(role: 'leader' | 'follower') => void>();
	#state: PeerState | undefined;
	#leader: Leader | undefined;
	readonly #tab = crypto.randomUUID();
	/** The tab that asked for the lead: others that come first in the lock's queue pass it on. */
	#leadFor: string | undefined;
	/** Ends the Web Lock. */
	#letGo: (() => void) | undefined;

	constructor(configuration: EngineConfiguration) {
		this.#configuration = configuration;
		this.commands = commandsBy((name, parameters) => this.#command(name, parameters));
		this.#channel.onmessage = ({ data }: MessageEvent<BetweenTabs>) => {
			this.#hear(data);
		};
		void this.#queueForLead();
		this.#tell({ kind: 'hello' });
	}

	get state(): PeerState | undefined {
		return this.#state;
	}

	get role(): 'leader' | 'follower' {
		return this.#leader === undefined ? 'follower' : 'leader';
	}

	subscribe(listener: (state: PeerState) => void): () => void {
		this.#stateListeners.add(listener);
		if (this.#state !== undefined) listener(this.#state);
		return () => this.#stateListeners.delete(listener);
	}

	onRole(listener: (role: 'leader' | 'follower') => void): () => void {
		this.#roleListeners.add(listener);
		return () => this.#roleListeners.delete(listener);
	}

	/** Takes the lead from the tab that has it. Resolves when the engine starts here. */
	async lead(): Promise<void> {
		if (this.#leader !== undefined) return;
		const leading = new Promise<void>((resolve) => {
			const unsubscribe = this.onRole((role) => {
				if (role !== 'leader') return;
				unsubscribe();
				resolve();
			});
		});
		this.#leadFor = this.#tab;
		this.#tell({ kind: 'yield', to: this.#tab });
		await leading;
	}

	#tell(message: BetweenTabs): void {
		this.#channel.postMessage(message);
	}

	#command(name: CommandName, parameters: readonly unknown[]): Promise<unknown> {
		return this.#calls.call(name, parameters, (call) => {
			if (this.#leader === undefined) this.#tell(call);
			else this.#leader.command(call);
		});
	}

	#hear(message: BetweenTabs): void {
		switch (message.kind) {
			case 'state':
				this.#leadFor = undefined;
				if (this.#leader === undefined) this.#show(message.state);
				break;
			case 'command':
				this.#leader?.command(message);
				break;
			case 'result':
				this.#calls.settle(message);
				break;
			case 'hello':
				if (this.#leader !== undefined && this.#state !== undefined) {
					this.#tell({ kind: 'state', state: this.#state });
				}
				break;
			case 'yield':
				this.#leadFor = message.to;
				this.#yield();
				break;
			case 'erased':
				location.assign('/');
		}
	}

	#show(state: PeerState): void {
		this.#state = state;
		for (const listener of this.#stateListeners) listener(state);
	}

	/** Waits in the lock's queue for as long as the tab lives; led once, it queues again after yielding. */
	async #queueForLead(): Promise<void> {
		for (;;) {
			await navigator.locks.request(lockName, async () => {
				if (this.#leadFor === undefined || this.#leadFor === this.#tab) await this.#leadTabs();
			});
		}
	}

	async #leadTabs(): Promise<void> {
		this.#leadFor = undefined;
		const leader = new Leader(this.#configuration, (message) => {
			this.#fromEngine(message);
		});
		this.#leader = leader;
		this.#announceRole();
		await new Promise<void>((resolve) => {
			this.#letGo = resolve;
		});
		this.#leader = undefined;
		leader.stop();
		this.#announceRole();
	}

	#fromEngine(message: EngineNews): void {
		switch (message.kind) {
			case 'state':
				this.#show(message.state);
				this.#tell(message);
				break;
			case 'result':
				if (!this.#calls.settle(message)) this.#tell(message);
				break;
			case 'erased':
				this.#tell(message);
				location.assign('/');
		}
	}

	#yield(): void {
		this.#letGo?.();
		this.#letGo = undefined;
	}

	#announceRole(): void {
		for (const listener of this.#roleListeners) listener(this.role);
	}
}
