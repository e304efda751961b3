/** Nothing that lies durably at a partner that keeps to the rules is dropped without its owner's signed order. */
import { decodeDropOrder } from '../../../src/lib/engine/hosting/drop-order.ts';
import { nameOf, type PeerId } from '../../../src/lib/engine/identifiers.ts';
import { onSigned } from '../stand-ins/ed25519.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

const prefix = new TextEncoder().encode('holdfast v1 drop\0');

export class Drops implements Checker {
	readonly name = 'drops';
	/** Numbers that an owner ordered dropped at a partner. */
	readonly #orders = new Map<string, Set<number>>();
	readonly #unsubscribe: () => void;

	constructor() {
		this.#unsubscribe = onSigned((publicKey, message) => {
			if (prefix.every((byte, i) => message[i] === byte)) {
				this.ordered(nameOf<PeerId>(publicKey), message.subarray(prefix.length));
			}
		});
	}

	/** An owner signed this order. */
	ordered(signer: PeerId, bytes: Uint8Array): void {
		const { owner, partner, numbers } = decodeDropOrder(bytes);
		if (owner !== signer) return;
		const key = `${owner}/${partner}`;
		const known = this.#orders.get(key) ?? new Set<number>();
		this.#orders.set(key, known);
		for (const number of numbers) known.add(number);
	}

	/** The engine of a peer that keeps to the rules had blocks deleted. */
	deleted(world: World, partner: PeerId, owner: PeerId, numbers: readonly number[]): void {
		const ordered = this.#orders.get(`${owner}/${partner}`);
		const wrong = numbers.filter((number) => ordered?.has(number) !== true);
		if (wrong.length === 0) return;
		const text = `${partner.slice(0, 8)} dropped ${String(wrong.length)} blocks of ${owner.slice(0, 8)}`;
		world.violation(this.name, `${text} without an order`);
	}

	atEnd(): void {
		this.#unsubscribe();
	}
}
