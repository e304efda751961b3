/** No key and nonce ever seal two different things, whatever disks were lost or put back. */
import type { World } from '../world.ts';
import type { SealWatcher } from '../stand-ins/ciphers.ts';
import type { Checker } from './checker.ts';

export class Nonces implements Checker {
	readonly name = 'nonces';
	/** Key and nonce to a hash of what they sealed. */
	readonly #sealed = new Map<string, number>();
	#repeats = 0;

	/** To be told of every seal. */
	readonly watch: SealWatcher = (key, nonce, plaintext, associated) => {
		const pair = String.fromCharCode(...key, ...nonce);
		const content = hashOf(associated, hashOf(plaintext, 0x811c9dc5));
		const before = this.#sealed.get(pair);
		if (before === undefined) this.#sealed.set(pair, content);
		else if (before !== content) this.#repeats++;
	};

	daily(world: World): void {
		if (this.#repeats === 0) return;
		world.violation(this.name, `${this.#repeats} keys and nonces sealed different bytes`);
		this.#repeats = 0;
	}

	atEnd(world: World): void {
		this.daily(world);
	}
}

function hashOf(bytes: Uint8Array, start: number): number {
	let hash = start ^ bytes.length;
	for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
	return hash >>> 0;
}
