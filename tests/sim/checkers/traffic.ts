/** How much is sent to make good what was lost, against the least that could be: every lost block once. */
import type { PeerId } from '../../../src/lib/engine/identifiers.ts';
import type { HeldBlock } from '../../../src/lib/engine/ports.ts';
import type { Machine } from '../machine.ts';
import type { World } from '../world.ts';
import type { Checker } from './checker.ts';

/** The bound of the design, and how much must have been lost before it says anything. */
const ratioMax = 1.5;
const bytesMin = 200_000;

export class Traffic implements Checker {
	readonly name = 'traffic';
	/** Blocks of each owner that were stored somewhere: stripe and position. */
	readonly #stored = new Map<PeerId, Set<string>>();
	#firstBytes = 0;
	#repairBytes = 0;
	#lostBytes = 0;

	/** A block became durable at a partner. */
	stored(block: HeldBlock): void {
		const known = this.#stored.get(block.owner) ?? new Set<string>();
		this.#stored.set(block.owner, known);
		const key = `${block.stripe}/${String(block.position)}`;
		if (known.has(key)) this.#repairBytes += block.bytes;
		else this.#firstBytes += block.bytes;
		known.add(key);
	}

	get storedBytes(): number {
		return this.#firstBytes;
	}

	get repairBytes(): number {
		return this.#repairBytes;
	}

	get lostBytes(): number {
		return this.#lostBytes;
	}

	/** Undefined while too little was lost to say anything. */
	get ratio(): number | undefined {
		return this.#lostBytes < bytesMin ? undefined : this.#repairBytes / this.#lostBytes;
	}

	atEnd(world: World): void {
		this.#lostBytes = world.machines.reduce((sum, machine) => sum + lostAt(machine), 0);
		if (this.ratio === undefined || this.ratio <= ratioMax) return;
		const text = `${this.#repairBytes} bytes repaired for ${this.#lostBytes} bytes lost`;
		world.violation(this.name, text);
	}
}

/** What faults took from a machine, and what went with it when it left for good. */
function lostAt({ disk, state }: Machine): number {
	return disk.harmedBytes + (state === 'gone' ? disk.bytes : 0);
}
