/** Sockets whose other end is the test: it says what it likes, and sees what the client says. */
import { WebSocketBrokers } from '../../../src/lib/adapters/broker/brokers.ts';
import type { Socket } from '../../../src/lib/adapters/broker/socket.ts';
import {
	decodeClientMessage,
	encodeBrokerMessage,
	type BrokerMessage,
	type ClientMessage,
	type ConnectionId,
	type Introduction
} from '../../../src/lib/engine/wire/broker-messages.ts';
import { nameOf } from '../../../src/lib/engine/identifiers.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { SeededRandom } from '../../doubles/random.ts';
import { keyOf, name32, peer } from './relay.ts';

export function connection(seed: number): ConnectionId {
	return nameOf<ConnectionId>(new Uint8Array(16).fill(seed));
}

export function introduced(seed: number, at = seed): Introduction {
	return {
		peer: peer(seed),
		connection: connection(at),
		advert: Uint8Array.of(seed),
		prefix: new Uint8Array(0)
	};
}

type Listener = (event: { data: unknown; code: number }) => void;

export class ScriptedSocket implements Socket {
	binaryType = 'blob';
	bufferedAmount = 0;
	readonly url: string;
	/** What the client said, oldest first. */
	readonly heard: ClientMessage[] = [];
	closed = false;
	readonly #listeners = new Map<string, Listener[]>();

	constructor(url: string) {
		this.url = url;
	}

	send(data: Uint8Array<ArrayBuffer>): void {
		this.heard.push(decodeClientMessage(data));
	}

	close(): void {
		this.closed = true;
	}

	addEventListener(type: string, listener: Listener): void {
		this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
	}

	open(): void {
		this.#emit('open', { data: undefined, code: 0 });
	}

	say(message: BrokerMessage): void {
		this.sayRaw(encodeBrokerMessage(message).buffer);
	}

	sayRaw(data: unknown): void {
		this.#emit('message', { data, code: 0 });
	}

	/** The broker hangs up, or the network does. */
	drop(code: number): void {
		this.#emit('close', { data: undefined, code });
	}

	/** Everything up to the welcome, as a real broker does it. */
	welcome(): void {
		this.open();
		this.challenge();
		this.say({ type: 'welcome', prefix: new Uint8Array(0) });
	}

	challenge(versions = [1]): void {
		const connection = nameOf<ConnectionId>(new Uint8Array(16).fill(1));
		this.say({ type: 'challenge', versions, nonce: name32(7), connection });
	}

	/** The number of the last request of this type. */
	request(type: ClientMessage['type']): number {
		const message = this.heard.findLast((heard) => heard.type === type);
		if (message === undefined || !('request' in message)) throw new Error(`no ${type} was heard`);
		return message.request;
	}

	#emit(type: string, event: { data: unknown; code: number }): void {
		for (const listener of this.#listeners.get(type) ?? []) listener(event);
	}
}

/** A client, its clock, and the sockets that it opened, by broker in the order of opening. */
export class ScriptedWorld {
	readonly clock = new VirtualClock();
	readonly sockets: ScriptedSocket[] = [];
	readonly client: WebSocketBrokers;

	constructor(...urls: string[]) {
		this.client = new WebSocketBrokers({
			identity: { peer: peer(1), secretKey: keyOf(1) },
			clock: this.clock,
			random: new SeededRandom('client'),
			open: (url) => {
				const socket = new ScriptedSocket(url);
				this.sockets.push(socket);
				return socket;
			},
			urls
		});
	}

	/** The socket that was opened last. */
	get socket(): ScriptedSocket {
		const socket = this.sockets.at(-1);
		if (socket === undefined) throw new Error('no socket was opened');
		return socket;
	}

	get state(): string | undefined {
		return this.client.status()[0]?.state;
	}

	get problem(): string | undefined {
		return this.client.status()[0]?.problem;
	}

	/** Lets everything happen that waits for no clock. */
	settle(): Promise<void> {
		return this.clock.advance(0);
	}
}
