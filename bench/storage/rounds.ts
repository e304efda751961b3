/** One round of the store and of bare handles over the same bytes, as the worker measured it. */
import type { OpfsBlockStore } from '../../src/lib/adapters/opfs/block-store.ts';
import type { PeerId, StripeId } from '../../src/lib/engine/identifiers.ts';

export const blockBytes = 256 * 1024;
const blocks = 128;
/** Blocks that are on their way at once where partners send several. */
const atOnce = 16;

/** Blocks a second. */
export interface Round {
	readonly putOneByOne: number;
	readonly putAtOnce: number;
	readonly get: number;
	readonly bareFlushEach: number;
	readonly bareFlushGroup: number;
	readonly bareRead: number;
}

const owner = 'a'.repeat(64) as PeerId;
const stripe = 'b'.repeat(32) as StripeId;
const record = new Uint8Array(blockBytes).map((_, i) => (i * 131) & 255);

export async function measureRound(
	store: OpfsBlockStore,
	root: FileSystemDirectoryHandle,
	firstNumber: number
): Promise<Round> {
	const bareFlushEach = await bareWrite(root, 1);
	const putOneByOne = await putGroups(store, firstNumber, 1);
	const bareFlushGroup = await bareWrite(root, atOnce);
	const putAtOnce = await putGroups(store, firstNumber + blocks, atOnce);
	const get = await rate(async () => {
		for (let i = 0; i < blocks; i++) await store.get(owner, firstNumber + i);
	});
	const bareRead = await readBare(root);
	await store.delete(
		owner,
		Array.from({ length: 2 * blocks }, (_, i) => firstNumber + i)
	);
	await root.removeEntry('bare');
	return { putOneByOne, putAtOnce, get, bareFlushEach, bareFlushGroup, bareRead };
}

function putGroups(store: OpfsBlockStore, first: number, size: number): Promise<number> {
	return rate(async () => {
		for (let start = 0; start < blocks; start += size) {
			const puts = Array.from({ length: size }, (_, i) => {
				const number = first + start + i;
				return store.put({ owner, number, stripe, position: 0, bytes: blockBytes }, record);
			});
			await Promise.all(puts);
		}
	});
}

/** A new file, written in order, flushed after each group. */
async function bareWrite(root: FileSystemDirectoryHandle, group: number): Promise<number> {
	const handle = await (
		await root.getFileHandle('bare', { create: true })
	).createSyncAccessHandle();
	handle.truncate(0);
	handle.flush();
	const result = await rate(() => {
		for (let i = 0; i < blocks; i++) {
			handle.write(record, { at: i * blockBytes });
			if ((i + 1) % group === 0) handle.flush();
		}
	});
	handle.close();
	return result;
}

async function readBare(root: FileSystemDirectoryHandle): Promise<number> {
	const handle = await (await root.getFileHandle('bare')).createSyncAccessHandle();
	const result = await rate(() => {
		for (let i = 0; i < blocks; i++) {
			handle.read(new Uint8Array(blockBytes), { at: i * blockBytes });
		}
	});
	handle.close();
	return result;
}

async function rate(work: () => void | Promise<void>): Promise<number> {
	const start = performance.now();
	await work();
	return blocks / ((performance.now() - start) / 1000);
}
