/** What the page and the worker of a bench peer say to each other. */
export type ToPeerWorker =
	| { readonly type: 'start'; readonly port: MessagePort; readonly name: string }
	| { readonly type: 'relayed'; readonly from: string; readonly payload: Uint8Array }
	| { readonly type: 'dial'; readonly to: string }
	| {
			readonly type: 'measure';
			readonly direction: Direction;
			readonly blocks: number;
			readonly blockBytes: number;
	  };

export type FromPeerWorker =
	| { readonly type: 'relay'; readonly to: string; readonly payload: Uint8Array }
	| { readonly type: 'done'; readonly seconds: number }
	| { readonly type: 'failed'; readonly reason: string };

/** 'put' sends blocks to the partner, 'get' has them come back. */
export type Direction = 'put' | 'get';
