/** A relay core in the hands of a test: events in, messages out, time at will. */
import { step } from '../../../signaling/core.ts';
import { relayLimits, type RelayLimits } from '../../../signaling/limits.ts';
import {
	countsOf,
	emptyState,
	type RelayAction,
	type RelayCounts,
	type RelayEvent
} from '../../../signaling/state.ts';
import type { TurnServer } from '../../../signaling/turn.ts';
import { nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import { peerOf, sign } from '../../../src/lib/engine/keys/signature.ts';
import {
	encodeClientMessage,
	type BrokerMessage,
	type ClientMessage,
	type ConnectionId,
	type RefusalReason
} from '../../../src/lib/engine/wire/broker-messages.ts';
import { proofMessage } from '../../../src/lib/engine/wire/broker-proof.ts';
import { SeededRandom } from '../../doubles/random.ts';

export const audience = 'broker.example:8480';
export const home = Uint8Array.of(203, 0, 113);

export function keyOf(seed: number): Uint8Array {
	return new Uint8Array(32).fill(seed);
}

export function peer(seed: number): PeerId {
	return peerOf(keyOf(seed));
}

/** 32 bytes that stand for a circle or a token. */
export function name32(seed: number): Uint8Array {
	return new Uint8Array(32).fill(seed);
}

export class Relay {
	nowMs = 0;
	epochMs = 0;
	readonly #state;
	readonly #random = new SeededRandom('relay');
	#opened = 0;

	constructor(limits: Partial<RelayLimits> = {}, turn?: TurnServer) {
		this.#state = emptyState({ ...relayLimits, ...limits }, turn);
	}

	get counts(): RelayCounts {
		return countsOf(this.#state);
	}

	/** How many networks it remembers. */
	get networks(): number {
		return this.#state.neighbourhoods.size;
	}

	take(event: RelayEvent): RelayAction[] {
		const draw = (below: number): number => this.#random.below(below);
		return step(this.#state, event, { nowMs: this.nowMs, epochMs: this.epochMs, draw });
	}

	open(prefix = home): { id: ConnectionId; nonce: Uint8Array; actions: RelayAction[] } {
		const id = nameOf<ConnectionId>(new Uint8Array(16).fill(++this.#opened));
		const nonce = this.#random.bytes(32);
		const actions = this.take({ kind: 'opened', connection: id, nonce, audience, prefix });
		return { id, nonce, actions };
	}

	say(connection: ConnectionId, message: ClientMessage): RelayAction[] {
		return this.take({ kind: 'frame', connection, bytes: encodeClientMessage(message) });
	}

	/** Opens a connection and proves it to be this peer's. */
	join(seed: number, prefix = home): ConnectionId {
		const { id, nonce } = this.open(prefix);
		this.say(id, proof(seed, nonce));
		return id;
	}

	publish(id: ConnectionId, circles: number[], tokens: number[] = [], advert = [0]): RelayAction[] {
		return this.say(id, {
			type: 'publish',
			request: 1,
			circles: circles.map((circle) => nameOf(name32(circle))),
			advert: Uint8Array.from(advert),
			tokens: tokens.map(name32)
		});
	}
}

export function proof(seed: number, nonce: Uint8Array, to = audience): ClientMessage {
	const signature = sign(keyOf(seed), 'broker', proofMessage(nonce, to));
	return { type: 'prove', version: 1, peer: peer(seed), signature };
}

/** The messages among actions. */
export function sent(actions: readonly RelayAction[]): readonly BrokerMessage[] {
	return actions.flatMap((action) => (action.kind === 'send' ? [action.message] : []));
}

/** Why somebody was refused or hung up on; undefined when nobody was. */
export function refusedFor(actions: readonly RelayAction[]): RefusalReason | undefined {
	return sent(actions).find((message) => message.type === 'refused')?.reason;
}

export function closeCode(actions: readonly RelayAction[]): number | undefined {
	return actions.find((action) => action.kind === 'close')?.code;
}
