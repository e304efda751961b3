import { Chunker } from '../../../src/lib/engine/archive/chunker.ts';
import {
	type ChunkLocation,
	encodeHead,
	type SnapshotEntry
} from '../../../src/lib/engine/archive/head.ts';
import { encodeSegmentEntry, encodeSegmentHead } from '../../../src/lib/engine/archive/segment.ts';
import { encodeTree, type TreeEntry } from '../../../src/lib/engine/archive/tree.ts';
import { sealBlock } from '../../../src/lib/engine/coding/block.ts';
import { encodeContents } from '../../../src/lib/engine/coding/contents.ts';
import type { CodingProfile } from '../../../src/lib/engine/coding/profile.ts';
import {
	type CodedStripe,
	type CodingTools,
	StripeBuilder
} from '../../../src/lib/engine/coding/stripe.ts';
import {
	type AgreementId,
	type ChunkId,
	type InstanceId,
	nameOf,
	type PeerId,
	type SnapshotId,
	type StripeId
} from '../../../src/lib/engine/identifiers.ts';
import type { Geometry } from '../../../src/lib/engine/ports.ts';
import { openHead } from '../../../src/lib/engine/archive/head.ts';
import type { ChosenHead } from '../../../src/lib/engine/restore/head-choice.ts';
import { type RestoreSource, sourceFromPartners } from '../../../src/lib/engine/restore/source.ts';
import { VirtualClock } from '../../doubles/clock.ts';
import { pack, portableTools } from '../coding/tools.ts';
import { MemoryHolder, MemoryHolders } from './holders.ts';

/** A folder as a test writes it: bytes are files, records are directories. */
export interface Folder {
	readonly [name: string]: Uint8Array | Folder;
}

export interface HeldBackupOptions {
	readonly m?: number;
	readonly k?: number;
	/** Small stripes make many of them out of little data. */
	readonly blockBytes?: number;
	readonly profile?: CodingProfile;
}

const plainProfile: CodingProfile = {
	code: 'rs-gf256-v1',
	cipher: 'aes-256-gcm',
	compression: 'deflate',
	seals: 'two'
};

/** An owner's backup as it lies at its partners, made without any of the code that a restore runs. */
export class HeldBackup {
	readonly tools: CodingTools = portableTools('held backup');
	readonly clock = new VirtualClock();
	readonly full: Geometry;
	readonly profile: CodingProfile;
	readonly partners: readonly MemoryHolder[];
	readonly holders: MemoryHolders;
	readonly snapshots: SnapshotEntry[] = [];
	readonly segments: ChunkLocation[][] = [];
	/** In the order of their making. */
	readonly stripes: StripeId[] = [];
	readonly #known = new Map<ChunkId, ChunkLocation>();
	#coded: CodedStripe[] = [];
	#builder: StripeBuilder | undefined;
	#version = 0;

	constructor(options: HeldBackupOptions = {}) {
		const { m = 3, k = 2, blockBytes = 2048, profile = plainProfile } = options;
		this.full = { m, k, blockBytes };
		this.profile = profile;
		const ids = this.tools.random.bytes(32 * (m + k));
		this.partners = Array.from(
			{ length: m + k },
			(_, i) => new MemoryHolder(nameOf<PeerId>(ids.subarray(32 * i, 32 * i + 32)))
		);
		this.holders = new MemoryHolders(this.partners);
	}

	/** Backs a folder up and gives every partner the head. */
	async snapshot(folder: Folder): Promise<SnapshotEntry> {
		const id = nameOf<SnapshotId>(this.tools.random.bytes(8));
		const tree = await this.#store(encodeTree(await this.#entries(folder)));
		await this.#finishStripe();
		const described = this.#coded;
		this.#coded = [];
		const segment = await this.#segment(described);
		const entry = { id, at: this.#version, kind: 'complete', tree, files: 0, bytes: 0, leftOut: 0 };
		this.snapshots.push({ ...entry, kind: 'complete' });
		this.segments.push(segment);
		const head = this.head();
		for (const partner of this.partners) partner.heads = [head, ...partner.heads].slice(0, 3);
		return { ...entry, kind: 'complete' };
	}

	/** A new head over all snapshots so far. */
	head(): Uint8Array {
		const { keyring, random } = this.tools;
		const agreement = nameOf<AgreementId>(random.bytes(16));
		return encodeHead(
			keyring,
			random,
			{
				owner: keyring.peer,
				epoch: 1,
				version: ++this.#version,
				instance: nameOf<InstanceId>(new Uint8Array(16)),
				createdAt: 0,
				partners: this.partners.map(({ peer }) => ({ peer, agreement }))
			},
			{
				snapshots: this.snapshots,
				index: this.segments,
				brokers: [],
				circles: [],
				geometry: this.full
			}
		);
	}

	get newest(): ChosenHead {
		const bytes = this.partners[0]?.heads[0] ?? new Uint8Array();
		return { ...openHead(this.tools.keyring, bytes), bytes };
	}

	/** What a restore in an empty browser starts from. */
	source(holders = this.holders): Promise<RestoreSource> {
		const { tools, clock, newest: head } = this;
		return this.drive(sourceFromPartners({ tools, clock, holders, head }));
	}

	/** Lets time pass for as long as the work waits for nothing else. */
	async drive<T>(work: Promise<T>): Promise<T> {
		let done = false;
		const isDone = (): boolean => done;
		const finish = (): void => {
			done = true;
		};
		work.then(finish, finish);
		while (!isDone()) {
			await this.clock.advance(0);
			if (!isDone()) await this.clock.advance(this.clock.untilNext ?? 0);
		}
		return work;
	}

	/** The partners from here on. */
	manner(from: number, to: number, manner: MemoryHolder['manner']): void {
		for (const partner of this.partners.slice(from, to)) partner.manner = manner;
	}

	/** The partners lose every block of these stripes at these positions. */
	lose(stripes: readonly StripeId[], positions: readonly number[]): void {
		for (const { shelf } of this.partners) {
			for (const [number, { stripe, position }] of shelf) {
				if (stripes.includes(stripe) && positions.includes(position)) shelf.delete(number);
			}
		}
	}

	/** Stripes that hold chunks of these bytes. */
	stripesOf(chunks: readonly ChunkId[]): readonly StripeId[] {
		return [...new Set(chunks.map((chunk) => this.locate(chunk).stripe))];
	}

	locate(chunk: ChunkId): ChunkLocation {
		const location = this.#known.get(chunk);
		if (location === undefined) throw new Error('no such chunk');
		return location;
	}

	/** Stores content as a file is stored, and gives its chunks. */
	async #store(content: Uint8Array): Promise<ChunkId[]> {
		const chunker = new Chunker();
		const pieces = chunker.push(content);
		const last = chunker.end();
		const chunks: ChunkId[] = [];
		for (const piece of last === undefined ? pieces : [...pieces, last]) {
			for (let at = 0; at < piece.length; at += this.#chunkBytes) {
				chunks.push(await this.#storeChunk(piece.subarray(at, at + this.#chunkBytes)));
			}
		}
		return chunks;
	}

	/** Chunks of a restore may have any length; short ones fit short stripes. */
	get #chunkBytes(): number {
		return Math.floor((this.full.m * this.full.blockBytes) / 4);
	}

	async #storeChunk(content: Uint8Array): Promise<ChunkId> {
		const packed = await pack(this.tools, this.profile, content);
		if (this.#known.has(packed.chunk)) return packed.chunk;
		this.#builder ??= new StripeBuilder(this.tools, this.profile, this.full);
		let place = await this.#builder.add(packed);
		if (place === undefined) {
			await this.#finishStripe();
			this.#builder = new StripeBuilder(this.tools, this.profile, this.full);
			place = await this.#builder.add(packed);
		}
		if (place === undefined) throw new Error('the chunk fits no stripe');
		const { stripe } = this.#builder;
		this.#known.set(packed.chunk, { stripe, profile: this.profile, place });
		return packed.chunk;
	}

	async #entries(folder: Folder): Promise<TreeEntry[]> {
		const entries: TreeEntry[] = [];
		for (const [name, content] of Object.entries(folder)) {
			const modified = 1000 * entries.length;
			if (content instanceof Uint8Array) {
				const chunks = await this.#store(content);
				entries.push({ kind: 'file', name, size: content.length, modified, chunks });
			} else {
				const chunks = await this.#store(encodeTree(await this.#entries(content)));
				entries.push({ kind: 'directory', name, modified, chunks });
			}
		}
		return entries;
	}

	async #segment(stripes: readonly CodedStripe[]): Promise<ChunkLocation[]> {
		const head = encodeSegmentHead({
			added: stripes.map(({ contents }) => contents.stripe),
			removed: []
		});
		const entries = stripes.map(({ contents, geometry, payloadHash }) =>
			encodeSegmentEntry({ contents: encodeContents(contents), geometry, payloadHash })
		);
		const chunks = await this.#store(Buffer.concat([head, ...entries]));
		await this.#finishStripe();
		// The stripes of a segment are in no segment.
		this.#coded = [];
		return chunks.map((chunk) => this.locate(chunk));
	}

	async #finishStripe(): Promise<void> {
		if (this.#builder === undefined || this.#builder.chunkCount === 0) return;
		const coded = await this.#builder.finish();
		this.#builder = undefined;
		this.#coded.push(coded);
		this.stripes.push(coded.contents.stripe);
		for (const [position, block] of coded.blocks.entries()) {
			const holder = this.partners[position];
			if (holder !== undefined) await this.#give(holder, coded, position, block);
		}
	}

	async #give(
		holder: MemoryHolder,
		{ contents, geometry }: CodedStripe,
		position: number,
		block: Uint8Array
	): Promise<void> {
		const { stripe } = contents;
		const owner = this.tools.keyring.peer;
		const number = holder.shelf.size;
		const header = { owner, partner: holder.peer, stripe, position, number, geometry };
		const record = await sealBlock(this.tools, header, block);
		holder.put(stripe, position, () => record);
	}
}
