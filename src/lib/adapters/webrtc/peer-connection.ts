/**
 * One WebRTC connection in the page. simple-peer sets it up; frames then go over the raw data channel with
 * water marks of our own, because simple-peer's stream waits at 64 KiB.
 */
import Peer, { type CandidateSignal, type SdpSignal, type Signal } from 'simple-peer/lite.js';
import { fingerprintOf } from './fingerprints.ts';
import {
	channelBytesHigh,
	channelBytesLow,
	earlyFramesMax,
	frameBytesMax,
	untakenBytesMax
} from './limits.ts';
import type { SetupSignal } from './setup-messages.ts';

/** What a connection tells. After `onClosed` it tells nothing more. */
export interface PeerConnectionEvents {
	readonly onSignal: (signal: SetupSignal) => void;
	readonly onConnected: (localFingerprint: Uint8Array, remoteFingerprint: Uint8Array) => void;
	/** Only after `onConnected`. */
	readonly onFrame: (frame: ArrayBuffer) => void;
	/** The channel took this many bytes of our frames. */
	readonly onSent: (bytes: number) => void;
	/** `refused`: the browser makes no further connection for now. */
	readonly onClosed: (reason: string, refused: boolean) => void;
}

export interface PeerConnectionOptions {
	readonly initiator: boolean;
	readonly iceServers: readonly RTCIceServer[];
	readonly events: PeerConnectionEvents;
}

export class PeerConnection {
	readonly #peer: Peer;
	readonly #events: PeerConnectionEvents;
	readonly #outgoing: Uint8Array<ArrayBuffer>[] = [];
	#early: ArrayBuffer[] = [];
	#channel: RTCDataChannel | undefined;
	#state: 'connecting' | 'connected' | 'closed' = 'connecting';
	#untakenBytes = 0;

	constructor({ initiator, iceServers, events }: PeerConnectionOptions) {
		this.#events = events;
		// Without an explicit list simple-peer would ask STUN servers of Google and Twilio.
		const config = { iceServers: [...iceServers] };
		this.#peer = new Peer({ initiator, trickle: true, config });
		this.#listen();
		this.#awaitChannel(initiator);
	}

	/** Takes a set-up message of the other side. */
	signal(signal: SetupSignal): void {
		if (this.#state === 'closed') return;
		try {
			this.#peer.signal(toSimplePeer(signal));
		} catch (error) {
			this.#end(`set-up failed: ${String(error)}`);
		}
	}

	/** Sends a frame as soon as the channel has room for it. */
	send(frame: Uint8Array<ArrayBuffer>): void {
		this.#outgoing.push(frame);
		this.#flush();
	}

	/** The worker took so many bytes of what was received. */
	taken(bytes: number): void {
		this.#untakenBytes -= bytes;
	}

	close(): void {
		this.#end('closed');
	}

	#listen(): void {
		this.#peer.on('signal', (signal) => {
			const ours = fromSimplePeer(signal);
			if (ours !== undefined && this.#state !== 'closed') this.#events.onSignal(ours);
		});
		this.#peer.on('connect', () => {
			this.#connected();
		});
		this.#peer.on('error', (error) => {
			this.#end(error.message, error.code === 'ERR_PC_CONSTRUCTOR');
		});
		const gone = (): void => {
			this.#end('the other side is gone');
		};
		this.#peer.on('disconnect', gone);
		this.#peer.on('close', gone);
	}

	/** Messages are caught from the first one on: simple-peer would put those before `connect` into its stream. */
	#awaitChannel(initiator: boolean): void {
		const connection = this.#peer._pc;
		if (connection === undefined || connection === null) return;
		const refuse = (): void => {
			this.#end('the other side opened a second channel');
		};
		if (initiator) {
			connection.ondatachannel = refuse;
			if (this.#peer._channel) this.#adopt(this.#peer._channel);
			return;
		}
		connection.addEventListener(
			'datachannel',
			({ channel }) => {
				connection.ondatachannel = refuse;
				this.#adopt(channel);
			},
			{ once: true }
		);
	}

	#adopt(channel: RTCDataChannel): void {
		this.#channel = channel;
		channel.binaryType = 'arraybuffer';
		channel.bufferedAmountLowThreshold = channelBytesLow;
		channel.onmessage = ({ data }) => {
			this.#receive(data);
		};
		channel.addEventListener('bufferedamountlow', () => {
			this.#flush();
		});
		channel.addEventListener('close', () => {
			this.#end('the other side is gone');
		});
	}

	#connected(): void {
		const local = fingerprintOf(this.#peer._pc?.localDescription?.sdp ?? '');
		const remote = fingerprintOf(this.#peer._pc?.remoteDescription?.sdp ?? '');
		if (local === undefined || remote === undefined) {
			this.#end('the connection does not name one certificate for each side');
			return;
		}
		if (this.#state !== 'connecting') return;
		this.#state = 'connected';
		this.#events.onConnected(local, remote);
		const early = this.#early;
		this.#early = [];
		for (const frame of early) this.#deliver(frame);
		this.#flush();
	}

	#receive(data: unknown): void {
		if (this.#state === 'closed') return;
		if (!(data instanceof ArrayBuffer) || data.byteLength > frameBytesMax) {
			this.#end('the other side sent what is no frame');
			return;
		}
		if (this.#state === 'connected') {
			this.#deliver(data);
			return;
		}
		this.#early.push(data);
		if (this.#early.length > earlyFramesMax) this.#end('the other side floods us');
	}

	#deliver(frame: ArrayBuffer): void {
		this.#untakenBytes += frame.byteLength;
		if (this.#untakenBytes > untakenBytesMax) {
			this.#end('the other side floods us');
			return;
		}
		this.#events.onFrame(frame);
	}

	#flush(): void {
		const channel = this.#channel;
		if (this.#state !== 'connected' || channel === undefined) return;
		try {
			while (channel.bufferedAmount < channelBytesHigh) {
				const frame = this.#outgoing.shift();
				if (frame === undefined) return;
				channel.send(frame);
				this.#events.onSent(frame.byteLength);
			}
		} catch (error) {
			this.#end(`cannot send: ${String(error)}`);
		}
	}

	#end(reason: string, refused = false): void {
		if (this.#state === 'closed') return;
		this.#state = 'closed';
		this.#outgoing.length = 0;
		this.#early.length = 0;
		// Every attempt is destroyed: what is left alone counts against the browser's limit for ever.
		this.#peer.destroy();
		this.#events.onClosed(reason, refused);
	}
}

function toSimplePeer(signal: SetupSignal): SdpSignal | CandidateSignal {
	if (signal.type !== 'candidate') return { type: signal.type, sdp: signal.sdp };
	const { candidate, mid, line } = signal;
	return { type: 'candidate', candidate: { candidate, sdpMid: mid, sdpMLineIndex: line } };
}

/** Undefined for what a connection with one data channel has no use for. */
function fromSimplePeer(signal: Signal): SetupSignal | undefined {
	if (signal.type === 'renegotiate') return undefined;
	if (signal.type !== 'candidate') return { type: signal.type, sdp: signal.sdp };
	const { candidate, sdpMid, sdpMLineIndex } = signal.candidate;
	return { type: 'candidate', candidate, mid: sdpMid ?? '', line: sdpMLineIndex ?? 0 };
}
