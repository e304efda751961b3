/**
 * Reads the trees of snapshots: from the local cache of tree chunks where it has them, else from partners. What
 * comes from partners is checked against its id and kept in the cache.
 */
import { chunkIdOf, type CodingTools } from '../coding/stripe.ts';
import { Malformed } from '../failures.ts';
import type { ChunkId } from '../identifiers.ts';
import type { Records } from '../ports.ts';
import type { ChunkLocation } from './head.ts';
import type { ChunkIndex } from './index.ts';
import { decodeTree, type TreeEntry } from './tree.ts';

/** No stripe that this peer knows holds the chunk. Trying again helps only when the index learned more. */
export class ChunkUnknown extends Error {
	override readonly name = 'ChunkUnknown';
	readonly chunk: ChunkId;
	constructor(chunk: ChunkId) {
		super(`no known stripe holds chunk ${chunk}`);
		this.chunk = chunk;
	}
}

/** Gets one plain chunk from partners. Rejects when fewer than m good blocks of its stripe can be had now. */
export type FetchChunk = (location: ChunkLocation) => Promise<Uint8Array>;

export interface TreeReaderOptions {
	readonly tools: Pick<CodingTools, 'keyring' | 'ciphers'>;
	readonly records: Pick<Records, 'get' | 'write'>;
	readonly index: Pick<ChunkIndex, 'locate'>;
	readonly fetchChunk: FetchChunk;
}

export class TreeReader {
	readonly #options: TreeReaderOptions;

	constructor(options: TreeReaderOptions) {
		this.#options = options;
	}

	/**
	 * The entries of the directory whose encoded tree these chunks are. Rejects with ChunkUnknown, with Malformed
	 * when the tree is broken, or as `fetchChunk` does.
	 */
	async entries(chunks: readonly ChunkId[]): Promise<readonly TreeEntry[]> {
		const pieces: Uint8Array[] = [];
		for (const chunk of chunks) pieces.push(await this.chunk(chunk));
		return decodeTree(joined(pieces));
	}

	/** One plain chunk of a tree or of an index segment. */
	async chunk(chunk: ChunkId, location?: ChunkLocation): Promise<Uint8Array> {
		const { tools, records, index, fetchChunk } = this.#options;
		const cached = await records.get('treeChunks', chunk);
		if (cached !== undefined) return cached.bytes;
		const found = location ?? index.locate(chunk);
		if (found === undefined) throw new ChunkUnknown(chunk);
		const bytes = await fetchChunk(found);
		if ((await chunkIdOf(tools, bytes)) !== chunk) {
			throw new Malformed(`what came for chunk ${chunk} is something else`);
		}
		await records.write([{ table: 'treeChunks', key: chunk, put: { bytes } }]);
		return bytes;
	}
}

/** The pieces in one; the piece itself where there is only one. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
	const [first] = pieces;
	if (first !== undefined && pieces.length === 1) return first;
	const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
	let at = 0;
	for (const piece of pieces) {
		whole.set(piece, at);
		at += piece.length;
	}
	return whole;
}
