/** A broker that relays only, and does with the messages what a test wants a hostile one to do. */
import type { PeerId } from '../../../src/lib/engine/identifiers.ts';
import type { Address, Broker, Unsubscribe } from '../../../src/lib/engine/ports.ts';

export interface Relayed {
	readonly from: string;
	readonly to: string;
	readonly payload: Uint8Array;
}

export class RelayExchange {
	/** What is delivered in place of a message; undefined leaves it alone. `from` may be forged. */
	tamper: (message: Relayed) => readonly (Omit<Relayed, 'from'> & { from?: string })[] | undefined =
		() => undefined;
	readonly #members = new Map<string, RelayBroker>();

	join(name: string, member: RelayBroker): void {
		this.#members.set(name, member);
	}

	relay(message: Relayed): void {
		for (const { from = message.from, to, payload } of this.tamper(message) ?? [message]) {
			queueMicrotask(() => this.#members.get(to)?.hear(from as Address, payload));
		}
	}
}

export class RelayBroker implements Broker {
	readonly #exchange: RelayExchange;
	readonly #address: Address;
	readonly #listeners = new Set<(from: Address, peer: PeerId, payload: Uint8Array) => void>();

	constructor(exchange: RelayExchange, address: Address) {
		this.#exchange = exchange;
		this.#address = address;
		exchange.join(address, this);
	}

	relay(to: Address, payload: Uint8Array): void {
		this.#exchange.relay({ from: this.#address, to, payload: payload.slice() });
	}

	onRelay(listener: (from: Address, peer: PeerId, payload: Uint8Array) => void): Unsubscribe {
		this.#listeners.add(listener);
		return () => this.#listeners.delete(listener);
	}

	hear(from: Address, payload: Uint8Array): void {
		for (const listener of this.#listeners) listener(from, '' as PeerId, payload);
	}

	status(): readonly never[] {
		return [];
	}

	onStatus(): Unsubscribe {
		return () => undefined;
	}

	publish(): void {
		throw new Error('relays only');
	}

	sample(): Promise<readonly never[]> {
		return Promise.resolve([]);
	}

	find(): Promise<readonly never[]> {
		return Promise.resolve([]);
	}

	rendezvous(): Promise<readonly never[]> {
		return Promise.resolve([]);
	}

	close(): void {
		this.#listeners.clear();
	}
}
