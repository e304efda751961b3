import type { CircleId, FolderId, PeerId } from '../../src/lib/engine/identifiers.ts';
import {
	CommandRefused,
	type Commands,
	type PeerClient,
	type PeerState,
	type SheetView,
	type TreeItem
} from '../../src/lib/host/api.ts';

/** 24 words of the list, as a sheet shows them. */
export const words = (
	'anchor basket candle dolphin elbow forest gather harbor island jacket kitchen ladder ' +
	'market needle orange pencil quarter ribbon saddle timber umbrella velvet window zebra'
).split(' ');

const tree: Readonly<Record<string, readonly TreeItem[]>> = {
	'': [
		{ name: 'Photos', kind: 'directory', size: 0, modified: 0 },
		{ name: 'Documents', kind: 'directory', size: 0, modified: 0 }
	],
	Photos: [
		{ name: '2025', kind: 'directory', size: 0, modified: 0 },
		{ name: 'beach.jpg', kind: 'file', size: 4_120_000, modified: Date.UTC(2026, 6, 3, 9, 14) },
		{
			name: 'Überfahrt nach Föhr.jpg',
			kind: 'file',
			size: 3_900_100,
			modified: Date.UTC(2026, 6, 4, 10)
		}
	],
	'Photos/2025': [
		{ name: 'snow.jpg', kind: 'file', size: 2_000_000, modified: Date.UTC(2025, 0, 9) }
	],
	Documents: [{ name: 'letter.odt', kind: 'file', size: 18_200, modified: Date.UTC(2026, 9, 1) }]
};

/** A peer of which a test says what it answers; it records every command with its arguments. */
export class FakePeer implements PeerClient {
	readonly calls: { readonly name: string; readonly args: readonly unknown[] }[] = [];
	readonly commands: Commands;
	role: 'leader' | 'follower';
	#state: PeerState;
	readonly #listeners = new Set<(state: PeerState) => void>();
	readonly #roleListeners = new Set<(role: 'leader' | 'follower') => void>();

	constructor(
		state: PeerState,
		answers: Partial<Commands> = {},
		role: 'leader' | 'follower' = 'leader'
	) {
		this.#state = state;
		this.role = role;
		this.commands = this.#recorded({ ...this.#defaults(), ...answers });
	}

	get state(): PeerState {
		return this.#state;
	}

	/** Publishes another state, as the engine does. */
	show(changes: Partial<PeerState>): void {
		this.#state = { ...this.#state, ...changes };
		for (const listener of this.#listeners) listener(this.#state);
	}

	subscribe(listener: (state: PeerState) => void): () => void {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	onRole(listener: (role: 'leader' | 'follower') => void): () => void {
		this.#roleListeners.add(listener);
		return () => this.#roleListeners.delete(listener);
	}

	lead(): Promise<void> {
		this.role = 'leader';
		for (const listener of this.#roleListeners) listener('leader');
		return Promise.resolve();
	}

	/** The arguments of each call of one command. */
	argumentsOf(name: keyof Commands): readonly (readonly unknown[])[] {
		return this.calls.filter((call) => call.name === name).map(({ args }) => args);
	}

	#recorded(commands: Commands): Commands {
		return new Proxy(commands, {
			get: (target, name, receiver) => {
				const command: unknown = Reflect.get(target, name, receiver);
				if (typeof command !== 'function') return command;
				return (...args: readonly unknown[]): unknown => {
					this.calls.push({ name: String(name), args });
					return Reflect.apply(command, target, args) as unknown;
				};
			}
		});
	}

	#defaults(): Commands {
		const done = (): Promise<void> => Promise.resolve();
		return {
			createPeer: () => {
				this.show({
					phase: 'ready',
					self: {
						peer: 'ab'.repeat(32) as PeerId,
						name: 'green-harbour',
						wordsConfirmed: false,
						createdAt: Date.now(),
						restored: false
					}
				});
				return Promise.resolve();
			},
			words: () => Promise.resolve(words),
			wordsToConfirm: () => Promise.resolve([3, 11, 20]),
			confirmWords: (answers) => {
				const wrong = [3, 11, 20].filter((place) => answers[place] !== words[place]);
				return Promise.resolve(wrong);
			},
			setLending: (limitBytes) => {
				this.show({ lending: { ...this.#state.lending, limitBytes } });
				return Promise.resolve();
			},
			setBrokers: done,
			addIceServer: done,
			removeIceServer: done,
			createCircle: (name) => {
				this.show({ circles: [{ id: 'cd'.repeat(32) as CircleId, name }] });
				return Promise.resolve();
			},
			joinCircle: () => Promise.resolve('Harbour Street'),
			invitation: () =>
				Promise.resolve('https://backup.example.org/#join=AFC5XQ2LHN7OWEJ3R4TDKZMUVB6YGPSI2QX'),
			addFolder: () => Promise.resolve('ef'.repeat(8) as FolderId),
			reopenFolder: done,
			setExclude: done,
			removeFolder: done,
			folderHandle: () => Promise.resolve(undefined),
			backUpNow: done,
			pause: done,
			resume: done,
			endPartnership: done,
			blockPeer: done,
			unblockPeer: done,
			leave: done,
			sheet: () => Promise.resolve(sheet(this.#state)),
			sheetPrinted: done,
			recoveryFile: () => Promise.resolve(new Uint8Array([1, 2, 3])),
			recover: done,
			openRestore: done,
			browse: (_, path) => Promise.resolve(tree[path.join('/')] ?? []),
			search: (_, text) => Promise.resolve(text === 'snow' ? [['Photos', '2025', 'snow.jpg']] : []),
			restore: done,
			cancelRestore: done,
			restoredZip: () => Promise.resolve(new File(['zip'], 'holdfast-2026-11-22.zip')),
			closeRestore: done,
			takeOver: done,
			erase: done
		};
	}
}

/** A command that is refused. */
export function refusing(what: string): () => Promise<never> {
	return () =>
		Promise.reject(
			new CommandRefused({ what, means: 'Nothing is lost.', todo: 'Try something else.' })
		);
}

/** A sheet with as many partners as the state has. */
export function sheet(state: PeerState): SheetView {
	return {
		words,
		// 480 letters: the longest code that a sheet may carry.
		qr: `HOLDFAST:${'K4QWERTZUIOPASDFGHJKLYXCVBNM2345'.repeat(14).slice(0, 430)}`,
		peer: state.self?.peer ?? ('ab'.repeat(32) as PeerId),
		name: state.self?.name ?? 'green-harbour',
		partners: state.partners.map(({ peer, name }) => ({ peer, name })),
		brokers: state.brokers.map(({ url }) => url),
		circles: state.circles.map(({ name }) => name),
		appAddress: 'https://backup.example.org/',
		at: Date.UTC(2026, 10, 22, 12)
	};
}
