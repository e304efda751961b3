/**
 * The folder of one person: small files whose bytes follow from their owner, path and version, so that a restore is
 * checked without keeping a copy of anything.
 */
import { nameOf, type FolderId } from '../../src/lib/engine/identifiers.ts';
import { MemoryFolders, type MemoryDirectory, type MemoryFile } from '../doubles/folders.ts';
import { SeededRandom } from '../doubles/random.ts';

/** Small, since only lengths and identities matter. */
const fileBytesMin = 200;
const fileBytesMax = 1_200;
/** One folder below the chosen one for so many files. */
const filesPerDirectory = 8;
const versionBytes = 4;

export type Versions = ReadonlyMap<string, number>;

export class SyntheticFolder {
	readonly folders = new MemoryFolders();
	readonly id: FolderId;
	readonly name = 'documents';
	readonly #seed: string;
	readonly #random: SeededRandom;
	readonly #root: MemoryDirectory;
	readonly #files = new Map<string, MemoryFile>();
	readonly #versions = new Map<string, number>();
	#made = 0;

	constructor(seed: string, files: number, at: number) {
		this.#seed = seed;
		this.#random = new SeededRandom(`${seed}/folder`);
		this.id = nameOf<FolderId>(this.#random.bytes(8));
		this.#root = this.folders.add(this.id, this.name);
		for (let i = 0; i < files; i++) this.#add(at);
	}

	/** The version of every file that is there now. */
	versions(): Versions {
		return new Map(this.#versions);
	}

	/** A day's work: some files change, rarely one comes or goes. */
	change(at: number, files: number): void {
		for (let i = 0; i < files; i++) {
			const paths = [...this.#files.keys()];
			const path = paths[this.#random.below(paths.length)];
			const chance = this.#random.below(20);
			if (path === undefined || chance === 0) this.#add(at);
			else if (chance === 1 && paths.length > 4) this.#remove(path);
			else this.#rewrite(path, at);
		}
	}

	/** Whether these are the bytes of some version of this file: which one. */
	versionOf(path: string, bytes: Uint8Array): number | undefined {
		if (bytes.length < versionBytes) return undefined;
		const version = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
		const wanted = this.#content(path, version);
		if (wanted.length !== bytes.length) return undefined;
		return wanted.every((byte, i) => byte === bytes[i]) ? version : undefined;
	}

	#add(at: number): void {
		const number = this.#made++;
		const folder = Math.floor(number / filesPerDirectory);
		const path = `part-${String(folder)}/file-${String(number)}`;
		this.#files.set(path, this.#root.file(path, this.#content(path, 1), at));
		this.#versions.set(path, 1);
	}

	#rewrite(path: string, at: number): void {
		const version = (this.#versions.get(path) ?? 0) + 1;
		this.#files.get(path)?.change(this.#content(path, version), at);
		this.#versions.set(path, version);
	}

	#remove(path: string): void {
		this.#root.remove(path);
		this.#files.delete(path);
		this.#versions.delete(path);
	}

	#content(path: string, version: number): Uint8Array {
		const random = new SeededRandom(`${this.#seed}/${path}/${String(version)}`);
		const length = fileBytesMin + random.below(fileBytesMax - fileBytesMin);
		const bytes = random.bytes(length);
		new DataView(bytes.buffer).setUint32(0, version);
		return bytes;
	}
}
