/**
 * What the leading tab runs: the engine in a dedicated worker, and the WebRTC connections, which only a page
 * can have (docs/adr/0003-thread-topology.md).
 */
import { PeerConnections } from '../adapters/webrtc/peer-connections.ts';
import type { CommandCall, EngineConfiguration, FromEngine, ToEngine } from './messages.ts';

export class Leader {
	readonly #worker: Worker;
	readonly #connections: PeerConnections;

	constructor(configuration: EngineConfiguration, hear: (message: FromEngine) => void) {
		this.#worker = new Worker(new URL('./engine-worker.ts', import.meta.url), { type: 'module' });
		this.#worker.onmessage = ({ data }: MessageEvent<FromEngine>) => {
			hear(data);
		};
		const links = new MessageChannel();
		this.#connections = new PeerConnections(links.port1);
		this.#post({ kind: 'start', configuration, links: links.port2 }, [links.port2]);
	}

	command(call: CommandCall): void {
		this.#post(call);
	}

	/** Everything durable is on disk before it is acknowledged, so the worker may end at any moment. */
	stop(): void {
		this.#connections.close();
		this.#worker.terminate();
	}

	#post(message: ToEngine, transfer: Transferable[] = []): void {
		this.#worker.postMessage(message, transfer);
	}
}
