/**
 * What a machine keeps over crashes: the engine's records and the blocks that it holds for others. Writes are whole or
 * not at all. What goes wrong with it is ordered from outside: rot, loss, eviction by the browser, a full disk.
 */
import { BlockConflict, StorageFull } from '../../src/lib/engine/failures.ts';
import type { PeerId } from '../../src/lib/engine/identifiers.ts';
import type {
	BlockStore,
	HeldBlock,
	RecordChange,
	RecordPiece,
	Records,
	Table
} from '../../src/lib/engine/ports.ts';
import type { RecordTables } from '../../src/lib/engine/records.ts';
import type { Life } from './life.ts';
import { copyOf } from './plain-data.ts';

/** One record or one block, as it lies on the disk. */
export interface LyingBlock {
	readonly block: HeldBlock;
	readonly record: Uint8Array<ArrayBuffer>;
	/** A bit of it flipped since it was written. */
	rotten: boolean;
}

/** Told of all that becomes durable, and of all that goes. */
export interface DiskWatcher {
	stored(block: HeldBlock): void;
	/** The engine had these deleted. */
	deleted(owner: PeerId, numbers: readonly number[]): void;
}

export class Disk {
	readonly tables = new Map<Table, Map<string, unknown>>();
	readonly shelves = new Map<PeerId, Map<number, LyingBlock>>();
	/** Blocks over this find no room. */
	bytesMax = Infinity;
	watcher: DiskWatcher | undefined;
	#bytes = 0;
	readonly #harmed = new Set<string>();
	#harmedBytes = 0;

	get bytes(): number {
		return this.#bytes;
	}

	table(name: Table): Map<string, unknown> {
		let table = this.tables.get(name);
		if (table === undefined) this.tables.set(name, (table = new Map<string, unknown>()));
		return table;
	}

	holds(owner: PeerId, number: number): LyingBlock | undefined {
		return this.shelves.get(owner)?.get(number);
	}

	put(block: HeldBlock, record: Uint8Array): void {
		const shelf = this.#shelf(block.owner);
		const before = shelf.get(block.number);
		if (before !== undefined) {
			if (sameBytes(before.record, record)) return;
			throw new BlockConflict(`Shelf number ${String(block.number)} is taken by other content.`);
		}
		if (this.#bytes + block.bytes > this.bytesMax) throw new StorageFull('The disk is full.');
		shelf.set(block.number, { block: { ...block }, record: record.slice(), rotten: false });
		this.#bytes += block.bytes;
		this.watcher?.stored(block);
	}

	delete(owner: PeerId, numbers: readonly number[]): void {
		const held = numbers.filter((number) => this.holds(owner, number) !== undefined);
		for (const number of held) this.#remove(owner, number);
		this.watcher?.deleted(owner, held);
	}

	/** A block goes without anybody's order. */
	lose(owner: PeerId, number: number): void {
		this.#harm(owner, number);
		this.#remove(owner, number);
	}

	/** Whether a fault took or changed this block, at any time. */
	isHarmed(owner: PeerId, number: number): boolean {
		return this.#harmed.has(keyOf(owner, number));
	}

	/** What faults took or changed, in bytes. */
	get harmedBytes(): number {
		return this.#harmedBytes;
	}

	#remove(owner: PeerId, number: number): void {
		const shelf = this.shelves.get(owner);
		this.#bytes -= shelf?.get(number)?.block.bytes ?? 0;
		shelf?.delete(number);
		if (shelf?.size === 0) this.shelves.delete(owner);
	}

	/** Flips a bit of a block. */
	rot(lying: LyingBlock): void {
		const at = lying.record.length >> 1;
		lying.record[at] = (lying.record[at] ?? 0) ^ 1;
		lying.rotten = true;
		this.#harm(lying.block.owner, lying.block.number);
	}

	/** The browser evicts what the origin stored, or the disk dies. */
	wipe(): void {
		for (const [owner, shelf] of this.shelves) {
			for (const number of shelf.keys()) this.#harm(owner, number);
		}
		this.tables.clear();
		this.shelves.clear();
		this.#bytes = 0;
	}

	/** Another disk with the same content: an image taken of it. */
	image(): Disk {
		const image = new Disk();
		for (const [name, table] of this.tables) image.tables.set(name, copyOfTable(table));
		for (const [owner, shelf] of this.shelves) {
			const copies = [...shelf].map(
				([number, lying]) => [number, { ...lying, record: lying.record.slice() }] as const
			);
			image.shelves.set(owner, new Map(copies));
		}
		image.#bytes = this.#bytes;
		return image;
	}

	#harm(owner: PeerId, number: number): void {
		const key = keyOf(owner, number);
		const lying = this.holds(owner, number);
		if (lying === undefined || this.#harmed.has(key)) return;
		this.#harmed.add(key);
		this.#harmedBytes += lying.block.bytes;
	}

	#shelf(owner: PeerId): Map<number, LyingBlock> {
		let shelf = this.shelves.get(owner);
		if (shelf === undefined) this.shelves.set(owner, (shelf = new Map<number, LyingBlock>()));
		return shelf;
	}
}

/** The `Records` port of one process over its machine's disk. */
export class SimRecords implements Records {
	readonly #disk: Disk;
	readonly #life: Life;

	constructor(disk: Disk, life: Life) {
		this.#disk = disk;
		this.#life = life;
	}

	get<T extends Table>(table: T, key: string): Promise<RecordTables[T] | undefined> {
		return this.#life.call(
			() => copyOf(this.#disk.table(table).get(key)) as RecordTables[T] | undefined
		);
	}

	scan<T extends Table>(
		table: T,
		range: { readonly from?: string; readonly to?: string; readonly limit?: number } = {}
	): Promise<readonly (readonly [key: string, value: RecordTables[T]])[]> {
		const { from = '', to, limit = Infinity } = range;
		return this.#life.call(() => {
			const records = this.#disk.table(table);
			const keys = [...records.keys()]
				.filter((key) => key >= from && (to === undefined || key < to))
				.sort();
			return keys
				.slice(0, limit)
				.map((key) => [key, copyOf(records.get(key)) as RecordTables[T]] as const);
		});
	}

	write(changes: readonly RecordChange[]): Promise<void> {
		return this.#life.call(() => {
			for (const change of changes) {
				const table = this.#disk.table(change.table);
				if ('put' in change) table.set(change.key, copyOf(change.put));
				else table.delete(change.key);
			}
		});
	}
}

/** The `BlockStore` port of one process over its machine's disk. */
export class SimBlocks implements BlockStore {
	readonly #disk: Disk;
	readonly #life: Life;

	constructor(disk: Disk, life: Life) {
		this.#disk = disk;
		this.#life = life;
	}

	put(block: HeldBlock, record: Uint8Array): Promise<void> {
		return this.#life.call(() => {
			this.#disk.put(block, record);
		});
	}

	get(owner: PeerId, number: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
		return this.#life.call(() => this.#disk.holds(owner, number)?.record.slice());
	}

	read(
		owner: PeerId,
		pieces: readonly RecordPiece[]
	): Promise<readonly (Uint8Array<ArrayBuffer> | undefined)[]> {
		return this.#life.call(() =>
			pieces.map(({ number, offset, length }) => {
				const record = this.#disk.holds(owner, number)?.record;
				const isThere = offset >= 0 && length > 0 && offset + length <= (record?.length ?? 0);
				return isThere ? record?.slice(offset, offset + length) : undefined;
			})
		);
	}

	delete(owner: PeerId, numbers: readonly number[]): Promise<void> {
		return this.#life.call(() => {
			this.#disk.delete(owner, numbers);
		});
	}

	list(owner: PeerId, from: number, limit: number): Promise<readonly HeldBlock[]> {
		return this.#life.call(() => {
			const blocks = [...(this.#disk.shelves.get(owner)?.values() ?? [])].map(({ block }) => block);
			const rest = blocks.filter(({ number }) => number >= from);
			return rest.sort((a, b) => a.number - b.number).slice(0, limit);
		});
	}

	usage(owner: PeerId): Promise<{ readonly blocks: number; readonly bytes: number }> {
		return this.#life.call(() => {
			const shelf = this.#disk.shelves.get(owner);
			let bytes = 0;
			for (const { block } of shelf?.values() ?? []) bytes += block.bytes;
			return { blocks: shelf?.size ?? 0, bytes };
		});
	}

	total(): Promise<{ readonly blocks: number; readonly bytes: number }> {
		return this.#life.call(() => {
			let blocks = 0;
			for (const shelf of this.#disk.shelves.values()) blocks += shelf.size;
			return { blocks, bytes: this.#disk.bytes };
		});
	}
}

function keyOf(owner: PeerId, number: number): string {
	return `${owner}/${String(number)}`;
}

function copyOfTable(table: ReadonlyMap<string, unknown>): Map<string, unknown> {
	return new Map([...table].map(([key, value]) => [key, copyOf(value)]));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
	if (a.length !== b.length) return false;
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
}
