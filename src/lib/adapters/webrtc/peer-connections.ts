/**
 * The page side of links: owns every WebRTC connection of the origin, because only a page can, and does what the
 * worker side (webrtc-links.ts) says over a MessagePort.
 */
import { connectionsMax, refusedPauseMs, refusedPauseMsMax } from './limits.ts';
import { PeerConnection } from './peer-connection.ts';
import type { ToPage, ToWorker } from './thread-messages.ts';

export class PeerConnections {
	readonly #port: MessagePort;
	readonly #connections = new Map<number, PeerConnection>();
	#refusedUntil = 0;
	#pauseMs = refusedPauseMs;

	/** Serves the worker side at the other end of the port until `close`. */
	constructor(port: MessagePort) {
		this.#port = port;
		port.onmessage = ({ data }: MessageEvent<ToPage>) => {
			this.#obey(data);
		};
	}

	/** Connections that stand or are being set up. */
	get size(): number {
		return this.#connections.size;
	}

	/** Closes every connection. */
	close(): void {
		for (const connection of [...this.#connections.values()]) connection.close();
		this.#port.close();
	}

	#obey(message: ToPage): void {
		switch (message.type) {
			case 'open':
				this.#open(message);
				break;
			case 'signal':
				this.#connections.get(message.link)?.signal(message.signal);
				break;
			case 'frame':
				this.#connections.get(message.link)?.send(message.frame);
				break;
			case 'taken':
				this.#connections.get(message.link)?.taken(message.bytes);
				break;
			case 'close':
				this.#connections.get(message.link)?.close();
				break;
		}
	}

	#open({ link, initiator, iceServers }: ToPage & { type: 'open' }): void {
		const refusal = this.#refusal();
		if (refusal !== undefined) {
			this.#tell({ type: 'closed', link, reason: refusal });
			return;
		}
		const connection = new PeerConnection({
			initiator,
			iceServers,
			events: {
				onSignal: (signal) => {
					this.#tell({ type: 'signal', link, signal });
				},
				onConnected: (localFingerprint, remoteFingerprint) => {
					this.#pauseMs = refusedPauseMs;
					this.#tell({ type: 'connected', link, localFingerprint, remoteFingerprint });
				},
				onFrame: (frame) => {
					this.#tell({ type: 'frame', link, frame }, [frame]);
				},
				onSent: (bytes) => {
					this.#tell({ type: 'credit', link, bytes });
				},
				onClosed: (reason, refused) => {
					if (refused) this.#backOff();
					this.#connections.delete(link);
					this.#tell({ type: 'closed', link, reason });
				}
			}
		});
		this.#connections.set(link, connection);
	}

	/** Why there can be no further connection now. */
	#refusal(): string | undefined {
		if (performance.now() < this.#refusedUntil) return 'the browser makes no more connections now';
		if (this.#connections.size >= connectionsMax) return 'enough connections are open';
		return undefined;
	}

	/** The browser's limit counts closed connections until it collects them: asking again at once keeps it full. */
	#backOff(): void {
		this.#refusedUntil = performance.now() + this.#pauseMs;
		this.#pauseMs = Math.min(2 * this.#pauseMs, refusedPauseMsMax);
	}

	#tell(message: ToWorker, transfer: Transferable[] = []): void {
		this.#port.postMessage(message, transfer);
	}
}
