/**
 * A freeloader: it acknowledges every block and keeps none, or only some. It remembers what it acknowledged, so that its
 * shelves look whole until somebody asks for a block.
 */
import type { PeerId } from '../../../src/lib/engine/identifiers.ts';
import type { BlockStore, HeldBlock, RecordPiece } from '../../../src/lib/engine/ports.ts';
import type { Machine, Role } from '../machine.ts';

export const storesNothing: Role = {
	name: 'stores nothing',
	ports: (ports, machine) => ({
		...ports,
		blocks: new PretendingBlocks(ports.blocks, machine, () => false)
	})
};

/** Keeps every tenth block. */
export const storesFraction: Role = {
	name: 'stores a tenth',
	ports: (ports, machine) => ({
		...ports,
		blocks: new PretendingBlocks(ports.blocks, machine, ({ number }) => number % 10 === 0)
	})
};

/** What each pretender claims to hold. It outlives the process, as a list on its disk would. */
const claims = new WeakMap<Machine, Map<PeerId, Map<number, HeldBlock>>>();

class PretendingBlocks implements BlockStore {
	readonly #real: BlockStore;
	readonly #keeps: (block: HeldBlock) => boolean;
	readonly #claimed: Map<PeerId, Map<number, HeldBlock>>;

	constructor(real: BlockStore, machine: Machine, keeps: (block: HeldBlock) => boolean) {
		this.#real = real;
		this.#keeps = keeps;
		this.#claimed = claims.get(machine) ?? new Map<PeerId, Map<number, HeldBlock>>();
		claims.set(machine, this.#claimed);
	}

	async put(block: HeldBlock, record: Uint8Array): Promise<void> {
		const shelf = this.#claimed.get(block.owner) ?? new Map<number, HeldBlock>();
		this.#claimed.set(block.owner, shelf.set(block.number, { ...block }));
		if (this.#keeps(block)) await this.#real.put(block, record);
	}

	get(owner: PeerId, number: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
		return this.#real.get(owner, number);
	}

	read(
		owner: PeerId,
		pieces: readonly RecordPiece[]
	): Promise<readonly (Uint8Array<ArrayBuffer> | undefined)[]> {
		return this.#real.read(owner, pieces);
	}

	async delete(owner: PeerId, numbers: readonly number[]): Promise<void> {
		for (const number of numbers) this.#claimed.get(owner)?.delete(number);
		await this.#real.delete(owner, numbers);
	}

	async list(owner: PeerId, from: number, limit: number): Promise<readonly HeldBlock[]> {
		const claimed = [...(this.#claimed.get(owner)?.values() ?? [])];
		const rest = claimed.filter(({ number }) => number >= from);
		return rest.sort((a, b) => a.number - b.number).slice(0, limit);
	}

	async usage(owner: PeerId): Promise<{ readonly blocks: number; readonly bytes: number }> {
		return sum([...(this.#claimed.get(owner)?.values() ?? [])]);
	}

	async total(): Promise<{ readonly blocks: number; readonly bytes: number }> {
		return sum([...this.#claimed.values()].flatMap((shelf) => [...shelf.values()]));
	}
}

function sum(blocks: readonly HeldBlock[]): { readonly blocks: number; readonly bytes: number } {
	return { blocks: blocks.length, bytes: blocks.reduce((total, { bytes }) => total + bytes, 0) };
}
