/**
 * What the leading tab runs: the engine in a dedicated worker, and the WebRTC connections, which only a page
 * can have (docs/adr/0003-thread-topology.md).
 */
import { PeerConnections } from '../adapters/webrtc/peer-connections.ts';
import type {
	CommandCall,
	EngineConfiguration,
	EngineNews,
	FromEngine,
	ToEngine
} from './messages.ts';

export class Leader {
	readonly #worker: Worker;
	#connections: PeerConnections | undefined;

	constructor(configuration: EngineConfiguration, hear: (message: EngineNews) => void) {
		this.#worker = new Worker(new URL('./engine-worker.ts', import.meta.url), { type: 'module' });
		this.#worker.onmessage = ({ data }: MessageEvent<FromEngine>) => {
			if (data.kind === 'links') this.#connect(data.port);
			else hear(data);
		};
		this.#post({ kind: 'start', configuration });
	}

	command(call: CommandCall): void {
		this.#post(call);
	}

	/** Everything durable is on disk before it is acknowledged, so the worker may end at any moment. */
	stop(): void {
		this.#connections?.close();
		this.#worker.terminate();
	}

	#connect(port: MessagePort): void {
		this.#connections?.close();
		this.#connections = new PeerConnections(port);
	}

	#post(message: ToEngine): void {
		this.#worker.postMessage(message);
	}
}
