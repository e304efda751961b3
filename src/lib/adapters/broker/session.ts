/**
 * One connection to one broker, from the opening of its socket to its end. Everything the broker says is
 * hostile until decoded and in bounds; what it says at the wrong time ends the session.
 */
import { Malformed } from '../../engine/failures.ts';
import type { PeerId } from '../../engine/identifiers.ts';
import { sign } from '../../engine/keys/signature.ts';
import {
	brokerProtocolVersion,
	decodeBrokerMessage,
	encodeClientMessage,
	type BrokerMessage,
	type ClientMessage,
	type ConnectionId,
	type Introduction,
	type RefusalReason,
	type TurnOffer
} from '../../engine/wire/broker-messages.ts';
import { proofMessage } from '../../engine/wire/broker-proof.ts';
import { problemOfClose, type Problem } from './problems.ts';
import type { Socket } from './socket.ts';
import { bufferedBytesMax, pendingMax } from './timing.ts';

/** Who connects. */
export interface Identity {
	readonly peer: PeerId;
	/** Ed25519, 32 bytes. */
	readonly secretKey: Uint8Array;
}

export interface SessionEvents {
	/** The broker accepted the proof. Comes at most once. */
	readonly onWelcome: () => void;
	readonly onRelayed: (from: ConnectionId, peer: PeerId, payload: Uint8Array) => void;
	readonly onTurn: (offer: TurnOffer) => void;
	/** Comes exactly once, last. */
	readonly onEnd: (problem: Problem) => void;
}

/** A message that gets an answer, before it has its number. */
export type Question =
	| Omit<Extract<ClientMessage, { type: 'publish' }>, 'request'>
	| Omit<Extract<ClientMessage, { type: 'sample' }>, 'request'>
	| Omit<Extract<ClientMessage, { type: 'find' }>, 'request'>
	| Omit<Extract<ClientMessage, { type: 'rendezvous' }>, 'request'>;

type Answer = (found: readonly Introduction[]) => void;

export class Session {
	readonly #socket: Socket;
	readonly #audience: string;
	readonly #identity: Identity;
	readonly #events: SessionEvents;
	readonly #pending = new Map<number, Answer>();
	#phase: 'opening' | 'open' | 'proving' | 'ready' | 'ended' = 'opening';
	#nextRequest = 1;
	/** Why the broker refused something last without naming a request: perhaps its reason to hang up. */
	#lastRefusal: RefusalReason | undefined;

	constructor(socket: Socket, audience: string, identity: Identity, events: SessionEvents) {
		this.#socket = socket;
		this.#audience = audience;
		this.#identity = identity;
		this.#events = events;
		socket.binaryType = 'arraybuffer';
		socket.addEventListener('open', () => {
			if (this.#phase === 'opening') this.#phase = 'open';
		});
		socket.addEventListener('message', (event) => {
			this.#onData(event.data);
		});
		// What follows it is a close event, which tells more.
		socket.addEventListener('error', () => undefined);
		socket.addEventListener('close', ({ code }) => {
			const reached = this.#phase !== 'opening';
			this.end(reached ? problemOfClose(code, this.#lastRefusal) : 'unreachable');
		});
	}

	get ready(): boolean {
		return this.#phase === 'ready';
	}

	/** Resolves to what was found; to nothing when it was refused, or when the session ends first. */
	ask(question: Question): Promise<readonly Introduction[]> {
		if (!this.ready || this.#pending.size >= pendingMax) return Promise.resolve([]);
		const request = this.#nextRequest++;
		return new Promise((resolve) => {
			this.#pending.set(request, resolve);
			this.#send({ ...question, request });
		});
	}

	/** Hands a set-up message on, or drops it. */
	relay(to: ConnectionId, payload: Uint8Array): void {
		if (!this.ready || this.#socket.bufferedAmount > bufferedBytesMax) return;
		this.#send({ type: 'relay', to, payload });
	}

	/** Ends the session for this reason. Ending it again does nothing. */
	end(problem: Problem): void {
		if (this.#phase === 'ended') return;
		this.#phase = 'ended';
		this.#socket.close(1000);
		for (const answer of this.#pending.values()) answer([]);
		this.#pending.clear();
		this.#events.onEnd(problem);
	}

	#onData(data: unknown): void {
		if (this.#phase === 'ended') return;
		const message = data instanceof ArrayBuffer ? decoded(new Uint8Array(data)) : undefined;
		if (message === undefined || !this.#onMessage(message)) this.end('nonsense');
	}

	/** Returns whether the message was in its place. */
	#onMessage(message: BrokerMessage): boolean {
		switch (message.type) {
			case 'challenge':
				return this.#onChallenge(message.versions, message.nonce);
			case 'welcome':
				if (this.#phase !== 'proving') return false;
				this.#phase = 'ready';
				this.#events.onWelcome();
				return true;
			case 'published':
				this.#answer(message.request, []);
				return this.ready;
			case 'found':
				this.#answer(message.request, message.candidates);
				return this.ready;
			case 'relayed':
				if (!this.ready) return false;
				this.#events.onRelayed(message.from, message.peer, message.payload);
				return true;
			case 'turn':
				if (!this.ready) return false;
				this.#events.onTurn(message);
				return true;
			case 'refused':
				if (message.request !== undefined) this.#answer(message.request, []);
				else this.#lastRefusal = message.reason;
				return true;
		}
	}

	#onChallenge(versions: readonly number[], nonce: Uint8Array): boolean {
		if (this.#phase !== 'opening' && this.#phase !== 'open') return false;
		this.#phase = 'proving';
		if (!versions.includes(brokerProtocolVersion)) {
			this.end('newer-broker');
			return true;
		}
		const { peer, secretKey } = this.#identity;
		const signature = sign(secretKey, 'broker', proofMessage(nonce, this.#audience));
		this.#send({ type: 'prove', version: brokerProtocolVersion, peer, signature });
		return true;
	}

	/** An answer that nobody waits for any more is not remarkable. */
	#answer(request: number, found: readonly Introduction[]): void {
		this.#pending.get(request)?.(found);
		this.#pending.delete(request);
	}

	#send(message: ClientMessage): void {
		this.#socket.send(encodeClientMessage(message));
	}
}

function decoded(bytes: Uint8Array): BrokerMessage | undefined {
	try {
		return decodeBrokerMessage(bytes);
	} catch (error) {
		if (error instanceof Malformed) return undefined;
		throw error;
	}
}
