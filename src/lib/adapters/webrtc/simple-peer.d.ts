/**
 * The part of @thaunknown/simple-peer 10.1.2 (lite.js) that peer-connection.ts uses; the package brings no types.
 * `_pc` and `_channel` are private there: the raw channel has the back-pressure that the stream of simple-peer
 * lacks, and the connection has the certificates (docs/adr/0002-simple-peer.md).
 */
declare module 'simple-peer/lite.js' {
	export interface PeerOptions {
		readonly initiator: boolean;
		readonly trickle: boolean;
		readonly config: RTCConfiguration;
	}

	export interface SdpSignal {
		readonly type: 'offer' | 'answer';
		readonly sdp: string;
	}

	export interface CandidateSignal {
		readonly type: 'candidate';
		readonly candidate: {
			readonly candidate: string;
			readonly sdpMLineIndex: number | null;
			readonly sdpMid: string | null;
		};
	}

	export interface RenegotiateSignal {
		readonly type: 'renegotiate';
		readonly renegotiate: true;
	}

	export type Signal = SdpSignal | CandidateSignal | RenegotiateSignal;

	export default class Peer {
		constructor(options: PeerOptions);
		/** Undefined when the browser refused to make one; null once destroyed. */
		readonly _pc?: RTCPeerConnection | null;
		/** The initiator's from the start; the other's once it is announced. */
		readonly _channel?: RTCDataChannel | null;
		signal(data: SdpSignal | CandidateSignal): void;
		destroy(): void;
		on(event: 'signal', listener: (signal: Signal) => void): this;
		on(event: 'error', listener: (error: Error & { readonly code?: string }) => void): this;
		on(event: 'connect' | 'disconnect' | 'close', listener: () => void): this;
	}
}
