/** What page and engine worker post to each other. Tabs that follow use the same commands over a BroadcastChannel. */
import type { Commands, PeerState, Problem } from './api.ts';

export type CommandName = keyof Commands;

export interface EngineConfiguration {
	/** Where the page was served from: shown on the sheet and put into invitations. */
	readonly appAddress: string;
	/** The broker beside the app, used where the person chose none. */
	readonly defaultBroker: string;
	/** Names database and block store: one peer an origin. */
	readonly storage: string;
}

export interface CommandCall {
	readonly kind: 'command';
	readonly id: string;
	readonly name: CommandName;
	readonly parameters: readonly unknown[];
}

export type CommandResult =
	| { readonly kind: 'result'; readonly id: string; readonly ok: true; readonly value: unknown }
	| { readonly kind: 'result'; readonly id: string; readonly ok: false; readonly problem: Problem };

export type ToEngine =
	{ readonly kind: 'start'; readonly configuration: EngineConfiguration } | CommandCall;

export type FromEngine =
	| { readonly kind: 'state'; readonly state: PeerState }
	| CommandResult
	/** A peer begins to run: the page makes its WebRTC connections, and ends those of the peer before. */
	| { readonly kind: 'links'; readonly port: MessagePort }
	/** The identity was erased: the page starts over. */
	| { readonly kind: 'erased' };

/** What concerns every tab; `links` is between the engine and the tab that runs it. */
export type EngineNews = Exclude<FromEngine, { readonly kind: 'links' }>;

/** Between the tabs of one origin. */
export type BetweenTabs =
	| { readonly kind: 'state'; readonly state: PeerState }
	| CommandCall
	| CommandResult
	/** A new tab wants the state. */
	| { readonly kind: 'hello' }
	/** A tab takes the lead: the leader lets go. */
	| { readonly kind: 'yield'; readonly to: string }
	| { readonly kind: 'erased' };
