import { describe, expect, it } from 'vitest';
import type { SnapshotEntry } from '../../../src/lib/engine/archive/head.ts';
import { encodeTree, type TreeEntry } from '../../../src/lib/engine/archive/tree.ts';
import { type ChunkId, nameOf, type SnapshotId } from '../../../src/lib/engine/identifiers.ts';
import { SnapshotBrowser } from '../../../src/lib/engine/restore/browse.ts';
import type { BytesReading } from '../../../src/lib/engine/restore/chunk-source.ts';
import { outermost, planRestore } from '../../../src/lib/engine/restore/plan.ts';

/** Trees by their one chunk, read through a counter. */
class Trees {
	readonly #objects = new Map<ChunkId, Uint8Array>();
	readonly read: ChunkId[] = [];
	readonly lost = new Set<ChunkId>();

	directory(entries: readonly TreeEntry[]): readonly ChunkId[] {
		return this.put(encodeTree(entries));
	}

	put(bytes: Uint8Array): readonly ChunkId[] {
		const chunk = chunkOf(this.#objects.size);
		this.#objects.set(chunk, bytes);
		return [chunk];
	}

	readObject([chunk]: readonly ChunkId[]): Promise<BytesReading> {
		if (chunk === undefined) throw new Error('no chunk');
		this.read.push(chunk);
		const bytes = this.lost.has(chunk) ? undefined : this.#objects.get(chunk);
		return Promise.resolve(
			bytes === undefined
				? { kind: 'lost', loss: { kind: 'missing', have: 1, need: 3 } }
				: { kind: 'bytes', bytes }
		);
	}
}

const trees = new Trees();
const deep = trees.directory([file('Grüße.TXT', 5), file('other.doc', 6)]);
const folder = trees.directory([directory('deep', deep), file('note.txt', 1)]);
const changed = trees.directory([directory('deep', deep), file('note.txt', 2)]);
const oldest = snapshot(1, trees.directory([directory('docs', folder), file('top.txt', 9)]));
const middle = snapshot(2, trees.directory([directory('docs', folder)]));
const newest = snapshot(3, trees.directory([directory('docs', changed)]));
const broken = snapshot(4, trees.put(new Uint8Array([1, 2, 3])));

describe('browsing', () => {
	it('lists directories by path, the empty path being the list of folders', async () => {
		const browser = browse();
		expect(await names(browser, oldest.id, [])).toEqual(['docs', 'top.txt']);
		expect(await names(browser, oldest.id, ['docs', 'deep'])).toEqual(['Grüße.TXT', 'other.doc']);
	});

	it('reads a directory only when somebody opens it, and once', async () => {
		const browser = browse();
		trees.read.length = 0;
		await browser.list(oldest.id, []);
		expect(trees.read).toHaveLength(1);
		await browser.list(oldest.id, ['docs']);
		await browser.list(middle.id, ['docs']);
		await browser.list(oldest.id, ['docs']);
		expect(trees.read).toHaveLength(3);
	});

	it.each([[['nowhere']], [['top.txt']], [['docs', 'note.txt']], [['docs', 'deep', 'x', 'y']]])(
		'says that %j is no directory',
		async (path) => {
			expect(await browse().list(oldest.id, path)).toEqual({ kind: 'absent' });
		}
	);

	it('says that a snapshot is not there', async () => {
		expect(await browse().list(nameOf<SnapshotId>(new Uint8Array(8)), [])).toEqual({
			kind: 'absent'
		});
	});

	it('says why a directory cannot be had, and reads it when it can again', async () => {
		const browser = browse();
		trees.lost.add(folder[0] ?? chunkOf(0));
		const loss = { kind: 'missing', have: 1, need: 3 };
		expect(await browser.list(oldest.id, ['docs', 'deep'])).toEqual({ kind: 'lost', loss });
		trees.lost.clear();
		expect(await names(browser, oldest.id, ['docs'])).toEqual(['deep', 'note.txt']);
	});

	it('says that a tree is damaged', async () => {
		const loss = { kind: 'damaged' };
		expect(await browse().list(broken.id, [])).toEqual({ kind: 'lost', loss });
	});
});

describe('searching', () => {
	it.each([
		['grüsse', []],
		['GRÜSSE', []],
		['grüße', ['docs/deep/Grüße.TXT']],
		['.txt', ['docs/deep/Grüße.TXT', 'docs/note.txt', 'top.txt']],
		['de', ['docs/deep']]
	])('finds %j in names, whatever the case', async (text, found) => {
		const { paths, more } = await browse().search(oldest.id, text);
		expect(paths.map((path) => path.join('/'))).toEqual(found);
		expect(more).toBe(false);
	});

	it('names the directories that it could not search', async () => {
		trees.lost.add(deep[0] ?? chunkOf(0));
		const { paths, lost } = await browse().search(oldest.id, 'txt');
		trees.lost.clear();
		expect(paths.map((path) => path.join('/'))).toEqual(['docs/note.txt', 'top.txt']);
		expect(lost).toEqual([['docs', 'deep']]);
	});

	it('gives a bounded number of paths, and says that there are more', async () => {
		const many = Array.from({ length: 1500 }, (_, i) => file(`file ${String(i)}`, 1));
		const full = snapshot(5, trees.directory(many));
		const { paths, more } = await new SnapshotBrowser([full], trees).search(full.id, 'file');
		expect(paths).toHaveLength(1000);
		expect(more).toBe(true);
	});
});

describe('versions of a file', () => {
	it('are its different contents, newest first, each since when it was so', async () => {
		const versions = await browse().versions(['docs', 'note.txt']);
		expect(versions.map(({ snapshot: { at }, entry }) => [at, entry.size])).toEqual([
			[3, 2],
			[1, 1]
		]);
	});

	it('are none where it never was', async () => {
		expect(await browse().versions(['docs', 'never'])).toEqual([]);
	});
});

describe('a plan', () => {
	it('is everything at and below the selected paths', async () => {
		const plan = await planRestore(browse(), oldest.id, [['docs']], () => undefined);
		expect(plan.directories.map(({ path }) => path.join('/'))).toEqual(['docs', 'docs/deep']);
		expect(plan.files.map(({ path }) => path.join('/')).sort()).toEqual([
			'docs/deep/Grüße.TXT',
			'docs/deep/other.doc',
			'docs/note.txt'
		]);
	});

	it('takes each path once, and none inside another', () => {
		expect(outermost([['a', 'b'], ['a'], ['ab'], ['a'], ['c', 'd']])).toEqual([
			['a'],
			['ab'],
			['c', 'd']
		]);
		expect(outermost([['a'], []])).toEqual([[]]);
	});

	it('reads files in the order of their stripes', async () => {
		const order = [6, 9, 5, 1];
		const locate = (chunk: ChunkId) => {
			const size = Number.parseInt(chunk.slice(0, 2), 16);
			const place = { offset: order.indexOf(size) } as never;
			return { stripe: 'one stripe' as never, profile: {} as never, place };
		};
		const plan = await planRestore(browse(), oldest.id, [[]], locate);
		expect(plan.files.map(({ entry }) => entry.size)).toEqual(order);
	});
});

function browse(): SnapshotBrowser {
	return new SnapshotBrowser([oldest, middle, newest, broken], trees);
}

async function names(
	browser: SnapshotBrowser,
	id: SnapshotId,
	path: readonly string[]
): Promise<readonly string[]> {
	const listing = await browser.list(id, path);
	return listing.kind === 'entries' ? listing.entries.map(({ name }) => name) : [listing.kind];
}

function snapshot(at: number, tree: readonly ChunkId[]): SnapshotEntry {
	const id = nameOf<SnapshotId>(new Uint8Array(8).fill(at));
	return { id, at, kind: 'complete', tree, files: 0, bytes: 0, leftOut: 0 };
}

function chunkOf(byte: number): ChunkId {
	return nameOf<ChunkId>(new Uint8Array(32).fill(byte));
}

function file(name: string, size: number): TreeEntry {
	return { kind: 'file', name, size, modified: 0, chunks: [chunkOf(size)] };
}

function directory(name: string, chunks: readonly ChunkId[]): TreeEntry {
	return { kind: 'directory', name, modified: 0, chunks };
}
