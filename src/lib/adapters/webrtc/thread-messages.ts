/**
 * What the worker side of a link and the page side say to each other over a MessagePort. Links are numbered by
 * the worker. Frames cross by transfer. Credit flows both ways: `credit` is what the channel took of our frames,
 * `taken` what the worker took of the partner's.
 */
import type { SetupSignal } from './setup-messages.ts';

export type ToPage =
	| {
			readonly type: 'open';
			readonly link: number;
			readonly initiator: boolean;
			readonly iceServers: readonly RTCIceServer[];
	  }
	| { readonly type: 'signal'; readonly link: number; readonly signal: SetupSignal }
	| { readonly type: 'frame'; readonly link: number; readonly frame: Uint8Array<ArrayBuffer> }
	| { readonly type: 'taken'; readonly link: number; readonly bytes: number }
	| { readonly type: 'close'; readonly link: number };

export type ToWorker =
	| { readonly type: 'signal'; readonly link: number; readonly signal: SetupSignal }
	| {
			readonly type: 'connected';
			readonly link: number;
			readonly localFingerprint: Uint8Array;
			readonly remoteFingerprint: Uint8Array;
	  }
	| { readonly type: 'frame'; readonly link: number; readonly frame: ArrayBuffer }
	| { readonly type: 'credit'; readonly link: number; readonly bytes: number }
	| { readonly type: 'closed'; readonly link: number; readonly reason: string };
